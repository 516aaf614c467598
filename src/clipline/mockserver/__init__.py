"""A mock of the Nemo service: a real HTTP server with accounts, sessions, an agent, renders, and faults to order.

It is written from the service's documented behaviour alone and shares no code with the client, so that each catches
the other out. `MockServer` is the whole of it; `MockOptions` says how it behaves, `Fault` what it does wrong.
"""
