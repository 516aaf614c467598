"""The work itself: for each file an address, an effect, a checksum; then the manifest."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clipline.artifacts import name_facts, sha256_of, size_of
from clipline.errors import CliplineError, InputError, MachineError, StageFailed
from clipline.stage import Finding, Settled, StageCall, StageResult
from clipline.values import JsonObject
from clipline_publish.addresses import Address, parse_address, public_address, target_of
from clipline_publish.connections import break_off, connect
from clipline_publish.faults import exists
from clipline_publish.listing import Facts
from clipline_publish.manifest import add_to_manifest, read_manifest
from clipline_publish.places import Place, Sending, Source, Terms, talking

__all__ = ["publish_files"]


@dataclass(frozen=True, slots=True)
class _Item:
    """A file and where it goes; `made` is what was exported: the file itself, or the folder that it is in."""

    source: Source
    target: Address
    made: Path


def publish_files(
    call: StageCall,
    options: JsonObject,
    files: Sequence[Path],
    *,
    sources: Sequence[Path] = (),
    media: JsonObject | None = None,
) -> StageResult:
    """Publish files as the options say.

    Args:
        call: the stage's or the step's.
        options: those of `clipline_publish.options`.
        files: what to publish; a folder stands for all files in it.
        sources: what they were made from, for the manifest.
        media: an export's outputs, whose facts the manifest tells where it made one file; None where many exports may
            have made them, each with its facts in a sidecar.

    Raises:
        CliplineError: an address is wrong, the place does not take a file, or something is there already.
    """
    items = _items(call, str(options["to"]), files)
    at = items[0].target
    with _place(call, at, options) as place:
        manifests = (
            sorted({item.target.beside(name) for item in items}, key=str) if (name := _manifest(options)) else []
        )
        for manifest in manifests:
            read_manifest(place, manifest)  # what is no manifest is found before anything is sent
        publishing = _Publishing(call, place, options, sum(item.source.size for item in items))
        published = [publishing.publish(item) for item in items]
        facts = Facts(call, sources if manifests else (), media if media is None or len(items) == 1 else {})
        for manifest in manifests:
            pairs = zip(items, published, strict=True)
            entries = [facts.entry(each, item.made) for item, each in pairs if _is_in(each, manifest)]
            add_to_manifest(place, call, manifest, entries, publishing.terms(manifest))
    findings = [
        Finding("INFO", f"{each['name']}: too large to be read back, its size alone was compared; verify: full does")
        for each in published
        if each["verified"] == "size"
    ]
    return StageResult(
        outputs={
            "urls": [each.get("public_url", each["url"]) for each in published],
            "published": published,
            "manifests": [str(manifest) for manifest in manifests],
        },
        findings=tuple(findings),
    )


def _manifest(options: JsonObject) -> str:
    return str(options.get("manifest", ""))


def _is_in(published: JsonObject, manifest: Address) -> bool:
    return str(published["url"]) == str(manifest.beside(published["name"]))


@contextmanager
def _place(call: StageCall, at: Address, options: JsonObject) -> Iterator[Place]:
    """The place that all the addresses are in, while it is needed."""
    from clipline_publish.renaming import RenamingPlace
    from clipline_publish.s3 import S3Place

    begun: list[Any] = []
    with talking(at, call.clock, lambda: break_off(*begun)):
        fs = connect(at, options, call.settings.get("publish") or {}, begun)
    place: Place = (S3Place if at.protocol == "s3" else RenamingPlace)(fs, call.clock)
    try:
        yield place
    finally:
        place.close()


# --- what goes where -------------------------------------------------------------------------------------------------


def _items(call: StageCall, to: str, files: Sequence[Path]) -> list[_Item]:
    """Every file with its address; nothing is sent before all of them are known to be right."""
    parse_address(to)
    if not files:
        raise InputError("there is nothing to publish", hint="put it after an export, or give `files`")
    items: list[_Item] = []
    taken: dict[str, Path] = {}
    for file in files:
        facts = name_facts(call.run, call.path, file.stem)
        for each, below in _each(file):
            target = target_of(to, facts, file, below)
            if other := taken.get(str(target)):
                raise InputError(f"{other.name} and {each.name} would both be {target}", hint="use {name} in `to`")
            taken[str(target)] = each
            items.append(_Item(Source(each, size_of(each), sha256_of(each)), target, file))
    return items


def _each(file: Path) -> Iterator[tuple[Path, str]]:
    """A file, or the files in a folder with their names below it."""
    if not file.exists():
        raise MachineError(f"{file} is not there any more", code="publish_gone", hint="run the pipeline again")
    if not file.is_dir():
        yield file, ""
        return
    for each in sorted(each for each in file.rglob("*") if each.is_file()):
        yield each, each.relative_to(file).as_posix()


# --- one file --------------------------------------------------------------------------------------------------------


class _Publishing:
    """Publishes one file after the other, and tells how far all of them are."""

    def __init__(self, call: StageCall, place: Place, options: JsonObject, total: int) -> None:
        self._call, self._place, self._options = call, place, options
        self._total, self._done = max(total, 1), 0

    def terms(self, target: Address) -> Terms:
        """How this stage puts a file."""
        options = self._options
        guessed = mimetypes.guess_type(target.name)[0] or "application/octet-stream"
        return Terms(
            mark=hashlib.sha256(f"{self._call.run_id} {self._call.path}".encode()).hexdigest()[:8],
            scratch=self._call.folder,
            replace=options.get("collision") == "overwrite",
            full=options.get("verify") == "full",
            make_folders=bool(options.get("make_folders")),
            content_type=str(options.get("content_type", guessed)),
            metadata=options.get("metadata", {}),
        )

    def publish(self, item: _Item) -> dict[str, Any]:
        """Let the file be there, whole, once; what the outputs say of it."""
        source, target = item.source, item.target
        sending = Sending(show=lambda sent: self._show(sent, target))
        operation = {"publish": str(target), "bytes": source.size, "sha256": source.sha256}
        outcome = self._call.effects.perform(
            f"publish {target}",
            operation,
            lambda: self._send(item, sending),
            settle=lambda _: self._settle(item),
            refused=sending.proves_refusal,
            span=0.0,  # an answer that comes late is about these same bytes
        )
        if self._options.get("checksums") == "sha256":
            line = f"{source.sha256}  {target.name}\n".encode()
            self._place.write(target.beside(f"{target.name}.sha256"), line, self.terms(target))
        self._done += source.size
        self._show(0, target)
        public = self._options.get("public_url")
        return {
            "name": target.name,
            "url": str(target),
            "bytes": source.size,
            "sha256": source.sha256,
            "content_type": self.terms(target).content_type,
            **outcome,
            **({"public_url": public_address(public, target)} if public else {}),
        }

    def _send(self, item: _Item, sending: Sending) -> JsonObject:
        source, target = item.source, item.target
        if self._options.get("collision") == "skip-if-same":
            found = self._place.compare(target, source)
            if found == "other":
                raise exists(target)
            if found == "same":
                return self._outcome("same", there=True)
        try:
            return self._outcome(self._place.put(target, source, self.terms(target), sending))
        except (InputError, StageFailed) as error:
            if sending.committing and error.code != "publish_damaged" and self._is_there(item):
                return self._outcome("same")  # the answer to a first try was lost, and a second one refused
            raise

    def _is_there(self, item: _Item) -> bool:
        try:
            return self._place.compare(item.target, item.source) == "same"
        except CliplineError:
            return False

    def _settle(self, item: _Item) -> Settled:
        """Look at what is there: the file appears whole or not at all, so these bytes are ours."""
        if self._place.compare(item.target, item.source) == "same":
            return Settled("done", dict(self._outcome("same")))
        return Settled("not_done")

    def _outcome(self, verified: str, *, there: bool = False) -> JsonObject:
        now = datetime.fromtimestamp(self._call.clock.now(), UTC)
        return {"verified": verified, "was_there": there, "published": now.isoformat(timespec="milliseconds")}

    def _show(self, sent: int, target: Address) -> None:
        self._call.progress(min(1.0, (self._done + sent) / self._total), f"publishing {target.name}")
