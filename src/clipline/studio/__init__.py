"""Really edits video on this machine; needs the extra 'local'."""

import os

# The threads that numpy's OpenBLAS starts as it is imported would spin for some 50 ms each before they sleep.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
