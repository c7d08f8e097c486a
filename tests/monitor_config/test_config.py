"""The configuration says everything that is wrong with it at once, and the file that we ship is its manual."""

import re
from pathlib import Path

import pytest

from monitor.config import (
    ClinicSettings,
    Config,
    ConfigRefused,
    LocalThreshold,
    RuleOverride,
    WindowOverride,
    load_config,
)
from monitor.config.keys import keys_of, list_variables
from schedules.places import read_yaml

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "config.yaml"


def refused(path: Path | None = None, **env: str) -> list[str]:
    with pytest.raises(ConfigRefused) as refusal:
        load_config(path, env)
    return [str(problem) for problem in refusal.value.problems]


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text: str) -> Path:
        path = Path("config.yaml")
        path.write_text(text, encoding="utf-8")
        return path

    return write


def with_example(text: str) -> str:
    """The shipped file with its commented example in the place of `clinics: {}`."""
    example = "".join(re.findall(r"^#(   .*\n)", text, re.MULTILINE))
    assert "overrides:" in example
    return text.replace("clinics: {}\n", f"clinics:\n{example}")


class TestTheShippedFile:
    def test_holds_the_values_that_hold_without_it(self):
        assert load_config(SHIPPED, {}) == Config()

    def test_example_in_its_comments_can_be_used(self, write):
        path = write(with_example(SHIPPED.read_text(encoding="utf-8")))
        north = load_config(path, {}).clinics["north"]
        assert north.overrides["blood-count"].escalation_days == (3, 7)
        assert north.thresholds["platelets"].value == 100

    def test_has_every_key(self):
        written = read_yaml(SHIPPED.read_text(encoding="utf-8"), file="config.yaml").places.keys
        known = {tuple(variable.lower().split("__")) for variable in list_variables(Config, "")}
        assert known == set(written)

    @pytest.mark.parametrize("block", [ClinicSettings, RuleOverride, WindowOverride, LocalThreshold])
    def test_example_has_every_key(self, block):
        written = read_yaml(with_example(SHIPPED.read_text(encoding="utf-8")), file="config.yaml").places.keys
        assert set(keys_of(block)) <= {path[-1] for path in written if path[0] == "clinics"}

    def test_has_a_comment_above_every_key(self):
        text = with_example(SHIPPED.read_text(encoding="utf-8"))
        lines = text.splitlines()
        without = {"clinics", "north"}  # what they are is said above the example
        bare = [
            ".".join(map(str, path))
            for path, (line, _) in read_yaml(text, file="config.yaml").places.keys.items()
            if path[-1] not in without and not lines[line - 2].strip().startswith("# ")
        ]
        assert bare == []


class TestProblems:
    def test_unknown_key_names_the_nearest(self, write):
        assert refused(write("languge: en\n")) == [
            "config.yaml:1:1: error: 'languge' is not a setting. Did you mean 'language'?"
        ]

    def test_unknown_key_without_a_neighbour_lists_the_known(self, write):
        assert refused(write("feed:\n  zzz: 1\n")) == [
            "config.yaml:2:3: error: 'feed.zzz' is not a setting. Known here: name, contact, telephone, "
            "settled, requests_per_minute."
        ]

    def test_all_at_once_in_the_order_of_the_file(self, write):
        text = """\
language: dee
db:
  urll: x
  statement_timeout_seconds: 0
seen_within_working_days: true
import: {planned_horizon_years: 0}
clinic_defaults: {time_zone: Europe/Berlni, country: XX}
clinics:
  north:
    overrides:
      Blood Count: {}
      blood-count:
        window: {before_days: 1}
feed:
"""
        assert refused(write(text), MONITOR_LANGUGE="en") == [
            "MONITOR_LANGUGE: error: There is no such setting. Did you mean 'MONITOR_LANGUAGE'?",
            "config.yaml:1:11: error: 'language' must be 'en' or 'de', not 'dee'. Did you mean 'de'?",
            "config.yaml:3:3: error: 'db.urll' is not a setting. Did you mean 'url'?",
            "config.yaml:4:30: error: 'db.statement_timeout_seconds' must be at least 1, not '0'.",
            "config.yaml:5:27: error: 'seen_within_working_days' must be a whole number, not true or false.",
            "config.yaml:6:33: error: 'import.planned_horizon_years' must be at least 1, not '0'.",
            "config.yaml:7:30: error: 'clinic_defaults.time_zone' must be a time zone such as Europe/Berlin. "
            "Did you mean 'Europe/Berlin'?",
            "config.yaml:7:54: error: 'clinic_defaults.country' must be a country code of two capital letters whose "
            "public holidays are known, such as DE.",
            "config.yaml:11:7: error: 'clinics.north.overrides.Blood Count' must be an id: small letters, digits and "
            "single hyphens, such as blood-count.",
            "config.yaml:13:17: error: 'clinics.north.overrides.blood-count.window.after_days' is missing.",
            "config.yaml:14:6: error: 'feed' is empty. Write its value, or leave the key out.",
        ]

    def test_key_that_stands_twice(self, write):
        (problem,) = refused(write("language: en\nlanguage: de\n"))
        assert problem.startswith("config.yaml:2:1: error: 'language' stands twice")

    def test_file_that_is_not_yaml(self, write):
        (problem,) = refused(write("language: [en\n"))
        assert problem.startswith("config.yaml:")

    @pytest.mark.parametrize("text", ["- language\n", "language\n"])
    def test_file_that_is_no_block_of_keys(self, write, text):
        (problem,) = refused(write(text))
        assert "block of keys" in problem

    def test_named_file_must_exist(self, tmp_path):
        (problem,) = refused(tmp_path / "absent.yaml")
        assert "cannot be read" in problem

    def test_a_day_on_which_nothing_follows_is_no_step(self, write):
        (problem,) = refused(write("clinics: {north: {escalation_days: []}}\n"))
        assert "needs at least one entry" in problem

    def test_steps_ascend(self, write):
        (problem,) = refused(write("clinics: {north: {escalation_days: [14, 7]}}\n"))
        assert "must ascend: each step comes later than the one before" in problem


