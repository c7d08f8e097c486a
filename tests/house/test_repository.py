"""The repository names no registry, no machine and no secret, and its lock files leave nothing to chance."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RUNTIME, DEV = ROOT / "requirements" / "runtime.txt", ROOT / "requirements" / "dev.txt"

# Each is written in two parts, so that this file does not find itself.
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "yarn" + "pkg.com",
    "crates" + ".io",
    "proxy.golang" + ".org",
    "deb.debian" + ".org",
    "anaconda" + ".org",
]
MACHINES = ["/wo" + "rk/", "/ro" + "ot/", "/home" + "/runner", "/Us" + "ers/"]
INDEX_ADDRESS = re.compile(r"(index-url|find-links|trusted-host|registry)[ =\"']+[^\s\"']*" + "://", re.IGNORECASE)
CREDENTIALS = re.compile("https?" + r"://[^/\s:@\"']+:[^/\s@\"']+@")


def tracked() -> list[Path]:
    """What is tracked, and what would be by `git add`."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def texts() -> dict[Path, str]:
    found = {}
    for path in tracked():
        try:
            found[path] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    assert Path(__file__) in found
    return found


def lines_with(pattern: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in texts().items()
        for number, line in enumerate(text.splitlines(), start=1)
        if re.search(pattern, line, re.IGNORECASE)
    ]


def test_no_registry_is_named():
    assert lines_with("|".join(map(re.escape, REGISTRIES))) == []


def test_no_path_of_a_machine_is_named():
    assert lines_with("|".join(rf"(?<![\w.\-}}]){re.escape(path)}" for path in MACHINES)) == []


def test_no_index_address_and_no_credentials():
    assert lines_with(INDEX_ADDRESS.pattern) == []
    assert lines_with(CREDENTIALS.pattern) == []


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (INDEX_ADDRESS, "--extra-index-url https" + "://mirror.example/simple"),
        (INDEX_ADDRESS, "index-url = http" + "://mirror.example"),
        (CREDENTIALS, "https" + "://name:secret@mirror.example/simple"),
    ],
)
def test_the_patterns_find_what_they_are_for(pattern, line):
    assert pattern.search(line)


def test_git_ignores_what_stays_on_a_machine():
    names = [".venv/x", ".venv.lock", "monitor.sqlite3", "demo-output/index.html", ".env", "dist/x.whl"]
    ignored = subprocess.run(
        ["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    if not (ROOT / ".git").exists():
        pytest.skip("this is not a git checkout")
    assert ignored == names


def locked(path: Path) -> dict[str, list[str]]:
    """The hashes of every package by `name==version`."""
    packages: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([A-Za-z0-9._-]+==[^\s;\\]+)", line):
            packages[found[1]] = []
        elif found := re.match(r"    --hash=sha256:([0-9a-f]{64})( \\)?$", line):
            packages[list(packages)[-1]].append(found[1])
        else:
            assert line.startswith("    #"), f"{path.name} has a line of another kind: {line}"
    return packages


@pytest.mark.parametrize("path", [RUNTIME, DEV], ids=lambda path: path.name)
class TestLocks:
    def test_every_package_has_hashes(self, path):
        packages = locked(path)
        assert len(packages) > 20
        assert [name for name, hashes in packages.items() if not hashes] == []

    def test_no_address_stands_in_it(self, path):
        assert "://" not in path.read_text(encoding="utf-8")

    def test_every_dependency_is_in_it(self, path):
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
        if path == DEV:
            wanted += project["project"]["optional-dependencies"]["dev"]
        names = {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in wanted} - {project["project"]["name"]}  # type: ignore[index]
        assert names <= {package.split("==")[0] for package in locked(path)}


def test_tests_run_on_what_hospitals_run():
    assert set(locked(RUNTIME)) <= set(locked(DEV))


def modules() -> list[Path]:
    storeys = [path for name in ("monitor", "db", "schedules") for path in (ROOT / name).rglob("*.py")]
    return sorted(path for path in storeys if "versions" not in path.parts)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_module_has_a_docstring_of_one_sentence(path):
    promise = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert promise.endswith((".", "?", "!")), "the docstring is missing or no sentence"
    assert not re.search(r"[.?!]\s+[A-Z]", promise), "the docstring has more than one sentence"


def test_tests_are_no_packages():
    """A `tests/db/__init__.py` would hide the real `db`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_licence_is_whole():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.lstrip().startswith("GNU AFFERO GENERAL PUBLIC LICENSE\n")
    assert text.rstrip().endswith("<https://www.gnu.org/licenses/>.")
    assert [int(n) for n in re.findall(r"^  (\d+)\. [A-Z]", text, re.MULTILINE)] == list(range(18))
