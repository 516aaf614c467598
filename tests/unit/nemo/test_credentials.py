"""The file of tokens: private, whole, and one token where many ask at once."""

from __future__ import annotations

import json
import multiprocessing
import os
import stat
import threading
import time
from pathlib import Path

import pytest
from filelock import FileLock

from clipline.clock import CancelToken, Clock
from clipline.errors import Cancelled, CliplineError, InputError, MachineError, ServiceError
from clipline.nemo.credentials import Token, TokenStore
from clipline.nemo.replies import TokenGrant
from clipline.nemo.token_file import KEPT_FOR, check_sendable, fingerprint_of, read_file
from clipline.testing.clocks import VirtualClock
from clipline.values import Secret

BASE = "https://api.example.com"
WEEK = 7 * 86_400.0


def grant(value: str = "nmv_usr_CANARY1", user: str = "anon_1", expires_at: float = 4e9) -> TokenGrant:
    return TokenGrant(token=Secret(value), user_id=user, credits=100, expires_at=expires_at)


def content(store: TokenStore) -> dict[str, object]:
    return dict(json.loads(store.path.read_text()))


def test_nothing_is_made_by_looking(tmp_path: Path) -> None:
    store = TokenStore(tmp_path / "state", BASE)
    assert store.current() is None
    assert store.by_fingerprint("0" * 12) is None
    assert not (tmp_path / "state").exists()


def test_the_file_is_private_and_its_name_tells_the_host_and_no_token(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    token = store.renew(lambda _: grant())
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert store.path.parent == tmp_path / "credentials"
    assert store.path.name.startswith("api.example.com-")
    assert {each.name for each in store.path.parent.iterdir()} == {store.path.name, store.path.stem + ".lock"}
    assert token.fingerprint == fingerprint_of(Secret("nmv_usr_CANARY1"))


def test_a_umask_that_gives_everything_away_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        store = TokenStore(tmp_path / "state", BASE)
        store.renew(lambda _: grant())
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(each.stat().st_mode) for each in (store.path, store.path.parent, tmp_path / "state")]
    assert modes == [0o600, 0o700, 0o700]
    lock = store.path.with_suffix(".lock")
    assert stat.S_IMODE(lock.stat().st_mode) & 0o077 == 0


@pytest.mark.parametrize(
    "others",
    [
        "http://api.example.com",
        "https://api.example.com:8443",
        "https://api.example.com/v2",
        "https://api.example.com/V2",
        "http://127.0.0.1:4000",
        "https://api_example.com",
    ],
)
def test_every_base_has_a_file_of_its_own(tmp_path: Path, others: str) -> None:
    assert TokenStore(tmp_path, others).path != TokenStore(tmp_path, BASE).path
    TokenStore(tmp_path, others).renew(lambda _: grant())
    assert TokenStore(tmp_path, BASE).current() is None


@pytest.mark.parametrize("same", ["https://API.example.com", "https://api.example.com/", " https://api.example.com"])
def test_ways_to_write_one_base_share_a_file(tmp_path: Path, same: str) -> None:
    assert TokenStore(tmp_path, same).path == TokenStore(tmp_path, BASE).path


@pytest.mark.parametrize(
    "base",
    ["", "ftp://x", "https://user:secret@x", "https://x?token=SECRET", "https://x/#SECRET", "https://a b", "../../etc"],
)
def test_what_is_no_base_is_refused_and_not_quoted(tmp_path: Path, base: str) -> None:
    with pytest.raises(InputError) as caught:
        TokenStore(tmp_path, base)
    assert caught.value.hint
    assert "secret" not in f"{caught.value} {caught.value.hint}".lower()


@pytest.mark.parametrize("path", ["/../../x", "/a/..", "/" + "p" * 500, "/ж/日本", "/%2e%2e/x", "/con:x"])
def test_no_base_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    store = TokenStore(tmp_path, BASE + path)
    store.renew(lambda _: grant())
    assert store.path.parent == tmp_path / "credentials"
    assert store.path.resolve().parent == (tmp_path / "credentials").resolve()
    assert len(store.path.name) < 150


