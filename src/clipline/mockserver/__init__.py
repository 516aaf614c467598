"""A mock of the Nemo service: a real HTTP server with accounts, sessions, an agent, renders, and faults to order.

It is written from the service's documented behaviour alone and shares no code with the client, so that each catches
the other out. `MockServer` is the whole of it; `MockOptions` says how it behaves, `Fault` what it does wrong.
"""

from __future__ import annotations

from clipline.mockserver.clock import MovableClock
from clipline.mockserver.fault_words import KINDS, PHASES, ROUTES
from clipline.mockserver.faults import Fault, fault_from_json, load_faults
from clipline.mockserver.ledger import Charge
from clipline.mockserver.options import MockOptions
from clipline.mockserver.requests import Recorded
from clipline.mockserver.server import MockServer

__all__ = [
    "KINDS",
    "PHASES",
    "ROUTES",
    "Charge",
    "Fault",
    "MockOptions",
    "MockServer",
    "MovableClock",
    "Recorded",
    "fault_from_json",
    "load_faults",
]
