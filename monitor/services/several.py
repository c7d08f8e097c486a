"""Several: one act on each of several patients, kept together or not at all."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from monitor.services.changing import Change
from monitor.services.desk import Desk
from monitor.services.enrolling import get_own_treatment
from schedules.errors import Refusal, Unacceptable


class RefusedOne(NamedTuple):
    """Whose act was refused, and why."""

    treatment_id: int
    reference: str
    refusal: Refusal


class SeveralRefused(Unacceptable):
    """Of several patients some were refused, so that nothing was saved of any."""

    def __init__(self, refused: Sequence[RefusedOne], asked: int) -> None:
        told = "; ".join(f"{one.reference}: {one.refusal.sentence}" for one in refused)
        super().__init__(
            f"{len(refused)} of {asked} patients were refused: {told}", "Leave them out, or correct what stands there.",
            code="several-refused", count=len(refused), asked=asked,
            references=[one.reference for one in refused],
        )  # fmt: skip
        self.refused = tuple(refused)


def act_on_each(desk: Desk, treatment_ids: Sequence[int], act: Callable[[int], Change]) -> list[Change]:
    """Each patient is an act of its own. Refuses (SeveralRefused), naming each, if a single one is refused."""
    changes: list[Change] = []
    refused: list[RefusedOne] = []
    for treatment_id in treatment_ids:
        reference = get_own_treatment(desk, treatment_id).reference
        try:
            with desk.connection.begin_nested():
                changes.append(act(treatment_id))
        except Refusal as no:
            refused.append(RefusedOne(treatment_id, reference, no))
    if refused:
        raise SeveralRefused(refused, len(treatment_ids))
    return changes
