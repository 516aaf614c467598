"""Turns what a person types, in English or Chinese, into typed operations; refuses what it does not understand.

`interpret.py` tells the story. To teach it

- a word: another name for people (`humans.py`) or things (`objects.py`), a colour, a shape (`words.py`), a short
  form (`slang.py`);
- a way to say something: `people_phrases.py`, `time_phrases.py` and so on by subject, the rest in `phrases_en.py` and
  `phrases_zh.py`; in the notation of `grammar.py`, which `phrasebook.py` matches;
- a kind of value: a slot in `slots.py`; what a phrase does: `actions.py` and `modifiers.py`, of time `cutting.py`, of
  further clips `joining.py`, of sound `sounds.py`, of writing `lettering.py`, of when that is there `showing.py`;
- a reason to refuse: `topic_table.py` with `refusals.py`, `refused_times.py` and `not_offered.py`; a note: `notes.py`;
  what the hints offer: `capabilities.py`.

Then add the sentence to `tests/data/phrases.json`. Nothing here needs a video library.
"""

from __future__ import annotations

from clipline.studio.instructions.capabilities import capabilities
from clipline.studio.instructions.describe import describe
from clipline.studio.instructions.interpret import interpret
from clipline.studio.instructions.reference import reference
from clipline.studio.instructions.understanding import ExportWish, Understanding

__all__ = ["ExportWish", "Understanding", "capabilities", "describe", "interpret", "reference"]
