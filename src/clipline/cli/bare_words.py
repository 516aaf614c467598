"""Words that, said alone, mean the conversation itself and not the clip: `help`, `quit`, `undo`, `退出`."""

from __future__ import annotations

import re
from collections.abc import Mapping

__all__ = ["UNDO", "bare_word", "how_to"]

_MEANT: Mapping[str, str] = {
    **dict.fromkeys(("help", "?", "帮助", "幫助"), "help"),
    **dict.fromkeys(("quit", "exit", "bye", "goodbye", "退出", "再见"), "quit"),
    **dict.fromkeys(("undo", "撤销", "撤消", "撤銷"), "undo"),
    "new": "new",
    "history": "history",
    "link": "link",
}
#: What is to be done instead; on no backend an edit is taken back.
UNDO = "nothing can be taken back here: say the opposite of what was done, or begin anew"
_HOW: Mapping[str, str] = {
    "help": "clipline say --help; for a conversation: clipline chat",
    "quit": "there is nothing to leave: each `clipline say` is over when it has answered",
    "undo": 'say the opposite, or begin anew: clipline say --new "…"',
    "new": 'to begin a new session: clipline say --new "…"',
    "history": "in a conversation, /history tells what was done: clipline chat",
    "link": "to see the address: clipline link",
}


def bare_word(text: str) -> str | None:
    """Which word it is that is said alone: help, quit, undo, new, history or link; None for anything else."""
    return _MEANT.get(re.sub(r"[\s.!。！]+$", "", text.strip()).casefold())


def how_to(word: str) -> str:
    """What does on a command line what a bare word asks for."""
    return _HOW[word]