class TestWhereItIsRead:
    def test_without_any_file_the_defaults_hold(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        assert load_config(None, {}) == Config()

    @pytest.mark.parametrize("text", ["", "# nothing yet\n\n"])
    def test_file_without_settings_is_fine(self, write, text):
        assert load_config(write(text), {}) == Config()

    def test_option_before_variable_before_working_directory(self, write):
        write("language: de\n")
        assert load_config(None, {}).language == "de"
        Path("named.yaml").write_text("seen_within_working_days: 3\n")
        named = load_config(None, {"MONITOR_CONFIG": "named.yaml"})
        assert (named.language, named.seen_within_working_days) == ("en", 3)
        assert load_config(Path("config.yaml"), {"MONITOR_CONFIG": "named.yaml"}).language == "de"

    def test_nothing_but_the_given_environment_is_read(self, monkeypatch):
        monkeypatch.setenv("MONITOR_LANGUAGE", "de")
        assert load_config(SHIPPED, {}).language == "en"
        assert Config().language == "en"


class TestEnvironment:
    def test_wins_over_the_file_key_by_key(self, write):
        path = write("db: {url: sqlite:///file.sqlite3, statement_timeout_seconds: 7}\nlanguage: en\n")
        env = {
            "MONITOR_DB__URL": "sqlite:///env.sqlite3",
            "MONITOR_LANGUAGE": "de",
            "MONITOR_SEEN_WITHIN_WORKING_DAYS": "3",
        }
        config = load_config(path, env)
        assert (config.db.url, config.db.statement_timeout_seconds) == ("sqlite:///env.sqlite3", 7)
        assert (config.language, config.seen_within_working_days) == ("de", 3)

    def test_corrects_what_the_file_has_wrong(self, write):
        assert load_config(write("language: dee\n"), {"MONITOR_LANGUAGE": "de"}).language == "de"

    def test_reaches_the_import_section(self, write):
        assert (
            load_config(write(""), {"MONITOR_IMPORT__PLANNED_HORIZON_YEARS": "4"}).importing.planned_horizon_years == 4
        )

    def test_ignores_what_belongs_to_others(self, write):
        assert load_config(write(""), {"LANGUAGE": "fr", "MONITOR_BY": "ada"}) == Config()

    def test_wrong_value_is_reported_at_the_variable(self, write):
        assert refused(write("db: {url: x}\n"), MONITOR_DB__STATEMENT_TIMEOUT_SECONDS="soon") == [
            "MONITOR_DB__STATEMENT_TIMEOUT_SECONDS: error: 'db.statement_timeout_seconds' must be a whole number, "
            "not 'soon'."
        ]

    def test_wrong_key_in_a_known_section(self, write):
        assert refused(write(""), MONITOR_DB__URLL="x") == [
            "MONITOR_DB__URLL: error: 'db.urll' is not a setting. Did you mean 'url'?"
        ]

    def test_list_that_is_no_list(self, write):
        (problem,) = refused(write(""), MONITOR_PROTOCOLS__DIRECTORIES="a, b")
        assert problem.startswith("MONITOR_PROTOCOLS__DIRECTORIES: error: This value cannot be read. Lists")


class TestSecrets:
    def test_read_from_a_file_without_its_last_newline(self, write, tmp_path):
        (tmp_path / "secret").write_text("postgresql+psycopg://monitor:pa%20ss@db/monitor\n")
        config = load_config(write(""), {"MONITOR_DB__URL_FILE": str(tmp_path / "secret")})
        assert config.db.url == "postgresql+psycopg://monitor:pa%20ss@db/monitor"

    def test_both_ways_at_once_are_a_problem(self, write, tmp_path):
        (tmp_path / "secret").write_text("sqlite:///a")
        (problem,) = refused(write(""), MONITOR_DB__URL_FILE=str(tmp_path / "secret"), MONITOR_DB__URL="sqlite:///b")
        assert problem.startswith("MONITOR_DB__URL_FILE: error: MONITOR_DB__URL is set, too.")

    def test_file_that_is_not_there(self, write):
        (problem,) = refused(write(""), MONITOR_DB__URL_FILE="absent")
        assert problem.startswith("MONITOR_DB__URL_FILE: error: The file that it names cannot be read: ")

    @pytest.mark.parametrize("text", ["db: {url: [hunter2]}\n", "db: {url: {hunter2: 1}}\n"])
    def test_never_shown(self, write, text):
        with pytest.raises(ConfigRefused) as refusal:
            load_config(write(text), {})
        assert "hunter2" not in f"{refusal.value} {refusal.value.problems} {refusal.value.__cause__}"
        assert "hunter2" not in repr(load_config(write(""), {"MONITOR_DB__URL": "hunter2"}))


def test_settings_cannot_be_changed_later():
    with pytest.raises(ValueError, match="frozen"):
        Config().language = "de"  # type: ignore[misc]
