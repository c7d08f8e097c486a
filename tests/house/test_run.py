"""The bootstrap installs when it has to, not more often, and heals what was interrupted."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
POSIX_ONLY = pytest.mark.skipif(os.name == "nt", reason="the stand-in for Python is a shell script")


@pytest.fixture
def place(tmp_path):
    """A project with a .venv whose Python writes down what it is asked to do."""
    shutil.copy(ROOT / "run.py", tmp_path)
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "requirements").mkdir()
    for name in ("runtime", "dev"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"{name}==1 \\\n    --hash=sha256:0\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "pyvenv.cfg").write_text(f"version = {sys.version.split()[0]}\n")
    python = tmp_path / ".venv" / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\necho "$*" >> {tmp_path}/calls\nexit $(cat {tmp_path}/status 2>/dev/null || echo 0)\n'
    )
    python.chmod(0o755)
    return tmp_path


@pytest.fixture
def run(place):
    return load(place / "run.py")


def load(path):
    spec = importlib.util.spec_from_file_location("bootstrap", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def calls(place):
    def calls() -> list[str]:
        """What was installed since the last look."""
        path = place / "calls"
        seen = path.read_text().splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return [line.split()[-1].removeprefix(f"{place}/") for line in seen]

    return calls


@POSIX_ONLY
class TestSetUp:
    @pytest.fixture(autouse=True)
    def whole(self, run):
        """As after `python3 run.py demo`."""
        run.remember(run.RUNTIME, run.PROJECT)

    def test_installs_nothing_twice(self, run, calls):
        run.set_up(run.RUNTIME)
        assert calls() == []

    def test_development_comes_on_top(self, run, calls, place):
        run.set_up(run.DEV)
        assert calls() == ["requirements/dev.txt", str(place)]
        run.set_up(run.RUNTIME)
        assert calls() == []

    def test_changed_lock_is_installed(self, run, calls, place):
        run.RUNTIME.write_text("runtime==2\n")
        run.set_up(run.RUNTIME)
        assert calls() == ["requirements/runtime.txt", str(place)]

    def test_changed_project_is_installed_alone(self, run, calls, place):
        run.PROJECT.write_text("[project]\nversion = '2'\n")
        run.set_up(run.RUNTIME)
        assert calls() == [str(place)]
        run.PROJECT.write_text("[project]\n")
        run.set_up(run.RUNTIME)
        assert calls() == [str(place)], "the first version came back and has to be installed again"

    def test_failed_installation_is_not_taken_for_whole(self, run, place):
        assert run.is_whole()
        (place / "status").write_text("3")
        run.RUNTIME.write_text("runtime==2\n")
        with pytest.raises(subprocess.CalledProcessError):
            run.set_up(run.RUNTIME)
        assert not run.is_whole()

    def test_other_version_of_python_is_not_taken_for_whole(self, run, place):
        (place / ".venv" / "pyvenv.cfg").write_text("version = 3.4.1\n")
        assert not run.is_whole()

    @pytest.mark.parametrize("part", ["bin/python", "pyvenv.cfg", "installed.txt"])
    def test_missing_part_is_not_taken_for_whole(self, run, place, part):
        (place / ".venv" / part).unlink()
        assert not run.is_whole()

    def test_moved_environment_is_installed_again(self, place, calls):
        moved = place.with_name("moved")
        shutil.copytree(place, moved)
        run = load(moved / "run.py")
        assert run.fingerprint(run.RUNTIME) not in run.installed()

    def test_failure_is_told_without_a_traceback(self, place):
        (place / "status").write_text("3")
        (place / "requirements" / "runtime.txt").write_text("runtime==2\n")
        done = start(place, "demo")
        assert done.returncode == 1
        assert "Run the same command again" in done.stderr
        assert "Traceback" not in done.stderr

    def test_exit_code_is_that_of_the_command(self, place):
        (place / "status").write_text("7")
        assert start(place, "demo").returncode == 7


def start(place: Path, *args: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(place / "run.py"), *args],
        cwd=place.parent,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@POSIX_ONLY
class TestWheels:
    """The folder `wheels` of a bundle is all that a machine without a network has."""

    @pytest.fixture(autouse=True)
    def unpacked(self, run, place):
        (place / "wheels").mkdir()
        (place / "wheels" / "made-for.json").write_text(json.dumps(run.this_python()))
        run.remember()  # .venv was made, and holds nothing yet

    def pip_calls(self, place) -> list[str]:
        return [line for line in (place / "calls").read_text().splitlines() if "--requirement" in line]

    def test_the_program_is_installed_from_them_alone(self, run, place):
        run.set_up(run.RUNTIME)
        (call,) = self.pip_calls(place)
        assert f"--no-index --find-links {place}/wheels" in call
        assert "--require-hashes" in call

    def test_what_the_tests_need_comes_from_where_it_always_does(self, run, place):
        run.set_up(run.DEV)
        (call,) = self.pip_calls(place)
        assert "--no-index" not in call

    def test_without_them_the_usual_source_is_asked(self, run, place):
        shutil.rmtree(place / "wheels")
        run.set_up(run.RUNTIME)
        (call,) = self.pip_calls(place)
        assert "--no-index" not in call

    def test_install_says_where_the_program_is_and_what_comes_next(self, place):
        done = start(place, "install")
        assert done.returncode == 0, done.stderr
        assert f"The program is {place}/.venv/bin/monitor" in done.stdout
        assert "monitor init" in done.stdout

    @pytest.mark.parametrize("command", ["install", "demo"])
    def test_another_python_is_refused_in_a_sentence_that_names_both(self, place, run, command):
        other = {"python": "cp399", "platform": "plan9_mips"}
        (place / "wheels" / "made-for.json").write_text(json.dumps(other))
        done = start(place, command)
        assert done.returncode == 1
        assert "are for cp399 on plan9_mips, and this Python is " + run.this_python()["python"] in done.stderr
        assert "Traceback" not in done.stderr
        assert not (place / "calls").exists(), "nothing was installed"


class TestWhatPythonLacks:
    def test_this_one_lacks_nothing(self, run):
        assert run.what_this_python_lacks() == ""

    def test_too_old(self, run):
        sentence = run.what_this_python_lacks(version=(3, 10))
        assert "3.11" in sentence
        assert "3.10" in sentence
        assert "python3-venv" in sentence

    @pytest.mark.parametrize("absent", ["venv", "ensurepip"])
    def test_one_sentence_names_the_package(self, place, absent):
        """Debian ships `ensurepip` in a package of its own."""
        (place / "sitecustomize.py").write_text(
            "import importlib.util as u\nfind = u.find_spec\n"
            f"u.find_spec = lambda name, package=None: None if name == {absent!r} else find(name, package)\n"
        )
        done = start(place, "demo", PYTHONPATH=str(place))
        assert done.returncode == 1
        assert done.stderr.splitlines() == [
            "This Python cannot make a virtual environment; on Debian or Ubuntu: apt install python3-venv"
        ]


class TestCommands:
    def test_without_a_command_it_says_what_there_is(self, place):
        done = start(place)
        assert done.returncode == 0
        assert all(
            f"run.py {command}" in done.stdout
            for command in ("demo", "install", "test", "check", "bench", "faults", "bundle", "lock")
        )

    def test_unknown_command_is_a_usage_error(self, place):
        assert start(place, "tset").returncode == 2

    def test_nothing_but_the_standard_library_is_imported(self):
        """It runs before anything is installed."""
        code = f"import sys, runpy; sys.argv = ['run.py']; runpy.run_path({str(ROOT / 'run.py')!r})"
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
