"""A bundle holds the source and every wheel, checked, and is the same bytes whoever makes it."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYPROJECT = """
[project]
name = "tiny"
version = "3.2.1"
[tool.hatch.build.targets.sdist]
only-include = ["deploy", "requirements", "run.py", "src"]
"""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A project that needs one package, of which there is a wheel."""
    project = tmp_path / "project"
    for folder in ("deploy", "requirements", "src/__pycache__", "wheels"):
        (project / folder).mkdir(parents=True)
    shutil.copy(ROOT / "run.py", project)
    shutil.copy(ROOT / "deploy" / "bundle.py", project / "deploy")
    (project / "pyproject.toml").write_text(PYPROJECT)
    (project / "src" / "code.py").write_text("print(1)\n")
    (project / "src" / "__pycache__" / "code.pyc").write_bytes(b"x")
    (project / "notes.txt").write_text("mine alone\n")
    wheel = project / "wheels" / "needed-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("needed.py", "")
        archive.writestr("needed-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: needed\nVersion: 1.0\n")
        archive.writestr("needed-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr("needed-1.0.dist-info/RECORD", "")
    write_lock(project, hashlib.sha256(wheel.read_bytes()).hexdigest())
    return project


def write_lock(project: Path, digest: str) -> None:
    (project / "requirements" / "runtime.txt").write_text(f"needed==1.0 \\\n    --hash=sha256:{digest}\n")


def bundle(project: Path, to: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "GIT_"))}
    return subprocess.run(
        [sys.executable, project / "deploy" / "bundle.py", "--to", to],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def read(to: Path) -> tuple[Path, dict[str, tarfile.TarInfo]]:
    (archive,) = to.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        return archive, {member.name: member for member in opened.getmembers()}


def test_it_holds_the_source_and_the_wheels_and_nothing_of_this_machine(place: Path, tmp_path: Path) -> None:
    done = bundle(place, tmp_path / "out")
    assert done.returncode == 0, done.stderr
    archive, members = read(tmp_path / "out")
    assert archive.name.startswith("tiny-3.2.1-cp3")
    assert sorted(name.removeprefix("tiny-3.2.1/") for name in members) == [
        "deploy/bundle.py",
        "pyproject.toml",
        "requirements/runtime.txt",
        "run.py",
        "src/code.py",
        "wheels/made-for.json",
        "wheels/needed-1.0-py3-none-any.whl",
    ]
    assert {(one.uid, one.gid, one.uname, one.gname) for one in members.values()} == {(0, 0, "", "")}
    assert members["tiny-3.2.1/run.py"].mode == 0o755
    digest, name = archive.with_name(f"{archive.name}.sha256").read_text().split()
    assert (digest, name) == (hashlib.sha256(archive.read_bytes()).hexdigest(), archive.name)
    assert not list((tmp_path / "out").glob(".*")), "nothing half-made stays"


def test_the_same_source_gives_the_same_bytes(place: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        assert bundle(place, tmp_path / name).returncode == 0
        os.utime(place / "src" / "code.py", (1_000_000_000, 1_000_000_000))
    assert read(tmp_path / "one")[0].read_bytes() == read(tmp_path / "two")[0].read_bytes()


def test_in_a_checkout_it_takes_what_is_tracked(place: Path, tmp_path: Path) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@clinic.example")
    for command in (["init", "--quiet"], ["add", "src/code.py"], [*identity, "commit", "--quiet", "-m", "x"]):
        subprocess.run(["git", *command], cwd=place, check=True)
    (place / "src" / "code.py").write_text("print(2)\n")
    done = bundle(place, tmp_path / "out")
    assert "goes into the bundle as it stands here: src/code.py" in done.stderr
    _, members = read(tmp_path / "out")
    assert [name for name in members if "wheels" not in name] == ["tiny-3.2.1/src/code.py"]


def test_a_wheel_with_another_hash_is_refused(place: Path, tmp_path: Path) -> None:
    write_lock(place, "0" * 64)
    done = bundle(place, tmp_path / "out")
    assert done.returncode == 1
    assert "could not be collected" in done.stderr
    assert "needed" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "out").iterdir()) == []


def test_what_has_no_wheel_is_named(place: Path, tmp_path: Path) -> None:
    (place / "wheels" / "needed-1.0-py3-none-any.whl").rename(place / "wheels" / "needed-1.0-cp27-cp27m-win32.whl")
    done = bundle(place, tmp_path / "out")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2].startswith("There is no wheel of needed==1.0 for cp3")
    assert "Traceback" not in done.stderr


def test_a_source_distribution_holds_what_is_tracked() -> None:
    """So that a bundle made outside a checkout lacks nothing."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    tracked = {name.split("/")[0] for name in listed.decode().split("\0") if name}
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]
    assert set(settings["sdist"]["only-include"]) == tracked - {"pyproject.toml"}


def test_wheels_say_for_what_they_are_made(place: Path, tmp_path: Path) -> None:
    assert bundle(place, tmp_path / "out").returncode == 0
    archive, _ = read(tmp_path / "out")
    with tarfile.open(archive) as opened:
        content = opened.extractfile("tiny-3.2.1/wheels/made-for.json")
        assert content is not None
        made_for = json.loads(content.read())
    assert made_for["python"] == f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert archive.name == f"tiny-3.2.1-{made_for['python']}-{made_for['platform']}.tar.gz"
