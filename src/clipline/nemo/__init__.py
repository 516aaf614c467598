"""Speaks with the Nemo cloud: what is sent, what comes back, and what it means. Knows nothing of pipelines.

Everything is pure but two modules. To find your way:

- what is sent, and how each reply is read: `protocol.py` (with `envelope.py` for failures, `replies.py` for data);
- the event stream of an edit: `events.py` reads one event, `turn.py` makes an edit's turn of them;
- the draft, read but never rebuilt: `draft.py`, and `json_text.py` to carry it byte for byte;
- what a person or the agent says in words: `router.py`, `phrases.py`;
- replies that nobody expected: `oddities.py`;
- the socket and the file of tokens: `client.py`, `credentials.py`.
"""
