"""The palette of the staff pages: every text can be read on every ground, by day and by night."""

import re
from importlib.resources import files
from itertools import product

import pytest

TEXTS = ("text", "soft", "accent", "urgent", "warn", "good")
GROUNDS = ("ground", "surface", "raised", "accent-ground", "urgent-ground", "warn-ground", "good-ground")


def read_palettes() -> dict[str, dict[str, str]]:
    """By scheme the colours of `frame.css`, by name."""
    css = files("monitor.render.staff").joinpath("static/frame.css").read_text("utf-8")
    light, dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    return {
        scheme: dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block))
        for scheme, block in (("light", light), ("dark", dark))
    }


PALETTES = read_palettes()


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_the_most_there_is() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", PALETTES)
def test_every_text_can_be_read_on_every_ground(scheme: str) -> None:
    own = PALETTES[scheme]
    weak = {(text, ground) for text, ground in product(TEXTS, GROUNDS) if contrast(own[text], own[ground]) < 4.5}
    assert weak == set()


@pytest.mark.parametrize("scheme", PALETTES)
def test_filled_buttons_can_be_read_and_edges_be_seen(scheme: str) -> None:
    own = PALETTES[scheme]
    assert contrast(own["on-accent"], own["accent"]) >= 4.5
    assert contrast(own["surface"], own["urgent"]) >= 4.5
    assert min(contrast(own["edge"], own[ground]) for ground in ("ground", "surface", "raised")) >= 3