@pytest.mark.parametrize(("mode", "which"), [(0o644, "file"), (0o640, "file"), (0o755, "folder"), (0o710, "folder")])
def test_a_file_or_folder_that_others_can_read_is_refused(tmp_path: Path, mode: int, which: str) -> None:
    store = TokenStore(tmp_path, BASE)
    token = store.renew(lambda _: grant())
    place = store.path if which == "file" else store.path.parent
    place.chmod(mode)
    for action in (store.current, store.client_id, lambda: store.renew(lambda _: grant()), lambda: store.keep(token)):
        with pytest.raises(MachineError) as caught:
            action()
        assert caught.value.code == "credentials_open"
        assert "chmod" in caught.value.hint
        assert str(place) in caught.value.hint


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"[]",
        b"null",
        b'"nmv_usr_CANARY1"',
        b'{"version": 1}',
        b'{"version": "1", "client_id": "", "current": "", "tokens": {}}',
        b'{"version": 1, "client_id": "x", "current": "gone", "tokens": {}}',
        b'{"version": 1, "client_id": 5, "current": "", "tokens": {}}',
        b'{"version": 1, "client_id": "", "current": "", "tokens": []}',
        b'{"version": 1, "client_id": "", "current": "", "tokens": {"a": {"token": "x", "user_id": ""}}}',
    ],
)
def test_a_damaged_file_is_named_with_what_to_do_and_left_alone(tmp_path: Path, damage: bytes) -> None:
    store = TokenStore(tmp_path, BASE)
    store.renew(lambda _: grant())
    store.path.write_bytes(damage)
    for action in (store.current, store.client_id, lambda: store.renew(lambda _: grant())):
        with pytest.raises(MachineError) as caught:
            action()
        assert caught.value.code == "credentials_damaged"
        assert "move it away" in caught.value.hint
        assert "CANARY" not in str(caught.value)
        assert caught.value.__cause__ is None
    assert store.path.read_bytes() == damage


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    store.renew(lambda _: grant())
    store.path.write_text(json.dumps({**content(store), "version": 2}))
    before = store.path.read_bytes()
    with pytest.raises(MachineError) as caught:
        store.renew(lambda _: grant("other"))
    assert caught.value.code == "credentials_newer"
    assert store.path.read_bytes() == before


