"""A small render service to try descriptions with: `python -m clipline_http.example` starts it.

It is a service like others have: accounts with credits, a place for each upload, jobs that take their time, prices,
idempotency keys. What it does to a clip is real: it makes it black and white, negative or mirrored, with PyAV.
"""
