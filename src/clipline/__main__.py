"""`python -m clipline`, with nothing taken from the folder that it is called in.

`-m` puts the working folder before all others, so that an `av.py` in somebody's checkout would be imported in the place
of the library. What the person themselves names in PYTHONPATH stays.
"""

import sys

if not sys.flags.safe_path:
    del sys.path[0]

from clipline.cli.main import main

main()
