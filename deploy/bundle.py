"""Writes one archive of the source and of every wheel that it needs, for a machine without a network.

python3 run.py bundle [--to DIR]

The wheels are those of requirements/runtime.txt for the Python and the platform on which this runs; pip checks each
against its hash, here and again where they are installed. The same commit and the same wheels give the same bytes.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from run import MADE_FOR, RUNTIME, WHEELS, say, this_python  # noqa: E402

LONG_AGO = 315_532_800  # 1980, where nobody knows when the source was committed
NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")


class Impossible(Exception):  # noqa: N818  (a sentence for a person)
    """The bundle cannot be made; says why and what would help."""


def main(argv: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="run.py bundle", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=ROOT / "dist", metavar="DIR", help="dist if left out")
    to: Path = parser.parse_args(argv).to
    try:
        archive = write_bundle(to)
    except Impossible as reason:
        print(reason, file=sys.stderr)
        return 1
    name, size = archive.name, archive.stat().st_size / 1024 / 1024
    print(f"Written: {archive} ({size:.0f} MB) and, to compare after the journey, {name}.sha256\n")
    print("On the other machine, in the folder where it shall stay:")
    print(f"  sha256sum --check {name}.sha256")
    print(f"  tar --extract --file {name}")
    print(f"  cd {top_of(project())}")
    print("  python3 run.py install")
    return 0


def write_bundle(to: Path) -> Path:
    """The archive, whole or not at all, and beside it a file with its SHA-256."""
    made_for, described = this_python(), project()
    to.mkdir(parents=True, exist_ok=True)
    archive = to / f"{top_of(described)}-{made_for['python']}-{made_for['platform']}.tar.gz"
    with tempfile.TemporaryDirectory(dir=to, prefix=".bundle-") as place:
        wheels = collect_wheels(Path(place) / "wheels")
        members = {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
        members[f"wheels/{MADE_FOR.name}"] = f"{json.dumps(made_for)}\n".encode()
        temporary = Path(place) / archive.name
        say(f"packing {len(wheels)} wheels and the source")
        temporary.write_bytes(pack(top_of(described), members))
        temporary.replace(archive)
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    archive.with_name(f"{archive.name}.sha256").write_text(f"{digest}  {archive.name}\n", encoding="utf-8")
    return archive


def project() -> dict[str, str]:
    described: dict[str, str] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return described


def top_of(described: dict[str, str]) -> str:
    """The one folder that the archive unpacks into: another one for each version, so that the old one stays."""
    return f"{described['name']}-{described['version']}"


# --- Wheels -----------------------------------------------------------------------------------------


def collect_wheels(folder: Path) -> list[Path]:
    """Every package of the lock as a wheel, each checked against its hash by pip. A bundle takes its own again."""
    say(f"collecting the wheels of {RUNTIME.relative_to(ROOT)} for this Python; every file is checked against its hash")
    source = ["--no-index", "--find-links", str(WHEELS)] if WHEELS.exists() else []
    command = [
        sys.executable, "-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "download", "--quiet",
        "--only-binary=:all:", "--require-hashes", "--requirement", str(RUNTIME), "--dest", str(folder), *source,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return sorted(folder.glob("*.whl"))
    if lacking := NO_WHEEL.search(done.stderr):
        made_for = this_python()
        raise Impossible(
            f"There is no wheel of {lacking[1]} for {made_for['python']} on {made_for['platform']}, or its source of "
            "packages does not answer.\nMake the bundle with a version of Python for which there is one, or choose "
            "another version of the package (python3 run.py lock)."
        )
    raise Impossible("\n".join(["The wheels could not be collected. pip said:", *done.stderr.splitlines()[-6:]]))


# --- Source -----------------------------------------------------------------------------------------


def ask_git(*arguments: str) -> str | None:
    """What git answers; None where this is no checkout, or git is not there or will not answer."""
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return None
    asked = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout if asked.returncode == 0 else None


def list_source() -> list[Path]:
    """What is tracked, as it stands here; outside a git checkout what a source distribution holds."""
    tracked = ask_git("ls-files", "-z")
    if tracked is None:
        return sorted(walk_source())
    say_what_changed()
    return sorted(path for name in tracked.split("\0") if name and (path := ROOT / name).is_file())


def walk_source() -> Iterator[Path]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    yield ROOT / "pyproject.toml"
    for name in settings["tool"]["hatch"]["build"]["targets"]["sdist"]["only-include"]:
        path = ROOT / name
        yield from [path] if path.is_file() else (one for one in path.rglob("*") if is_source(one))


def is_source(path: Path) -> bool:
    is_left_behind = path.suffix == ".pyc" or any(part in {"__pycache__", ".DS_Store"} for part in path.parts)
    return path.is_file() and not is_left_behind


def say_what_changed() -> None:
    names = (ask_git("diff", "--name-only", "HEAD") or "").splitlines()
    if names:
        some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        say(f"what was changed since the last commit goes into the bundle as it stands here: {some}")


def committed_at() -> int:
    """Seconds since 1970, the same on every machine that bundles this commit."""
    return int(ask_git("log", "-1", "--format=%ct") or LONG_AGO)


# --- Archive ----------------------------------------------------------------------------------------


def pack(top: str, wheels: dict[str, bytes]) -> bytes:
    """A compressed archive without anything of this machine in it: no owner, no times of files."""
    at = committed_at()
    written = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", compresslevel=6, fileobj=written, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for path in list_source():
            add(archive, f"{top}/{PurePosixPath(path.relative_to(ROOT))}", path.read_bytes(), at, mode_of(path))
        for name in sorted(wheels):
            add(archive, f"{top}/{name}", wheels[name], at, 0o644)
    return written.getvalue()


def mode_of(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def add(archive: tarfile.TarFile, name: str, content: bytes, at: int, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mtime, member.mode = len(content), at, mode
    archive.addfile(member, io.BytesIO(content))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
