#!/usr/bin/env python3
"""Sets the project up from its lock files and runs one of its commands, with nothing but Python installed.

python3 run.py demo     the program with invented patients
python3 run.py install  the program alone; from the folder wheels where there is one, without a network
python3 run.py test     the test suite (arguments go to pytest)
python3 run.py check    style, format, types and layers (or only those named)
python3 run.py bench    measurements
python3 run.py faults   what must not happen, tried by force (or only those named; --size fast is short)
python3 run.py screenshots  the documents' pictures from the example clinic, made anew (needs Chromium)
python3 run.py bundle   one archive of source and wheels, to install without a network (add --to DIR)
python3 run.py lock     resolve the dependencies again (add --upgrade for newer versions)
"""

from __future__ import annotations

import collections
import contextlib
import hashlib
import importlib.util
import json
import os
import re
import sqlite3
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "installed.txt"  # fingerprints of what .venv holds; there only while .venv is whole
PROJECT = ROOT / "pyproject.toml"
RUNTIME = ROOT / "requirements" / "runtime.txt"
DEV = ROOT / "requirements" / "dev.txt"  # holds everything that RUNTIME holds
WHEELS = ROOT / "wheels"  # only in a bundle: every package of RUNTIME, for one version of Python and one platform
MADE_FOR = WHEELS / "made-for.json"

PARALLEL = ("-n", "auto", "--maxprocesses", "4")
CHECKS = {
    "style": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "types": ("mypy", "."),
    "layers": ("lint-imports", "--no-logo"),
}
COMPILE = ["uv", "pip", "compile", "--quiet", "--generate-hashes", "--no-emit-index-url", "--no-header", "--universal"]


def main(argv: Sequence[str]) -> int:
    command, *rest = argv or ["help"]
    if command not in COMMANDS:
        print(__doc__, file=sys.stdout if command in ("help", "-h", "--help") else sys.stderr)
        return 0 if command in ("help", "-h", "--help") else 2
    lock, act = COMMANDS[command]
    lack = what_this_python_lacks() or (what_the_wheels_lack() if lock == RUNTIME else "")
    if lack:
        print(lack, file=sys.stderr)
        return 1
    os.chdir(ROOT)
    try:
        set_up(lock)
        return act(rest)
    except subprocess.CalledProcessError as failure:
        print(f"\nThe set-up stopped (status {failure.returncode}; the reason stands above).", file=sys.stderr)
        print("Run the same command again: it goes on from where it is safe.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def what_this_python_lacks(
    version: Sequence[int] = sys.version_info[:2], find_module: Callable[[str], object] = importlib.util.find_spec
) -> str:
    if tuple(version) < (3, 11):
        found = ".".join(str(part) for part in version)
        return f"This needs Python 3.11 or newer, but runs on {found} (Debian, Ubuntu: apt install python3-venv)."
    if not (find_module("venv") and find_module("ensurepip")):
        return "This Python cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv"
    return ""


def this_python() -> dict[str, str]:
    """What compiled packages depend on, such as {"python": "cp311", "platform": "linux_x86_64"}."""
    kind = {"cpython": "cp"}.get(sys.implementation.name, sys.implementation.name)
    free_threaded = "t" if "t" in getattr(sys, "abiflags", "") else ""
    platform = re.sub(r"[-.]", "_", sysconfig.get_platform())
    return {"python": f"{kind}{sys.version_info[0]}{sys.version_info[1]}{free_threaded}", "platform": platform}


def what_the_wheels_lack() -> str:
    if not MADE_FOR.exists():
        return ""
    wanted, found = json.loads(MADE_FOR.read_text()), this_python()
    if wanted == found:
        return ""
    names = [f"{one['python']} on {one['platform']}" for one in (wanted, found)]
    return (
        f"The packages in the folder wheels are for {names[0]}, and this Python is {names[1]}.\n"
        "Run it with the Python that they are for, make a bundle with this one, or delete the folder wheels to "
        "install over the network."
    )


