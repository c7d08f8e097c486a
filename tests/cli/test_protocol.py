"""`monitor protocol list | show | check`, and the library of files behind them."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from click.testing import CliRunner, Result

from monitor.cli import cli
from monitor.protocols import Library, load_files
from schedules.errors import FileRefused, NotFound, Unacceptable
from schedules.protocol import Protocol

EXAMPLE = (Path(__file__).parents[1] / "render" / "example.yaml").read_text(encoding="utf-8")
FILES = Path(__file__).parents[2] / "schedules" / "protocols"

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    """`invoke("list")`: a `monitor protocol` command in an empty directory without a configuration."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("MONITOR_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "100")
    return lambda *args: CliRunner().invoke(cli, ["protocol", *args])


def test_list_names_every_built_in_file(invoke: Invoke):
    ran = invoke("list")
    assert ran.exit_code == 0
    for file in FILES.glob("*.yaml"):
        assert file.stem in ran.stdout
    listed = {one["id"]: one for one in json.loads(invoke("list", "--format", "json", "--lang", "de").stdout)}
    assert listed["cladribine"]["status"] == "draft"
    assert listed["vitamin-d"]["kind"] == "overlay"
    assert listed["alemtuzumab-eu"]["title"] == "Alemtuzumab (Lemtrada), Europäische Union"


def test_show_prints_a_page_and_json_holds_the_file(invoke: Invoke):
    page = invoke("show", "alemtuzumab-eu", "--lang", "de").stdout
    assert "Großes Blutbild" in page
    assert "Checkliste" in page
    assert "Checkliste" not in invoke("show", "alemtuzumab-eu", "--lang", "de", "--rules-only").stdout
    data = json.loads(invoke("show", "alemtuzumab-eu", "--format", "json").stdout)
    assert Protocol.model_validate(data) == load_files().get("alemtuzumab-eu").protocol


def test_show_refuses_what_is_not_there_with_a_guess(invoke: Invoke):
    refusal = invoke("show", "vitamin-e").exception
    assert isinstance(refusal, NotFound)
    assert "Did you mean 'vitamin-d'?" in str(refusal)


def test_check_is_friendly_to_a_good_file(invoke: Invoke, tmp_path: Path):
    (tmp_path / "example.yaml").write_text(EXAMPLE, encoding="utf-8")
    ran = invoke("check", "example.yaml")
    assert ran.exit_code == 0
    assert ran.stdout.splitlines()[-1] == "example.yaml: OK. Protocol example 2026.1, 11 rules."


