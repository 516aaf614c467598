"""Two who publish at the same moment, put into the order that hurts."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import others
import pytest

import clipline_publish
from clipline.errors import InputError
from clipline.stage import Exported, StageCall
from clipline.testing import stage_call
from clipline_publish.addresses import Address, parse_address
from clipline_publish.manifest import add_to_manifest
from clipline_publish.places import Source, Terms

AT = parse_address("memory:///show/manifest.json")


class Memory:
    """Small files in memory; `meanwhile` happens once, between what a writer of a manifest read and what it writes."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.meanwhile: Callable[[], None] | None = None

    def read(self, target: Address) -> bytes | None:
        return self.files.get(target.path)

    def write(self, target: Address, content: bytes, terms: Terms) -> None:
        if target == AT and self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        self.files[target.path] = content

    def names(self, folder: Address) -> set[str]:
        return {path.rpartition("/")[2] for path in self.files if path.startswith(folder.path + "/")}


def entry(run: str) -> dict[str, Any]:
    return {"name": f"{run}.mp4", "run": run, "published": "2026-01-01T00:00:00.000+00:00"}


def test_what_a_slower_writer_takes_away_it_puts_back(tmp_path: Path) -> None:
    shelf, terms = Memory(), Terms("mark", tmp_path)
    first, second = (replace(stage_call(tmp_path, "publish"), run_id=name) for name in ("first", "second"))

    def add(call: StageCall) -> None:
        add_to_manifest(shelf, call, AT, [entry(call.run_id)], terms)

    shelf.meanwhile = lambda: add(second)
    add(first)
    assert [each["run"] for each in json.loads(shelf.files[AT.path])["files"]] == ["first", "second"]


@pytest.mark.parametrize("size", [100, 20_000_000])
def test_a_file_that_appears_meanwhile_is_not_replaced(
    bucket: others.Bucket, calling: Callable[..., StageCall], tmp_path: Path, size: int
) -> None:
    file = tmp_path / "talk.mp4"
    file.write_bytes(os.urandom(size))
    call = calling(bucket.settings)
    perform = call.effects.perform

    class Late:
        """Somebody else's file appears after the look and before the end: at the first byte that is hashed anew."""

        def perform(self, name: str, operation: Any, send: Any, **others: Any) -> Any:
            return perform(name, operation, lambda: _with_rival(send), **others)

    def _with_rival(send: Callable[[], Any]) -> Any:
        read = Source.blocks

        def blocks(source: Source, length: int) -> Any:
            bucket.client.put_object(Bucket=bucket.name, Key="talk.mp4", Body=b"theirs")
            return read(source, length)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Source, "blocks", blocks)
            return send()

    with pytest.raises(InputError, match="exists already"):
        clipline_publish.after_export(
            replace(call, effects=Late()), Exported((file,), (), {}), {"to": f"s3://{bucket.name}/"}
        )
    assert bucket.content("talk.mp4") == b"theirs"
    assert bucket.uploads() == []