def set_up(lock: Path) -> None:
    with alone():
        if not is_whole():
            import venv  # only here: a Python without it has to get as far as saying so

            say(f"making {VENV.name} with Python {sys.version.split()[0]}")
            venv.create(VENV, clear=True, with_pip=True)
        if fingerprint(lock) not in installed():
            # Without a stamp the next run starts afresh, so an interrupted installation cannot pass for a whole one.
            STAMP.unlink(missing_ok=True)
            install(lock)
            remember(*([lock, RUNTIME] if lock == DEV else [lock]))
        if fingerprint(PROJECT) not in installed():
            say("installing the project itself")
            pip("install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
            remember(PROJECT)


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Two terminals may start at once; SQLite's is the one file lock here that every system has and a crash frees."""
    lock = sqlite3.connect(ROOT / ".venv.lock", isolation_level=None, timeout=0.5)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            say("waiting for another set-up to finish")
            lock.execute("PRAGMA busy_timeout = 900000")
            lock.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        lock.close()


def is_whole() -> bool:
    """Made to the end, and by this version of Python: an upgraded system leaves a .venv that finds no package."""
    made_by = VENV / "pyvenv.cfg"
    version = ".".join(str(part) for part in sys.version_info[:2])
    parts = (PYTHON, STAMP, made_by)
    return all(part.exists() for part in parts) and f"version = {version}." in made_by.read_text()


def fingerprint(path: Path) -> str:
    # The place counts too: an environment that was copied or moved points at the old one.
    return f"{path.name} {hashlib.sha256(str(path).encode() + path.read_bytes()).hexdigest()}"


def installed() -> list[str]:
    return STAMP.read_text().splitlines() if STAMP.exists() else []


def remember(*paths: Path) -> None:
    names = tuple(f"{path.name} " for path in paths)
    others = [line for line in installed() if not line.startswith(names)]
    STAMP.write_text("\n".join([*others, *map(fingerprint, paths)]))


def install(lock: Path) -> None:
    total = len(re.findall(r"^\S+==", lock.read_text(), re.MULTILINE))
    say(f"installing {total} packages from {lock.relative_to(ROOT)}; every file is checked against its hash")
    # The wheels of a bundle are all that there is for a machine without a network; the tests need more.
    source = ("--no-index", "--find-links", str(WHEELS)) if WHEELS.exists() and lock == RUNTIME else ()
    pip("install", "--require-hashes", "--requirement", str(lock), *source, watch=total)


def pip(*args: str, watch: int = 0) -> None:
    """Runs pip without its chatter; a terminal gets a counter, a failure the end of what pip said."""
    command = [str(PYTHON), "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", *args]
    last: collections.deque[str] = collections.deque(maxlen=12)
    seen = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout or ():
            last.append(line.rstrip())
            seen += line.startswith(("Collecting", "Requirement already"))
            if watch and sys.stderr.isatty():
                step = "unpacking" if line.startswith("Installing") else f"{seen} of {watch}"
                print(f"\r  {step:<20}\r", end="", file=sys.stderr, flush=True)
    if process.returncode:
        print("", *last, sep="\n  ", file=sys.stderr)
        raise subprocess.CalledProcessError(process.returncode, command)


def say(sentence: str) -> None:
    print(f"· {sentence}", file=sys.stderr, flush=True)


def run(*args: str) -> int:
    """Becomes the command, so that signals and the exit code are its own."""
    if os.name == "posix":
        os.execv(PYTHON, [str(PYTHON), *args])
    return subprocess.call([str(PYTHON), *args])


def demo(rest: Sequence[str]) -> int:
    return run("examples/demo.py", *rest)


def finish(rest: Sequence[str]) -> int:
    """Compiles what an ordinary user of the machine may not write, and says how to go on."""
    subprocess.check_call([str(PYTHON), "-m", "compileall", "-q", "monitor", "db", "schedules"])
    monitor = PYTHON.with_name("monitor")
    print(f"Installed. The program is {monitor}; leave this folder where it is.\n")
    print("Next, in the folder where config.yaml and the record shall be:")
    print(f"  {monitor} init      # makes the database and the first administrator")
    print(f"  {monitor} doctor    # says whether all is well")
    print("docs/getting-started.md goes on from here, docs/operations.md tells how it runs on a server.")
    return 0


def bundle(rest: Sequence[str]) -> int:
    return run("deploy/bundle.py", *rest)


def test(rest: Sequence[str]) -> int:
    return run("-m", "pytest", *(rest or PARALLEL))


def check(rest: Sequence[str]) -> int:
    failed = []
    for name in rest or CHECKS:
        say(f"{name}: {' '.join(CHECKS[name])}")
        program, *options = CHECKS[name]
        if subprocess.call([str(PYTHON.with_name(program)), *options]):
            failed.append(name)
    print(f"\nFailed: {', '.join(failed)}." if failed else "\nAll checks passed.")
    return 1 if failed else 0


def bench(rest: Sequence[str]) -> int:
    return run("-m", "benchmarks", *rest)


def faults(rest: Sequence[str]) -> int:
    return run("-m", "faults", *rest)


def screenshots(rest: Sequence[str]) -> int:
    return run("-m", "docs.make_screenshots", *rest)


def lock(rest: Sequence[str]) -> int:
    resolve(RUNTIME, "--extra", "build", *rest)
    # The second follows the first, so that the tests run on what hospitals run.
    resolve(DEV, "--extra", "dev", "--constraint", "requirements/runtime.txt", *rest)
    return 0


def resolve(path: Path, *options: str) -> None:
    target = path.relative_to(ROOT).as_posix()
    say(f"resolving {target}")
    options = ("--python-version", "3.11", "--output-file", target, *options)
    subprocess.check_call([str(PYTHON), "-m", *COMPILE, PROJECT.name, *options])


COMMANDS = {
    "demo": (RUNTIME, demo),
    "install": (RUNTIME, finish),
    "bundle": (RUNTIME, bundle),
    "test": (DEV, test),
    "check": (DEV, check),
    "bench": (DEV, bench),
    "faults": (DEV, faults),
    "screenshots": (DEV, screenshots),
    "lock": (DEV, lock),
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
