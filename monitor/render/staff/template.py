"""Templates of the staff pages: everything escaped, and an error for every name that was forgotten."""

from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from monitor.render.jinja import make_environment
from monitor.render.staff.assets import asset_address
from monitor.render.staff.deed_subjects import find_act, word_reason, word_subject
from monitor.render.staff.deeds import word_facts
from monitor.render.staff.speaking import Speaker, speaker
from monitor.render.staff.values import Frame, Refused, Trouble


@cache
def environment() -> Environment:
    return make_environment(
        __package__ or "", asset_address=asset_address, act_of=find_act, subject_of=word_subject,
        reason_of=word_reason,
    )  # fmt: skip


def render_page(name: str, frame: Frame, /, **values: Any) -> str:
    """A page with its values. In every template stand `say` (the speaker), `frame`, `typed(field, otherwise)` - what a
    refused form held - and `trouble_of`, the sentence of each field that could not be read."""
    say = speaker(frame.language)

    def typed(field: str, otherwise: object = "") -> object:
        # One value is told from several by what the form would hold without being refused.
        if not frame.typed:
            return otherwise
        found = frame.typed.get(field, ())
        return list(found) if isinstance(otherwise, (list, tuple, set, frozenset)) else (found[0] if found else "")

    text = (
        environment()
        .get_template(name)
        .render(
            say=say,
            frame=frame,
            typed=typed,
            refusal=_refusal(say, frame.refused) if frame.refused else None,
            troubles=[(one.field, _sentence(say, one)) for one in frame.troubles],
            trouble_of={one.field: _sentence(say, one) for one in reversed(frame.troubles)},
            **values,
        )
    )
    return text.strip() + "\n"  # with every line: a blank one may be what somebody typed


def render_part(name: str, say: Speaker, /, **values: Any) -> Markup:
    """A part that stands in a page as it is, such as a chart: only what it is given stands in it, and `say`."""
    return Markup(environment().get_template(name).render(say=say, **values))  # noqa: S704  (the template escaped it)


def _sentence(say: Speaker, trouble: Trouble) -> str:
    return say(f"trouble-{trouble.code}", **trouble.facts)


def _refusal(say: Speaker, refused: Refused) -> str:
    """In the page's own words where it has them; else the program's sentence, without the command that goes with it."""
    key = f"refused-{refused.code}"
    return say(key, **word_facts(say, refused.facts)) if refused.code and say.knows(key) else refused.sentence
