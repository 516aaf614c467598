"""What a person is told of an edit: while it streams, and when it is over."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clipline.backends.nemo.service import Cloud, is_of_the_service
from clipline.errors import CliplineError
from clipline.nemo.draft import to_timeline
from clipline.nemo.phrases import translate
from clipline.timeline import Timeline
from clipline.values import JsonObject

__all__ = ["Listener", "tell_actions", "tell_edit"]

#: Letters of the words that a line of progress shows.
_LINE = 80


class Listener:
    """Follows an edit while it streams."""

    def __init__(self, cloud: Cloud, session: str) -> None:
        self._cloud = cloud
        self._session = session

    def heard(self, text: str) -> None:
        """Words came: the last line of them is shown; all of them are told when the edit is over."""
        lines = [line.strip() for line in translate(text).text.splitlines() if line.strip()]
        if lines:
            self._cloud.call.progress(None, lines[-1][:_LINE])

    def ticked(self, kind: str) -> None:
        """Time passed."""
        if kind == "still_working":
            self._cloud.call.note("⏳ Still working...")

    def raw_clip(self) -> None:
        """A clip was made from words; more may be laid over it."""
        self._cloud.call.note("the raw clip is there; titles, sound and the like may still be added")

    def look(self) -> None:
        """Nothing but heartbeats for long: say what the state shows, beside the open stream."""
        call = self._cloud.call
        try:
            timeline = to_timeline(self._cloud.client.state(self._session).draft)
        except CliplineError as error:
            if not is_of_the_service(error):
                raise
            call.note(f"no news for long, and the state cannot be read now: {error.message}")
            return
        call.note(f"no news for long; so far: {timeline.summary()}")


def tell_edit(cloud: Cloud, outcome: JsonObject, text: str, changes: Sequence[str], after: Timeline) -> None:
    """Say what the service answered, what changed track by track, and what it cost."""
    call = cloud.call
    if text:
        call.note(text)
    elif outcome.get("silent"):
        call.note("the service answered without a word; this is what the timeline says")
    if outcome["generation"] and after.ready:
        _tell_generation(cloud, after)
    else:
        for words in changes:
            call.note(words)
    if left := outcome.get("left"):
        call.note(f"credits: {outcome['had']['available']} → {left['available']}")


def _tell_generation(cloud: Cloud, after: Timeline) -> None:
    """The raw clip first, then what was laid over it."""
    raw = Timeline(tuple(track for track in after.tracks if track.kind == "video"))
    rest = Timeline(tuple(track for track in after.tracks if track.kind != "video" and track.segments))
    if raw.ready:
        cloud.call.note(f"the raw clip: {raw.summary().partition(': ')[2]}")
    if rest.tracks:
        cloud.call.note(f"added to it: {rest.summary().partition(': ')[2]}")


def tell_actions(cloud: Cloud, actions: Collection[str], after: Timeline, outcome: JsonObject) -> None:
    """Do what the service asked for by speaking of buttons and panels, or offer it."""
    call = cloud.call
    if {"state", "tracks"} & set(actions):
        call.note(after.summary())
    if "export" in actions:
        call.note("to have the file: `clipline export`, or in a file an `export` stage")
    if "credits" in actions and not outcome.get("left"):
        call.note("to see what is left: clipline credits")
    if {"edit", "api"} & set(actions):
        call.note("to change it further, say how: `clipline say`, or in a file another `edit` stage")
