"""What the pipeline room needs to know of plugins: names and schemas, no code."""

from __future__ import annotations

from collections.abc import Sequence

from clipline.pipeline.vocabulary import KindInfo, StepInfo, Vocabulary
from clipline.stage import Offers, StageKind

__all__ = ["vocabulary_of"]


def vocabulary_of(offers: Offers, left_out: Sequence[str]) -> Vocabulary:
    """The words that a pipeline file may use; `left_out` says of each plugin that is not there why."""
    return Vocabulary(
        kinds={kind.name: _kind_info(kind, offers) for kind in offers.stage_kinds.values()},
        post_export={
            step.name: StepInfo(step.name, step.options, step.secret_options)
            for step in offers.post_export_steps.values()
        },
        channels={
            channel.name: StepInfo(channel.name, channel.options, channel.secret_options)
            for channel in offers.channels.values()
        },
        checks={check.name: StepInfo(check.name, check.wanted) for check in offers.verify_checks.values()},
        left_out=_left_out(left_out),
    )


def _left_out(errors: Sequence[str]) -> str:
    if not errors:
        return ""
    more = f", and {len(errors) - 3} more" if len(errors) > 3 else ""
    return f"a plugin that was left out may bring it: {'; '.join(errors[:3])}{more}; see `clipline plugins`"


def _kind_info(kind: StageKind, offers: Offers) -> KindInfo:
    options = dict(kind.options)
    if options.pop("x-clipline-checks", False):
        checks = {check.name: check.wanted for check in offers.verify_checks.values()}
        options["properties"] = {**options.get("properties", {}), **checks}
    blocks = {
        backend.name: backend.options[kind.name] for backend in offers.backends.values() if kind.name in backend.options
    }
    return KindInfo(kind.name, options, kind.outputs, secret_options=kind.secret_options, backend_options=blocks)
