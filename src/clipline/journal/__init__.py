"""What a run did, kept: one SQLite file in the user's state folder."""

from clipline.journal.replay import belongs_to_end, finished, latest, tries
from clipline.journal.rows import ConversationRow, EffectRow, FileRow, Forgotten, RunRow, StageRow
from clipline.journal.salvage import Salvaged, salvage
from clipline.journal.store import Journal
from clipline.journal.writer import RunWriter

__all__ = [
    "ConversationRow",
    "EffectRow",
    "FileRow",
    "Forgotten",
    "Journal",
    "RunRow",
    "RunWriter",
    "Salvaged",
    "StageRow",
    "belongs_to_end",
    "finished",
    "latest",
    "salvage",
    "tries",
]
