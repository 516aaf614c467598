"""Turns what a person types, in English or Chinese, into typed operations; refuses what it does not understand.

`interpret.py` tells the story. To teach it a word, see `words.py`; a way to say something, `phrases_en.py` and
`phrases_zh.py`; a reason to refuse, `topics.py` and `messages.py`. Nothing here needs a video library.
"""

from __future__ import annotations

from clipline.studio.instructions.capabilities import capabilities
from clipline.studio.instructions.interpret import interpret
from clipline.studio.instructions.reference import reference
from clipline.studio.instructions.understanding import ExportWish, Understanding

__all__ = ["ExportWish", "Understanding", "capabilities", "interpret", "reference"]