def test_check_reports_all_files_with_lines_and_exits_with_1(invoke: Invoke, tmp_path: Path):
    (tmp_path / "good.yaml").write_text(EXAMPLE, encoding="utf-8")
    (tmp_path / "bad.yaml").write_text(EXAMPLE.replace("{every: 1 month}", "{evry: 1 month}", 1), encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes("title: Prüfung".encode("latin-1"))
    ran = invoke("check", "bad.yaml", "good.yaml", "gone.yaml", "latin.yaml")
    assert ran.exit_code == 1
    line = 1 + EXAMPLE[: EXAMPLE.index("{every: 1 month}")].count("\n")
    assert f"bad.yaml:{line}:" in ran.stdout
    assert "Did you mean 'every'?" in ran.stdout
    assert "bad.yaml: 1 error. It cannot be used." in ran.stdout
    assert "good.yaml: OK." in ran.stdout
    assert "gone.yaml: error: The file cannot be read: No such file or directory." in ran.stdout
    assert "latin.yaml: error: The file is not UTF-8 text. Save it as UTF-8." in ran.stdout


def test_check_tries_an_overlay_on_the_protocols_it_names(invoke: Invoke, tmp_path: Path):
    text = (FILES / "vitamin-d.yaml").read_text(encoding="utf-8")
    change = (
        "changes:\n  - rule: no-such-rule\n    every: 2 months\n    source: {key: LOCAL, confidence: local-policy}\n"
    )
    (tmp_path / "own.yaml").write_text(text.replace("\nsources:\n", f"\n{change}\nsources:\n", 1), encoding="utf-8")
    ran = invoke("check", "own.yaml")
    assert ran.exit_code == 1
    assert "changes rules that 'alemtuzumab-eu' does not have: 'no-such-rule'" in ran.stdout
    elsewhere = text.replace("over: [alemtuzumab-eu, alemtuzumab-us]", "over: [alemtuzumab-eu, elsewhere]")
    (tmp_path / "own.yaml").write_text(elsewhere, encoding="utf-8")
    ran = invoke("check", "own.yaml")
    assert ran.exit_code == 0
    assert "warning: There is no protocol 'elsewhere' here to try this overlay on." in ran.stdout


def test_the_example_of_the_tests_is_a_good_file(invoke: Invoke, tmp_path: Path):
    (tmp_path / "example.yaml").write_text(EXAMPLE, encoding="utf-8")
    assert "warning" not in invoke("check", "example.yaml").stdout


def _library(directory: Path, **files: str) -> Library:
    for name, text in files.items():
        (directory / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_files([directory])


def test_the_newest_version_holds_and_older_ones_can_be_named(tmp_path: Path):
    library = _library(
        tmp_path, a=EXAMPLE, b=EXAMPLE.replace("2026.1", "2026.10"), c=EXAMPLE.replace("2026.1", "2026.9")
    )
    assert library.get("example").version == "2026.10"
    assert library.get("example", "2026.9").file.endswith("c.yaml")
    assert [one.version for one in library.protocols if one.id == "example"] == ["2026.10", "2026.9", "2026.1"]
    with pytest.raises(NotFound, match=r"There is no version 2025\.1 of 'example'"):
        library.get("example", "2025.1")


def test_two_files_of_one_id_and_version_are_refused(tmp_path: Path):
    with pytest.raises(FileRefused) as caught:
        _library(tmp_path, a=EXAMPLE, b=f"# Another.\n{EXAMPLE}")
    assert "There are two files of 'example' 2026.1." in str(caught.value.problems[0])


def test_a_file_that_does_not_say_what_it_is_is_refused(tmp_path: Path):
    with pytest.raises(FileRefused) as caught:
        _library(tmp_path, a="title: x\n")
    assert any("'kind' is missing" in problem.message for problem in caught.value.problems)


def test_a_missing_directory_is_refused(tmp_path: Path):
    with pytest.raises(NotFound, match="is not there"):
        load_files([tmp_path / "nowhere"])


def test_a_file_is_only_read_when_it_is_asked_for(tmp_path: Path):
    library = _library(tmp_path, a="kind: protocol\nid: broken\nversion: '2026.1'\nrules: 7\n")
    assert library.combine("alemtuzumab-eu").id == "alemtuzumab-eu"
    with pytest.raises(FileRefused):
        library.get("broken").protocol  # noqa: B018  # asking is what refuses


def test_a_file_of_ones_own_is_held_to_its_meaning_too(tmp_path: Path):
    overlapping = EXAMPLE.replace("{before_days: 7, after_days: 7,", "{before_days: 20, after_days: 20,")
    library = _library(tmp_path, a=overlapping)
    with pytest.raises(FileRefused):
        library.combine("example")


def test_an_entry_keeps_the_text_that_was_found(tmp_path: Path):
    entry = _library(tmp_path, a=EXAMPLE).get("example")
    assert entry.text == EXAMPLE
    assert entry.protocol is entry.protocol
    with pytest.raises(Unacceptable):
        entry.overlay  # noqa: B018  # asking is what refuses


def test_overlays_stand_in_their_order_and_a_wrong_one_gets_a_guess():
    library = load_files()
    combined = library.combine("alemtuzumab-eu", ["self-check", "vitamin-d"])
    assert combined.overlays == ("self-check 2026.1", "vitamin-d 2026.1")
    with pytest.raises(NotFound, match="Did you mean 'self-check'"):
        library.combine("alemtuzumab-eu", ["selfcheck"])
    with pytest.raises(Unacceptable, match="is an overlay and gives no plan by itself"):
        library.combine("vitamin-d")


def test_the_library_works_from_a_zipped_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """An installed package need not lie in a directory."""
    with ZipFile(tmp_path / "package.zip", "w") as package:
        package.writestr("schedules/protocols/example.yaml", EXAMPLE)
    root = ZipFile(tmp_path / "package.zip")
    from zipfile import Path as Zipped

    monkeypatch.setattr("monitor.protocols.files", lambda name: Zipped(root, f"{name}/"))
    assert [entry.id for entry in load_files().entries] == ["example"]
    root.close()


def test_a_clinics_own_settings_are_shown_beside_the_published_ones(invoke: Invoke, tmp_path: Path):
    (tmp_path / "config.yaml").write_text(
        "clinics:\n  north:\n    escalation_days: [3, 10]\n    overrides:\n      blood-count:\n"
        "        window: {before_days: 5, after_days: 4}\n    thresholds:\n"
        "      platelets: {value: 120, unit: 10*9/L, note: Call at once.}\n"
    )
    page = invoke("show", "alemtuzumab-eu", "--clinic", "north").stdout
    assert "5 days before to 4 days after the due day °" in page
    assert "after 3 days: nurse; after 10 days: clinician" in page
    assert "Platelets: 120 10*9/L. Call at once." in page
    assert "Did you mean 'north'?" in str(invoke("show", "alemtuzumab-eu", "--clinic", "nort").exception)
