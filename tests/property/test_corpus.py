"""Every input that the fuzzing has kept: each once broke something, or is what others were made from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from campaigns.fuzz import CORPUS, NAMES, Worker

KEPT = [path for path in sorted(CORPUS.glob("*/*")) if path.is_file()]


@pytest.fixture(scope="module")
def worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    worker = Worker(tmp_path_factory.mktemp("fuzz") / "worker")
    yield worker
    worker.close()


@pytest.mark.parametrize("name", NAMES)
def test_a_kept_input_ends_in_a_result_or_an_error_in_words(worker: Worker, name: str) -> None:
    for path in KEPT:
        if path.parent.name == name:
            answer = worker.ask(target=name, path=str(path))
            # A second is the campaign's limit; this one is for hanging.
            assert answer["wrong"] in {"", "slow", "memory"}, f"{path}: {answer['wrong']} {answer['said']}"
            assert answer["slowest"] < 5, f"{path} took {answer['slowest']:.1f} s of CPU"


def test_the_corpus_is_small_and_of_known_targets() -> None:
    assert sum(path.stat().st_size for path in KEPT) < 1 << 20
    assert {path.parent.name for path in KEPT} <= set(NAMES)
    assert len(KEPT) >= 70


def test_an_input_that_ends_the_process_or_never_ends_is_seen(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "worker", hang=0)
    (tmp_path / "die").write_bytes(b"die")
    answer = worker.ask(target="self-check", path=str(tmp_path / "die"))
    assert (answer["wrong"], answer["words"]) == ("death", {"died": 1})
    (tmp_path / "hang").write_bytes(b"hang")
    answer = worker.ask(target="self-check", path=str(tmp_path / "hang"))
    assert (answer["wrong"], "_self_check" in answer["said"]) == ("hang", True)
    (tmp_path / "crash").write_bytes(b"xxxxcrashxxxx")
    answer = worker.ask(target="self-check", path=str(tmp_path / "crash"))
    assert (answer["wrong"], answer["where"].partition(" ")[0]) == ("crash", "ZeroDivisionError")
    assert (worker.folder / "input").read_bytes() == b"crash"
    worker.close()
