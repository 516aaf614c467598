"""Speaks with the Nemo cloud: what is sent, what comes back, and what it means. Knows nothing of pipelines.

Pure, values in and values out:

- what is sent, and the names of all readers: `protocol.py`;
- what came back: `envelope.py` tells success from failure, `failures.py` gives each failure its error, `replies.py`
  reads the data (single values: `fields.py`), `oddities.py` tells of replies that nobody expected;
- the event stream of an edit: `events.py` reads one event as `parts.py`, `turn.py` makes a turn of them with the words
  in `speech.py`, `watch.py` holds the clocks of the open stream;
- the draft, read but never rebuilt: `draft.py`, and `json_text.py` to carry it byte for byte;
- what a person says: `router.py` (its clauses in `requests.py` and `wording.py`);
- what the agent says: `phrases.py` (its clauses in `gui_talk.py`);
- how the client is set up: `options.py`, `attribution.py`.

With sockets and files: `client.py` is the door; what it stands on is named in it. `probe.py` asks a live service what
the documents do not say.
"""
