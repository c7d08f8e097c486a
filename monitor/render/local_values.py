"""Local values: a clinic's own alarm values beside the published ones, for reading like them."""

from collections.abc import Mapping
from typing import Protocol as Shape

from schedules.overlaying import remake
from schedules.protocol import Confidence, Document, Protocol, Source, Threshold

OWN = "CONFIG"


class LocalValue(Shape):
    """What the configuration says of one test."""

    @property
    def value(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def note(self) -> str: ...


def add_local_values(protocol: Protocol, values: Mapping[str, LocalValue]) -> Protocol:
    """The protocol with the values of a clinic, marked as local policy; a test that it lacks is left out."""
    own = tuple(
        Threshold(
            test=test,
            text={protocol.languages[0]: f"{one.value:g} {one.unit}. {one.note}".strip()},
            source=Source(key=OWN, confidence=Confidence.LOCAL_POLICY),
        )
        for test, one in values.items()
        if test in protocol.tests
    )
    if not own:
        return protocol
    sources = {**protocol.sources, OWN: Document(title="The configuration of this clinic (config.yaml)")}
    return remake(protocol, thresholds=(*own, *protocol.thresholds), sources=sources)
