"""An S3-compatible server of the tests, in a process of its own: `python s3_server.py`.

It checks signatures (Signature Version 4) of every request but the first three, with which the tests make a user, give
it a key and let it use S3.
"""

from __future__ import annotations

import os
import threading

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "3"

from moto.server import ThreadedMotoServer  # it reads the variable when it is imported

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(f"listening {server.get_host_and_port()[1]} -", flush=True)
threading.Event().wait()
