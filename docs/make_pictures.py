"""Makes the pictures of the command line from the real program and the example clinic, so that they stay true.

`python3 run.py screenshots` makes these and all other pictures.
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

from docs.picturing import DAY, IMAGES, ROOT

MONITOR = Path(sys.executable).with_name("monitor")
WIDTH = 100
COURSES = ["--infusion", "2024-01-08..2024-01-12", "--infusion", "2025-01-13..2025-01-15", "--sex", "female"]
PICTURES = {
    "plan": (["plan", "--protocol", "alemtuzumab-eu", *COURSES, "--born", "1990-05-01"], 29),
    "worklist": (["--by", "ada", "worklist", "--as-of", str(DAY)], 32),
}


def run_in_terminal(arguments: list[str], config: Path) -> str:
    """What the command shows on a terminal, colours included."""
    master, slave = os.openpty()
    environment = {**os.environ, "COLUMNS": str(WIDTH), "TERM": "xterm-256color", "MONITOR_CONFIG": str(config)}
    process = subprocess.Popen([MONITOR, *arguments], stdout=slave, cwd=ROOT, env=environment)
    os.close(slave)
    shown = bytearray()
    try:
        while piece := os.read(master, 65536):
            shown += piece
    except OSError:
        pass  # the terminal closes with the command
    if process.wait():
        raise SystemExit(f"`monitor {' '.join(arguments)}` failed.")
    return shown.decode()


def draw(shown: str, lines: int, title: str) -> str:
    """The first lines as a picture that fetches nothing from anywhere."""
    console = Console(width=WIDTH, record=True, file=StringIO())
    for line in shown.replace("\r\n", "\n").split("\n")[:lines]:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="crop")
    without_fonts = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    return console.export_svg(title=title, code_format=without_fonts, unique_id=title.rpartition(" ")[2])


def make(demo: Path) -> None:
    IMAGES.mkdir(exist_ok=True)
    for name, (arguments, lines) in PICTURES.items():
        title = f"monitor {next(word for word in arguments if word in PICTURES)}"
        shown = run_in_terminal(arguments, demo / "config.yaml")
        (IMAGES / f"{name}.svg").write_text(draw(shown, lines, title), encoding="utf-8")
        print(f"docs/images/{name}.svg", flush=True)