def test_a_disk_that_will_not_is_an_error_of_the_machine(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("in the way")
    with pytest.raises(MachineError):
        TokenStore(tmp_path, BASE).client_id()


def test_the_client_id_is_made_once(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    made = store.client_id()
    assert len(made) == 36
    assert TokenStore(tmp_path, BASE).client_id() == made
    seen: list[str] = []
    for stale in ("", *([token.fingerprint] if (token := store.current()) else [])):
        store.renew(lambda known: (seen.append(known), grant())[1], stale=stale)
    assert seen == [made]


def test_a_given_client_id_is_used_and_not_written(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    seen: list[str] = []
    store.renew(lambda known: (seen.append(known), grant())[1], client_id="GIVEN-CANARY")
    assert seen == ["GIVEN-CANARY"]
    assert "GIVEN-CANARY" not in store.path.read_text()
    assert store.client_id() != "GIVEN-CANARY"


def test_a_token_survives_the_process(tmp_path: Path) -> None:
    made = TokenStore(tmp_path, BASE).renew(lambda _: grant(expires_at=4e9))
    read = TokenStore(tmp_path, BASE).current()
    assert read is not None
    assert (read.value.reveal(), read.user_id, read.expires_at, read.supplied) == (
        "nmv_usr_CANARY1",
        "anon_1",
        4e9,
        False,
    )
    by_name = TokenStore(tmp_path, BASE).by_fingerprint(made.fingerprint)
    assert by_name is not None
    assert by_name.value.reveal() == "nmv_usr_CANARY1"


def test_a_process_that_stands_still_with_the_tokens_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE, patience=0.1)
    token = store.renew(lambda _: grant())
    with FileLock(store.path.with_suffix(".lock"), thread_local=False), pytest.raises(MachineError) as caught:
        store.on(Clock()).keep(token)
    assert (caught.value.code, "stands still" in caught.value.hint) == ("credentials_busy", True)
    store.keep(token)


def test_who_renews_what_another_has_renewed_gets_that(tmp_path: Path) -> None:
    ours, theirs = TokenStore(tmp_path, BASE), TokenStore(tmp_path, BASE)
    first = ours.renew(lambda _: grant("one"))
    second = theirs.renew(lambda _: grant("two"), stale=first.fingerprint)
    again = ours.renew(lambda _: pytest.fail("asked again"), stale=first.fingerprint)
    assert again.fingerprint == second.fingerprint
    assert ours.renew(lambda _: pytest.fail("asked again")).fingerprint == second.fingerprint


def test_a_refused_request_for_a_token_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    first = store.renew(lambda _: grant("one"))
    before = store.path.read_bytes()

    with pytest.raises(CliplineError):
        store.renew(refuse, stale=first.fingerprint)
    assert store.path.read_bytes() == before
    assert store.renew(lambda _: grant("two"), stale=first.fingerprint).value.reveal() == "two"  # the lock is free


def refuse(_: str) -> TokenGrant:
    """What a service says to a client that had its token of the week."""
    raise ServiceError("one a week", code="rate_limited")


@pytest.mark.parametrize("died", [KeyboardInterrupt(), ServiceError("no answer", code="no_reply", retry="unsure")])
def test_a_token_whose_answer_was_lost_is_asked_for_once_more_as_by_a_new_client(
    tmp_path: Path, died: BaseException
) -> None:
    def lose(_: str) -> TokenGrant:
        raise died

    with pytest.raises(type(died)):
        TokenStore(tmp_path, BASE).renew(lose)
    store = TokenStore(tmp_path, BASE)
    spent = store.client_id()
    asked: list[str] = []

    def once_a_week(client: str) -> TokenGrant:
        asked.append(client)
        return refuse(client) if client == spent else grant()

    assert store.renew(once_a_week).value.reveal() == "nmv_usr_CANARY1"
    assert asked == [spent, store.client_id()]
    assert store.client_id() != spent


def test_without_a_lost_answer_a_client_id_is_not_given_up_for_a_refusal(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    asked: list[str] = []
    for _ in range(2):
        with pytest.raises(ServiceError, match="one a week"):
            store.renew(lambda client: (asked.append(client), refuse(client))[1])
    assert asked == [store.client_id()] * 2


def test_what_a_process_left_that_died_while_it_wrote_the_file_is_gone_with_the_next_write(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    store.client_id()
    (store.path.parent / f".{store.path.name}.part").write_text("half of it")
    store.renew(lambda _: grant())
    assert sorted(each.suffix for each in store.path.parent.iterdir()) == [".json", ".lock"]


def test_expired_tokens_without_a_job_are_dropped_and_those_with_one_are_kept(tmp_path: Path) -> None:
    clock = VirtualClock()
    store = TokenStore(tmp_path, BASE, clock)
    idle = store.renew(lambda _: grant("idle", expires_at=clock.now() + WEEK))
    clock.advance(WEEK + 1)
    busy = store.renew(lambda _: grant("busy", expires_at=clock.now() + WEEK), stale=idle.fingerprint)
    assert store.by_fingerprint(idle.fingerprint) is None
    store.keep(busy)
    clock.advance(WEEK + 1)
    last = store.renew(lambda _: grant("last", expires_at=clock.now() + WEEK), stale=busy.fingerprint)
    assert store.by_fingerprint(busy.fingerprint) is not None
    clock.advance(KEPT_FOR + WEEK + 1)
    store.renew(lambda _: grant("new", expires_at=clock.now() + WEEK), stale=last.fingerprint)
    assert store.by_fingerprint(busy.fingerprint) is None


def test_a_token_that_is_believed_stays_so_when_a_job_is_started_with_it(tmp_path: Path) -> None:
    clock = VirtualClock()
    store = TokenStore(tmp_path, BASE, clock)
    token = store.renew(lambda _: grant("only", expires_at=clock.now() + WEEK))
    clock.advance(WEEK + 1)
    store.believe(token)
    store.keep(token)
    current = store.current()
    assert current is not None
    assert (current.value.reveal(), current.expires_at) == ("only", 0.0)


def test_a_supplied_token_is_kept_beside_the_current_one_and_never_in_its_place(tmp_path: Path) -> None:
    clock = VirtualClock()
    store = TokenStore(tmp_path, BASE, clock)
    own = store.renew(lambda _: grant("own"))
    supplied = Token(Secret("supplied-CANARY"), "u_7", supplied=True)
    store.keep(supplied)
    current, kept = store.current(), store.by_fingerprint(supplied.fingerprint)
    assert current is not None
    assert kept is not None
    assert current.fingerprint == own.fingerprint
    assert (kept.value.reveal(), kept.user_id, kept.supplied) == ("supplied-CANARY", "u_7", True)
    clock.advance(KEPT_FOR + 1)
    store.keep(Token(Secret("later"), supplied=True))
    assert store.by_fingerprint(supplied.fingerprint) is None


def test_a_token_that_is_expired_when_it_is_new_is_not_judged_by_this_clock(tmp_path: Path) -> None:
    clock = VirtualClock()
    token = TokenStore(tmp_path, BASE, clock).renew(lambda _: grant(expires_at=clock.now() - 400 * 86_400))
    assert token.expires_at == 0.0


def test_nothing_shows_a_token(tmp_path: Path) -> None:
    store = TokenStore(tmp_path, BASE)
    token = store.renew(lambda _: grant())
    shown = " ".join(
        str(view(each)) for each in (token, store, read_file(store.path), grant()) for view in (repr, str, vars_of)
    )
    assert "CANARY" not in shown
    assert store.client_id() not in shown


def vars_of(thing: object) -> object:
    return getattr(thing, "__dict__", "")


@pytest.mark.parametrize("value", ["", "a\n", "a\r\nX: y", "ключ", "a b", "\ta", "a\x00b", "“quoted”", "a" * 4091])
def test_a_token_that_no_header_can_hold_is_refused_and_not_quoted(value: str) -> None:
    with pytest.raises(InputError) as caught:
        check_sendable(Secret(value + "CANARY" if value else ""), "NEMO_TOKEN")
    assert caught.value.code == "bad_token"
    assert "line break" in caught.value.hint
    assert "CANARY" not in f"{caught.value!r} {caught.value} {caught.value.hint}"


# --- several at once -------------------------------------------------------------------------------------------------


def _renew_in_a_process(folder: Path, stale: str, start: object, asked: object) -> None:
    def make(_: str) -> TokenGrant:
        asked.put(os.getpid())  # type: ignore[attr-defined]
        time.sleep(0.3)
        return grant(f"made-by-{os.getpid()}")

    start.wait()  # type: ignore[attr-defined]
    asked.put(TokenStore(folder, BASE).renew(make, stale=stale).fingerprint)  # type: ignore[attr-defined]


def test_two_processes_that_renew_at_once_make_one_token(tmp_path: Path) -> None:
    stale = TokenStore(tmp_path, BASE).renew(lambda _: grant("old")).fingerprint
    context = multiprocessing.get_context("fork")
    start, asked = context.Event(), context.Queue()
    workers = [
        context.Process(target=_renew_in_a_process, args=(tmp_path, stale, start, asked), daemon=True) for _ in range(2)
    ]
    for worker in workers:
        worker.start()
    start.set()
    told = [asked.get(timeout=20) for _ in range(3)]
    for worker in workers:
        worker.join(20)
    assert len([each for each in told if isinstance(each, int)]) == 1
    assert len({each for each in told if isinstance(each, str)}) == 1


def test_threads_that_renew_at_once_make_one_token(tmp_path: Path) -> None:
    made: list[str] = []
    tokens: list[str] = []

    def make(_: str) -> TokenGrant:
        made.append("x")
        time.sleep(0.1)
        return grant(f"t{len(made)}")

    threads = [
        threading.Thread(target=lambda: tokens.append(TokenStore(tmp_path, BASE).renew(make).fingerprint))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(made) == 1
    assert len(tokens) == 4
    assert len(set(tokens)) == 1


def test_a_wait_for_another_process_can_be_stopped(tmp_path: Path) -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow(_: str) -> TokenGrant:
        inside.set()
        leave.wait(20)
        return grant()

    other = threading.Thread(target=lambda: TokenStore(tmp_path, BASE).renew(slow), daemon=True)
    other.start()
    assert inside.wait(10)
    token = CancelToken()
    threading.Timer(0.2, token.cancel).start()
    started = time.monotonic()
    try:
        with pytest.raises(Cancelled):
            TokenStore(tmp_path, BASE, Clock(token)).renew(lambda _: grant())
    finally:
        leave.set()
        other.join(20)
    assert time.monotonic() - started < 2
