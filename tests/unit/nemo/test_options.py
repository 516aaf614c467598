"""Settings become the client's options, or are refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from clipline.errors import UsageError
from clipline.nemo.options import NemoOptions
from clipline.settings import Settings
from clipline.values import Secret


def test_without_a_word_the_options_are_the_pages() -> None:
    options = NemoOptions.from_mapping({})
    assert options == NemoOptions()
    assert options.api_url == "https://mega-api-prod.nemovideo.ai"
    assert (options.poll, options.polls, options.rate_wait) == (30.0, 10, 30.0)
    assert (options.still_working, options.stream_limit, options.heartbeat_limit) == (120.0, 900.0, 600.0)


def test_the_settings_of_both_sections_fit(tmp_path: Path) -> None:
    settings = Settings.load(environ={"HOME": str(tmp_path), "NEMO_TOKEN": "nmv_usr_x"}, folder=tmp_path)
    nemo = NemoOptions.from_mapping({**settings.section("nemo"), "state_folder": "/s"})
    assert nemo.token is not None
    assert nemo.token.reveal() == "nmv_usr_x"
    mock = NemoOptions.from_mapping({**settings.section("mock"), "api_url": "http://127.0.0.1:8080"})
    assert mock.poll == pytest.approx(0.3)


def test_values_are_read_as_they_are_written() -> None:
    options = NemoOptions.from_mapping(
        {"api_url": "http://localhost:8/ ", "poll": "5s", "stream_limit": "15m", "client_id": "id\n", "token": None}
    )
    assert (options.api_url, options.poll, options.stream_limit, options.token) == (
        "http://localhost:8",
        5.0,
        900.0,
        None,
    )
    assert options.client_id is not None
    assert options.client_id.reveal() == "id"


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("api_url", "", "must be an http or https address"),
        ("api_url", "ftp://x", "must be an http or https address"),
        ("api_url", "https://u:p@x", "must be an http or https address"),
        ("web_url", "https://x?a=1", "without '?'"),
        ("api_url", 5, "must be text"),
        ("poll", "often", "must be a duration"),
        ("poll", 0, "must be more than 0"),
        ("polls", 0, "must be more than 0"),
        ("polls", 1.5, "must be a whole number"),
        ("polls", True, "must be a whole number"),
        ("edit_estimate", -1, "must be a whole number"),
        ("stream_limit", 0, "must be more than 0"),
        ("token", "a b", "must be one word"),
        ("token", "", "must be one word"),
        ("client_id", Secret("a\nb"), "must be one word"),
        ("platform", "a\r\nX: y", "must be one word"),
        ("language", None, "must be text"),
    ],
)
def test_a_wrong_value_is_refused_by_name(key: str, value: Any, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        NemoOptions.from_mapping({key: value})
    assert repr(key) in caught.value.message
    assert words in caught.value.message


def test_an_unknown_key_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UsageError) as caught:
        NemoOptions.from_mapping({"pol": 3})
    assert "did you mean 'poll" in caught.value.hint


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(NemoOptions(token=Secret("s3cret"), client_id=Secret("s3cret")))


@pytest.mark.parametrize(
    "value", ["two s3cret", "s3cret\r\nX-Evil: yes", "s3cret\x00", "s3crét", "", "\n", "s3cret" * 700]
)
def test_a_bad_token_is_refused_by_the_name_of_its_variable_and_not_quoted(value: str) -> None:
    with pytest.raises(UsageError, match=r"^NEMO_TOKEN ") as caught:
        NemoOptions.from_mapping({"token": Secret(value)})
    assert "s3cr" not in f"{caught.value!r} {caught.value.__cause__!r}"
