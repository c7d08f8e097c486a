"""Makes the pictures of README.md from the real program and the example clinic, so that they stay true.

Run `python3 run.py demo --no-serve` first, then `.venv/bin/python docs/make_pictures.py`.
"""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
MONITOR = Path(sys.executable).with_name("monitor")
WIDTH = 100
COURSES = ["--infusion", "2024-01-08..2024-01-12", "--infusion", "2025-01-13..2025-01-15", "--sex", "female"]
PICTURES = {
    "plan": (["plan", "--protocol", "alemtuzumab-eu", *COURSES, "--born", "1990-05-01"], 29),
    "worklist": (["--config", "demo-output/config.yaml", "--by", "ada", "worklist"], 32),
}


def run_in_terminal(arguments: list[str]) -> str:
    """What the command shows on a terminal, colours included."""
    master, slave = os.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    process = subprocess.Popen([MONITOR, *arguments], stdout=slave, cwd=ROOT, env=environment)
    os.close(slave)
    shown = bytearray()
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # the terminal closes with the command
    if process.wait():
        raise SystemExit(f"`monitor {' '.join(arguments)}` failed; run the demo first.")
    return shown.decode()


def draw(shown: str, lines: int, title: str) -> str:
    """The first lines as a picture that fetches nothing from anywhere."""
    console = Console(width=WIDTH, record=True, file=StringIO())
    for line in shown.replace("\r\n", "\n").split("\n")[:lines]:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop")
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title=title, code_format=without_fonts, unique_id=title.rpartition(" ")[2])


if __name__ == "__main__":
    for name, (arguments, lines) in PICTURES.items():
        title = f"monitor {next(word for word in arguments if word in PICTURES)}"
        (ROOT / "docs" / "images").mkdir(exist_ok=True)
        (ROOT / "docs" / "images" / f"{name}.svg").write_text(draw(run_in_terminal(arguments), lines, title))
        print(f"docs/images/{name}.svg")
