"""Makes every picture of the documents anew, from the example clinic as it is on one fixed day.

python3 run.py screenshots               all of them
python3 run.py screenshots staff         only those of the staff's pages, or: page, terminal
python3 run.py screenshots --demo DIR    from a demo that was made with --today 2026-11-02, to save its minute
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from docs import make_page_pictures, make_pictures, make_staff_pictures
from docs.picturing import browsing, example_clinic, find_chromium, serving

KINDS = ("terminal", "page", "staff")


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="run.py screenshots", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="KIND", help="all of them if left out")
    parser.add_argument("--demo", type=Path, metavar="DIR", help="a demo that was made already")
    asked = parser.parse_args(argv)
    if unknown := [one for one in asked.kinds if one not in KINDS]:
        parser.error(f"no pictures are called {', '.join(unknown)}; there are {', '.join(KINDS)}")
    kinds = asked.kinds or KINDS
    find_chromium()  # before the minute that the example clinic takes
    with example_clinic(asked.demo) as (program, demo):
        if "terminal" in kinds:
            make_pictures.make(demo)
        with serving(program) as base, browsing() as browser:
            if "page" in kinds:
                make_page_pictures.make(program, base, browser)
            if "staff" in kinds:
                make_staff_pictures.make(program, base, browser)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
