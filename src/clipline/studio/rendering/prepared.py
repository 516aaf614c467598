"""Makes the operations on people ready for every shot, before the first frame is rendered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clipline.clock import Clock
from clipline.errors import Refused
from clipline.studio.masks.networks import forget_networks
from clipline.studio.pictures.geometry import Follow
from clipline.studio.pictures.memory import hand_back
from clipline.studio.pictures.picture import Finding, PictureOperation
from clipline.studio.rendering.compose import Prepare
from clipline.studio.rendering.plan import Plan, RenderSpec
from clipline.studio.rendering.shots import Shot, runs

__all__ = ["People", "part_of", "prepared"]

#: Refusals of one clip that another one may do without.
_NOT_THERE = {"nobody", "not_found"}


@dataclass(frozen=True, slots=True)
class People:
    """The operations on people of each shot, and what is to be said of the clips."""

    steps: list[list[PictureOperation]]
    findings: list[Finding]


def prepared(
    plan: Plan,
    spec: RenderSpec,
    prepare: Prepare | None,
    *,
    clock: Clock,
    progress: Callable[[float], None],
) -> People:
    """Look through the shots of each clip once for each operation on people; `prepare` None is the studio's own.

    Raises:
        Refused: nobody is in any of the clips, or what is asked for cannot be done with one.
    """
    groups = runs(plan.shots)
    aimed = _aimed(groups, plan, clock)
    asked = {id(scene.shot): scene.people for scene in plan.scenes}
    work = [(group, operation) for group in groups for operation in asked[id(group[0])]]
    if not work:  # before anything is imported for them
        return People([[] for _ in plan.scenes], aimed)
    look, found = prepare or _studio(), People([], aimed)
    made: dict[int, list[PictureOperation]] = {id(group): [] for group in groups}
    nobody = 0
    for number, (group, operation) in enumerate(work):
        source = group[0].source
        try:
            step = look(
                operation,
                source=source.path,
                spans=[(shot.start, shot.end) for shot in group],
                info=source.info,
                space=source.space,
                threads=plan.target.threads,
                clock=clock,
                progress=part_of(progress, number / len(work), 1 / len(work)),
                strict=spec.strict,
                alpha=plan.target.alpha,
            )
            made[id(group)].append(step)
        except Refused as refusal:
            nobody += 1
            if refusal.code not in _NOT_THERE or nobody == len(work):
                raise
            found.findings.append(Finding("WARN", f"{refusal.message}; it is left as it is"))
    forget_networks()
    hand_back()
    found.steps.extend(made[id(group)] for group in groups for _ in group)
    return found


def _aimed(groups: Sequence[Sequence[Shot]], plan: Plan, clock: Clock) -> list[Finding]:
    """Aim the crops that follow somebody; what is to be said of them."""
    steps = {id(scene.shot): scene.last for scene in plan.scenes}
    if not any(isinstance(step, Follow) for last in steps.values() for step in last):
        return []
    from clipline.studio.rendering.reframe import aim

    return [finding for group in groups for finding in aim(group, [steps[id(shot)] for shot in group], clock)]


def _studio() -> Prepare:
    from clipline.studio.edits.people import prepare

    return prepare


def part_of(progress: Callable[[float], None], begin: float, share: float) -> Callable[[float], None]:
    """Reports `share` of the whole progress, from `begin` on."""
    return lambda fraction: progress(begin + share * min(1.0, max(0.0, fraction)))
