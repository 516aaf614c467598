"""An FTP server of the tests, in a process of its own: `python ftp_server.py FOLDER`; lets `ada` in with PASSWORD."""

from __future__ import annotations

import os
import sys
import warnings

warnings.simplefilter("ignore")  # its library imports what newer Pythons have left out

from pyftpdlib.authorizers import DummyAuthorizer  # noqa: E402 - the filter comes first
from pyftpdlib.handlers import FTPHandler  # noqa: E402 - as above
from pyftpdlib.servers import FTPServer  # noqa: E402 - as above

people = DummyAuthorizer()
people.add_user("ada", os.environ["PASSWORD"], sys.argv[1], perm="elradfmwMT")


class Handler(FTPHandler):
    authorizer = people


server = FTPServer(("127.0.0.1", 0), Handler)
print(f"listening {server.address[1]} -", flush=True)
server.serve_forever()
