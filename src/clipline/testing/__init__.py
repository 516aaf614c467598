"""What plugin authors import in their tests.

- `stage_call` (`clipline.testing.calls`): run a stage of yours without an engine;
- `VirtualClock` (`clipline.testing.clocks`): waits of minutes that take no time;
- `mock_nemo` (`clipline.testing.nemo`): a Nemo cloud of the test's own.

None of it needs pytest.
"""

from clipline.testing.calls import call_log, next_attempt, stage_call
from clipline.testing.clocks import VirtualClock
from clipline.testing.nemo import MockNemo, mock_nemo

__all__ = ["MockNemo", "VirtualClock", "call_log", "mock_nemo", "next_attempt", "stage_call"]
