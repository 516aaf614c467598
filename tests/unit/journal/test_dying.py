"""A process that dies while it begins a run: the journal knows every run of which there is a trace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clipline.journal import Journal

#: Begins a run, and dies at the n-th file or folder that it makes meanwhile; says so where there is none.
PROGRAM = """
import os, sys
from pathlib import Path
from clipline.journal import Journal

journal, left = Journal.open(Path(sys.argv[1])), int(sys.argv[2])

def heard(event, given):
    global left
    if event == "os.mkdir" or (event == "open" and given[2] & os.O_CREAT):
        left -= 1
        if not left:
            os.kill(os.getpid(), 9)

sys.addaudithook(heard)
journal.begin("r", name="n", pipeline="p", backend="b", started=1.0, snapshot={})
"""


def test_a_process_that_dies_while_it_begins_a_run_leaves_no_trace_of_a_run_that_nobody_knows(tmp_path: Path) -> None:
    for moment in range(1, 20):
        state = tmp_path / str(moment)
        ended = subprocess.run([sys.executable, "-c", PROGRAM, str(state), str(moment)], timeout=60, check=False)
        with Journal.open(state) as journal:
            known = {row.id for row in journal.runs()}
            # A lock says who works on a run, and nothing of what it did: it is taken before anybody sees the run.
            assert {path.name for path in journal.runs_folder.iterdir() if path.is_dir()} <= known
            if ended.returncode == 0:
                break
            if not known:
                continue
            again = journal.continue_("r")
            assert again.folder.is_dir()
            again.close()
    assert moment > 1
