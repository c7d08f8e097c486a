"""docs/safety.md and docs/data-protection.md name tests; every one of them has to exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("document", "at_least"), [("safety.md", 30), ("data-protection.md", 15)])
def test_every_test_that_the_promises_name_is_there(document: str, at_least: int) -> None:
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "docs" / document).read_text(encoding="utf-8")))
    written = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests").rglob("test_*.py"))
    assert len(named) > at_least
    assert not {name for name in named if f"def {name}(" not in written}
