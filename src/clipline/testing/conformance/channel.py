"""The suite for a channel of `notify`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from clipline.testing.conformance.plugin import fail, lacking
from clipline.testing.conformance.run import RunConformance
from clipline.testing.conformance.secrets import Trail
from clipline.testing.props import PROPS
from clipline.testing.scene import Ending, Job

__all__ = ["ChannelConformance"]


class ChannelConformance(RunConformance):
    """A channel: `options(folder)` say where to send, `received()` how many messages the other side has by now."""

    sort = "channels"
    #: One that died before it was noted gets the message again, under the same id.
    repeatable = True

    def received(self) -> int:
        """How many messages the other side has."""
        lacking(self, "received()", "return how many messages the other side has by now")

    def charges(self) -> int:
        """A message is what must not be sent twice."""
        return self.received()

    def test_one_notify_is_one_message(self, tmp_path: Path) -> None:
        """The other side gets it, once."""
        if (got := self._clean(tmp_path).paid) != 1:
            fail(f"the other side got {got} messages of one notify", "send one message, and wait until it is taken")

    def _job(self, folder: Path) -> Job:
        notify = {"stage": "notify", "id": self._path(), "with": {"via": [{self.name: dict(self.options(folder))}]}}
        return Job({"stages": [notify]}, self._path(), PROPS, dict(self.settings(folder)))

    def _path(self) -> str:
        return "part"

    def _effectful(self) -> bool:
        return True  # `notify` makes an effect of each channel

    def _secret_options(self) -> Sequence[Trail]:
        named = self._part_or_skip().secret_options
        return [("stages", 0, "with", "via", 0, self.name, option) for option in named]

    def _judge_effects(self, first: Ending, paid: int) -> None:
        """`notify` does each channel as an effect: nothing is left to the channel."""
