"""Who and what is in a clip, where, from when to when, and which of them is meant."""
