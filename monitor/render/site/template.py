"""Templates: Jinja with everything escaped, and an error for every name that was forgotten."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment

from monitor.render.jinja import make_environment
from monitor.render.site.assets import asset_address
from monitor.render.site.names import YES, Field
from monitor.render.site.speaking import speaker
from monitor.render.site.values import Chrome, FieldTrouble

EXAMPLE_DAY = "2027-05-14"


@cache
def environment() -> Environment:
    return make_environment(__package__ or "", Field=Field, YES=YES, asset_address=asset_address)


def fill(name: str, language: str, /, **values: Any) -> str:
    """A template with its values; `say`, the speaker of the language, is always among them."""
    text = environment().get_template(name).render(say=speaker(language), **values)
    return re.sub(r"\n\s*\n+", "\n", text).strip() + "\n"


def fill_page(name: str, language: str, chrome: Chrome, /, **values: Any) -> str:
    """A page of one patient: with the header, the way to the clinic and what a form had to say."""
    by_field = {one.field: _sentence(one, language) for one in reversed(chrome.troubles)}
    return fill(
        name,
        language,
        chrome=chrome,
        links=chrome.links,
        today=chrome.today,
        dial=dial(chrome.telephone),
        contact="\n".join(filter(None, ["" if dial(chrome.telephone) else chrome.telephone, chrome.contact])),
        troubles=[(one.field, _sentence(one, language)) for one in chrome.troubles],
        trouble_of=by_field,
        **values,
    )


def _sentence(trouble: FieldTrouble, language: str) -> str:
    return speaker(language)(f"trouble-{trouble.trouble}", example=EXAMPLE_DAY)


def dial(telephone: str) -> str:
    """What a telephone dials: "+49 (0)30 / 1234-56" becomes +4930123456. Nothing where there are no digits."""
    number = telephone.strip()
    is_international = number.startswith(("+", "00"))
    if is_international:
        number = re.sub(r"\(\s*0\s*\)", "", number)
    number = re.split(r"(?i)\b(?:ext|dw|durchwahl)\b|[,;]", number)[0]
    digits = "".join(re.findall(r"[0-9]", number))
    return f"+{digits}" if number.startswith("+") and digits else digits
