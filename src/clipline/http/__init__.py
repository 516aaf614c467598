"""The one door to httpx and httpx-sse: requests that the person can stop, with deadlines that are ours.

httpx alone leaves holes that this room closes: its read timeout is per read, so a server that drips can hold it for
ever; nothing wakes a blocked read; its log names whole addresses; its exceptions quote header values; a body that ends
early without a length, or in a damaged encoding, passes as whole. Here every exchange runs on a daemon thread with its
socket registered: cancelling, or a passed limit, shuts that socket down and returns at once. What had arrived by then
still counts. Messages name a host, never an address (its path or query may be a secret) and never a header's value.

`request` and `post` are one exchange with a whole reply; `upload` sends files as a form, `send_file` one as it is,
`download` fetches one; `open_events` reads an event stream. None of them but `download` sends anything twice, and none
but `download` follows a redirect.

What a server sends is bounded: headers by 100 KiB, a reply by its cap, compressed or not, an event by `EVENT_CAP`, a
file by the room on the disk and `LARGEST`. An address that a server named is no way into networks that it cannot reach
itself (`networks.py`); which proxy is used, if any, the environment says (`proxies.py`).
"""

from __future__ import annotations

from clipline.http.address import host_of, origin_of
from clipline.http.downloads import LARGEST, Downloaded, download
from clipline.http.event_stream import EventStream, Opened, StreamEnd, open_events
from clipline.http.exchange import post, request
from clipline.http.multipart import FilePart
from clipline.http.networks import Network
from clipline.http.proxies import Proxy, proxy_for
from clipline.http.replies import BODY_CAP, Reply
from clipline.http.resuming import retry_after
from clipline.http.trust import certificates
from clipline.http.uploads import send_file, upload

__all__ = [
    "BODY_CAP",
    "LARGEST",
    "Downloaded",
    "EventStream",
    "FilePart",
    "Network",
    "Opened",
    "Proxy",
    "Reply",
    "StreamEnd",
    "certificates",
    "download",
    "host_of",
    "open_events",
    "origin_of",
    "post",
    "proxy_for",
    "request",
    "retry_after",
    "send_file",
    "upload",
]
