"""`python -m clipline`."""

from clipline.cli.main import main

main()
