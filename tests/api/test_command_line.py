"""The command line as somebody meets it: answers, refusals, advice, exit statuses, and the JSON of HTTP."""

import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from api.cli import main
from api.cli.commands import application

Timeline = Callable[..., Result]

NOTICE = {
    "treaty": "open-skies",
    "party": "POL",
    "kind": "withdrawal_notice",
    "received": "2026-11-20",
}
NOT_A_PARTY = {**NOTICE, "party": "KGZ"}


@pytest.fixture
def timeline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Timeline:
    """Runs the command in a folder of its own, on a wide terminal that is none."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*words: str, given: str | None = None) -> Result:
        return CliRunner().invoke(application, list(words), input=given)

    return run


@pytest.fixture
def filled(timeline: Timeline, database: str) -> Timeline:
    """The same over a record in which the catalogue stands."""
    assert database.endswith(str(Path.cwd() / "timeline.db"))
    return timeline


def test_without_a_database_there_is_advice(timeline: Timeline) -> None:
    result = timeline("status", "open-skies", "RUS")

    assert result.exit_code == 1
    assert "There is no database yet" in result.stderr
    assert "timeline migrate" in result.stderr
    assert not Path("timeline.db").exists()


def test_an_empty_record_says_how_to_fill_it(timeline: Timeline) -> None:
    timeline("migrate")

    result = timeline("roster", "open-skies")

    assert result.exit_code == 1
    assert "timeline catalogue" in result.stderr


def test_an_old_schema_is_told(timeline: Timeline) -> None:
    Path("timeline.db").touch()

    result = timeline("status", "open-skies", "RUS")

    assert result.exit_code == 1
    assert "not at the current schema" in result.stderr


def test_migrating_again_changes_nothing(timeline: Timeline) -> None:
    first, second = timeline("migrate"), timeline("migrate")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "already" not in first.stderr
    assert "already" in second.stderr


def test_the_catalogue_is_loaded_once(timeline: Timeline) -> None:
    timeline("migrate")

    first = json.loads(timeline("catalogue", "--treaties-only", "--json").stdout)
    second = timeline("catalogue", "--treaties-only")

    assert first["recorded"] == first["read"] > 600
    assert first["rejected"] == 0
    assert f"{first['read']:,} on record already" in second.stderr


@pytest.mark.parametrize("treaty", ["open-skies", "Open Skies", "treaty on open skies"])
def test_a_treaty_may_be_called_by_its_title(filled: Timeline, treaty: str) -> None:
    result = filled("status", treaty, "Russia", "--as-of", "2021-06-16")

    assert result.exit_code == 0
    assert "On 16 June 2021 Russian Federation was a party, bound by it." in result.stdout


def test_reasons_are_given_where_they_are_asked_for(filled: Timeline) -> None:
    result = filled("status", "open-skies", "USA", "--as-of", "2021-05-27", "--explain")

    assert result.exit_code == 0
    for words in (
        "Why",
        "Notice of withdrawal or denunciation",
        "Art. XV(2)-(3)",
        "disregarded",
        "source",
    ):
        assert words in result.stdout


def test_reservations_between_two_parties_are_shown(filled: Timeline) -> None:
    words = ("status", "iccpr-op1", "TTO", "--as-of", "1999-12-31", "--towards", "GUY")

    shown = filled(*words)

    assert " ".join(shown.stdout.split()).count("of TTO: accepted by silence since") == 1


def test_positions_relations_and_findings_are_shown(filled: Timeline) -> None:
    disputed = filled("status", "npt", "PRK", "--as-of", "2010-01-01", "--explain")
    between = filled("status", "apostille", "XKX", "--as-of", "2020-01-01", "--towards", "SRB")
    suspended = filled("status", "cfe", "BLR", "--as-of", "2024-01-01", "--as-seen", "2024-01-01")

    assert "Who says what" in disputed.stdout
    assert "towards" in between.stdout
    assert "not in force" in between.stdout
    assert "suspension_contested" in suspended.stdout
    assert "As known on 1 January 2024." in suspended.stdout


def test_what_is_coming_is_shown(filled: Timeline) -> None:
    result = filled("status", "open-skies", "RUS", "--as-of", "2021-07-01")

    assert "18 December 2021: former_party" in result.stdout
    assert "unless the notice is revoked" in result.stdout


@pytest.mark.parametrize(
    ("words", "address"),
    [
        (["status", "open-skies", "RUS", "--as-of", "2021-06-16"], "parties/RUS?as_of=2021-06-16"),
        (
            [
                "status",
                "open-skies",
                "RUS",
                "--as-of",
                "2022-01-01",
                "--as-seen",
                "2021-06-08",
                "--explain",
            ],
            "parties/RUS?as_of=2022-01-01&as_seen=2021-06-08&explain=true",
        ),
        (["roster", "open-skies", "--as-of", "2021-05-27"], "parties?as_of=2021-05-27"),
    ],
)
def test_json_is_what_http_gives(
    filled: Timeline, client: TestClient, words: list[str], address: str
) -> None:
    result = filled(*words, "--json")

    assert json.loads(result.stdout) == client.get(f"/v1/treaties/open-skies/{address}").json()


def test_a_roster_has_a_line_for_each_party(filled: Timeline) -> None:
    result = filled("roster", "open-skies", "--as-of", "2021-05-27")

    assert result.exit_code == 0
    assert "Belgium" in result.stdout
    assert "36 lines: 1 signatory, 33 party, 1 former_party, 1 extinct" in result.stdout


def test_a_roster_of_a_day_without_parties_says_so(filled: Timeline) -> None:
    assert (
        "Nobody has a status on that day."
        in filled("roster", "open-skies", "--as-of", "1950-01-01").stdout
    )


def test_the_history_of_a_pair_is_told(filled: Timeline) -> None:
    told, shown = (
        filled("history", "open-skies", "USA"),
        filled("history", "open-skies", "USA", "--json"),
    )

    acts = json.loads(shown.stdout)["acts"]
    assert {each["party"] for each in acts} == {"USA"}
    assert f"{len(acts)} acts" in told.stdout
    assert filled("history", "open-skies", "Fiji").exit_code == 1


def test_changes_are_told(filled: Timeline) -> None:
    words = ["changes", "open-skies", "RUS", "--from", "2021-01-01"]

    told, shown = filled(*words), json.loads(filled(*words, "--json").stdout)

    assert [(each["on"], each["to"]) for each in shown["changes"]] == [
        ("2021-06-18", "party_withdrawing"),
        ("2021-12-18", "former_party"),
    ]
    assert "2021-12-18" in told.stdout
    assert filled("changes", "open-skies", "--from", "2200-01-01").exit_code == 1


def test_changes_are_those_that_the_positions_made_known(
    timeline: Timeline, told_database: str
) -> None:
    assert told_database.endswith(str(Path.cwd() / "timeline.db"))
    words = ["changes", "open-skies", "RUS", "--json"]
    told = json.loads(timeline(*words, "--from-position", "1").stdout)["changes"]
    known = {each["position"] for each in told}

    until = json.loads(timeline(*words, "--to-position", str(max(known))).stdout)["changes"]
    beyond = timeline(*words, "--from-position", str(max(known) + 1))

    assert [each["to"] for each in told][-1] == "former_party"
    assert until == told
    assert json.loads(beyond.stdout)["changes"] == []
    assert beyond.exit_code == 1
    assert timeline(*words, "--from-position", "0").exit_code == 2


def test_what_differs_between_two_days_or_two_records_is_told(filled: Timeline) -> None:
    days = ["diff", "open-skies", "--from", "2020-01-01", "--to", "2022-01-01"]
    records = ["diff", "open-skies", "--recorded-from", "1150", "--as-of", "2021-01-01", "--json"]

    told, shown = filled(*days), json.loads(filled(*days, "--json").stdout)
    by_record = json.loads(filled(*records).stdout)

    assert [each["party"] for each in shown["changes"]] == ["RUS", "USA"]
    assert "former_party" in told.stdout
    assert len(by_record["changes"]) > 20


def test_what_if_records_nothing(filled: Timeline) -> None:
    supposed = json.dumps(NOTICE)

    told = filled("whatif", "-", "--as-of", "2027-06-01", given=supposed)
    shown = json.loads(
        filled("whatif", "-", "--as-of", "2027-06-01", "--json", given=supposed).stdout
    )

    assert "2027-05-20" not in filled("history", "open-skies", "POL").stdout
    assert shown["answers"][0]["status"] == "former_party"
    assert [each["party"] for each in shown["differences"]] == ["POL"]
    assert "former_party" in told.stdout


def test_what_if_says_which_rules_would_be_broken(filled: Timeline) -> None:
    Path("notice.json").write_text(json.dumps(NOT_A_PARTY))

    result = filled("whatif", "notice.json")

    assert "not_a_party" in result.stdout


def test_an_act_is_recorded_once(filled: Timeline) -> None:
    first = filled("record", "-", "--as", "clerk", given=json.dumps(NOTICE))
    second = filled("record", "-", "--json", given=json.dumps([NOTICE]))

    assert "1 fact recorded at position" in first.stderr
    assert json.loads(second.stdout)["duplicate"] == 1
    assert "clerk" in filled("history", "open-skies", "POL").stdout


def test_several_acts_are_recorded_as_one(filled: Timeline) -> None:
    lines = "\n".join(
        json.dumps({**NOTICE, "kind": "statement_of_intent", "note": each}) for each in "ab"
    )
    Path("acts.ndjson").write_text(lines)

    result = filled("record", "acts.ndjson")

    assert "2 facts recorded at position" in result.stderr


def test_a_breach_is_told_with_its_rule_and_the_way_to_record_it(filled: Timeline) -> None:
    told = filled("record", "-", given=json.dumps(NOT_A_PARTY))
    shown = filled("record", "-", "--json", given=json.dumps(NOT_A_PARTY))

    assert (told.exit_code, shown.exit_code) == (1, 1)
    assert "not_a_party (VCLT 54, 65)" in told.stderr
    assert '"despite": ["not_a_party"]' in told.stderr
    assert json.loads(shown.stdout)["type"] == "/problems/irregular"


def test_every_fault_is_told_at_its_place(filled: Timeline) -> None:
    result = filled(
        "record", "-", given=json.dumps({**NOTICE, "kind": "withdrawal", "colour": "red"})
    )

    assert result.exit_code == 1
    assert "/kind" in result.stderr
    assert "/colour" in result.stderr


@pytest.mark.parametrize("text", ["", "{", "[]", "nonsense\nmore"])
def test_what_is_no_json_is_refused(filled: Timeline, text: str) -> None:
    assert filled("record", "-", given=text).exit_code == 1


def test_good_lines_are_imported_and_bad_ones_reported(filled: Timeline) -> None:
    Path("acts.ndjson").write_text("\n".join(map(json.dumps, [NOTICE, NOT_A_PARTY])))

    told = filled("import", "acts.ndjson")
    shown = json.loads(filled("import", "acts.ndjson", "--json").stdout)

    assert told.exit_code == 3
    assert "not_a_party" in told.stderr
    assert (shown["read"], shown["recorded"], shown["duplicate"], shown["rejected"]) == (2, 0, 1, 1)
    assert {"line", "severity", "problem", "detail"} <= shown["findings"][0].keys()


def test_every_finding_goes_into_the_report_with_its_severity(filled: Timeline) -> None:
    Path("acts.ndjson").write_text("\n".join(map(json.dumps, [NOTICE, NOT_A_PARTY])))

    filled("import", "acts.ndjson", "--report", "findings.ndjson")

    found = [json.loads(line) for line in Path("findings.ndjson").read_text().splitlines()]
    assert {("error", "not_a_party"), ("warning", "cut_off")} <= {
        (each["severity"], each["problem"]) for each in found
    }
    assert {each["file"] for each in found} == {"acts.ndjson"}


def test_strict_imports_nothing_of_a_file_with_a_bad_line(filled: Timeline) -> None:
    Path("acts.ndjson").write_text("\n".join(map(json.dumps, [NOTICE, NOT_A_PARTY])))

    result = filled("import", "--strict", "acts.ndjson")

    assert result.exit_code == 3
    assert "0 recorded" in result.stderr


def test_keys_are_made_shown_once_and_revoked(filled: Timeline) -> None:
    made = filled(
        "keys", "create", "--name", "clerk", "--scope", "acts:record", "--expires", "2099-01-01"
    )
    shown = json.loads(filled("keys", "create", "--name", "b", "--scope", "admin", "--json").stdout)
    token = made.stdout.strip()
    prefix = token.split("_")[1]

    listed = filled("keys", "list")
    revoked = filled("keys", "revoke", prefix)
    ended = json.loads(filled("keys", "revoke", shown["prefix"], "--json").stdout)
    keys = json.loads(filled("keys", "list", "--json").stdout)["keys"]

    assert token.startswith("timeline_")
    assert token not in listed.stdout
    assert "holds no more" in revoked.stderr
    assert ended["revoked_at"] is not None
    assert [each["revoked_at"] is None for each in keys] == [False, False]
    assert filled("keys", "revoke", "nobody").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ["keys", "create", "--name", "x", "--scope", "all"],
        ["keys", "create", "--name", " ", "--scope", "admin"],
        ["status", "open-skies", "RUS", "--as-of", "2021-02-30"],
        ["status", "open-skies", "RUS", "--as-recorded", "then"],
        ["status", "open-skies"],
        ["nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_told_as_such(filled: Timeline, words: list[str]) -> None:
    assert filled(*words).exit_code == 2


@pytest.mark.parametrize("day", ["today", "yesterday"])
def test_days_may_be_called_by_name(filled: Timeline, day: str) -> None:
    assert filled("status", "open-skies", "RUS", "--as-of", day).exit_code == 0


def test_a_record_is_named_by_position_or_instant(filled: Timeline) -> None:
    words = ["status", "open-skies", "RUS", "--json", "--as-recorded"]

    by_position = json.loads(filled(*words, "1300").stdout)
    by_instant = json.loads(filled(*words, by_position["as_recorded"]["at"]).stdout)

    assert by_position["as_recorded"]["position"] == 1300
    assert by_instant["as_recorded"]["position"] >= 1300
    assert filled(*words, "999999").exit_code == 1


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (["status", "open-sky", "RUS"], "open-skies"),
        (["status", "skies", "RUS"], "open-skies"),
        (["status", "open-skies", "Polnd"], "POL"),
        (["history", "open-skies", "Nowhere"], "there is no party"),
    ],
)
def test_what_is_not_found_is_told_with_what_is_near(
    filled: Timeline, words: list[str], hint: str
) -> None:
    result = filled(*words)

    assert result.exit_code == 1
    assert hint in result.stderr


def test_a_setting_that_makes_no_sense_is_named(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMELINE_PORT", "high")
    port = timeline("migrate")
    monkeypatch.delenv("TIMELINE_PORT")
    monkeypatch.setenv("TIMELINE_DATABASE_URL", "mysql://nowhere")
    database = timeline("migrate")

    assert (port.exit_code, database.exit_code) == (2, 2)
    assert "TIMELINE_PORT" in port.stderr
    assert "TIMELINE_DATABASE_URL" in database.stderr


def test_a_database_that_does_not_answer_is_told(
    timeline: Timeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIMELINE_DATABASE_URL", "postgresql://127.0.0.1:9/timeline")

    result = timeline("status", "open-skies", "RUS")

    assert result.exit_code == 1
    assert "Not now" in result.stderr


def _commands() -> list[list[str]]:
    import typer

    command: Any = typer.main.get_command(application)
    found = []
    for name, each in command.commands.items():
        inner = getattr(each, "commands", None)
        found += [[name, one] for one in inner] if inner else [[name]]
    return found


@pytest.mark.parametrize("words", _commands(), ids=" ".join)
def test_every_command_has_help(timeline: Timeline, words: list[str]) -> None:
    result = timeline(*words, "--help")

    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def test_the_program_ends_with_the_status_of_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["timeline", "--help"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 0


def test_elsewhere_than_on_a_terminal_each_item_is_one_line_in_steady_columns(
    filled: Timeline,
) -> None:
    roster = filled("roster", "open-skies", "--as-of", "2021-05-27").stdout.splitlines()
    acts = filled("history", "open-skies").stdout.splitlines()
    listed = json.loads(filled("history", "open-skies", "--json").stdout)["acts"]

    header = next(line for line in roster if line.startswith("party "))
    lines = roster[roster.index(header) + 1 :][:36]
    assert len({line.index(" party") for line in lines if " party" in line}) == 1
    assert any(line.startswith("USA") and "former_party" in line for line in lines)
    assert len(acts) == len(listed) + 2
    assert max(map(len, acts)) > 100
    assert not any("\x1b" in line for line in [*roster, *acts])


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--from", "2020-01-01", "--recorded-from", "1"],
        ["--from", "2020-01-01", "--to", "2021-01-01", "--recorded-to", "1"],
    ],
)
def test_a_difference_is_between_two_days_or_two_records(
    filled: Timeline, words: list[str]
) -> None:
    result = filled("diff", "open-skies", *words)

    assert result.exit_code == 2
    assert "--recorded-from" in result.stderr


def test_the_release_is_told(timeline: Timeline) -> None:
    assert re.fullmatch(r"timeline \d+\.\d+\.\d+\n", timeline("--version").stdout)


def test_a_span_that_ends_before_it_begins_is_a_usage_error(filled: Timeline) -> None:
    result = filled("changes", "--from", "2021-01-01", "--to", "2020-01-01")

    assert (result.exit_code, result.stdout) == (2, "")
    assert "--to is before --from" in result.stderr


def test_where_nothing_is_found_a_word_says_so(filled: Timeline) -> None:
    nothing = filled("changes", "open-skies", "--from", "1950-01-01", "--to", "1950-01-02")
    nobody = filled("history", "open-skies", "FJI")

    assert (nothing.exit_code, nobody.exit_code) == (1, 1)
    assert "Nothing changes" in nothing.stderr
    assert "no such act" in nobody.stderr


def test_a_key_that_would_never_hold_is_not_made(filled: Timeline) -> None:
    result = filled("keys", "create", "--name", "x", "--scope", "read", "--expires", "2020-01-01")

    assert result.exit_code == 2
    assert json.loads(filled("keys", "list", "--json").stdout)["keys"] == []


def on_terminal(columns: int, *words: str) -> list[str]:
    """What the command shows on a terminal so wide, without colour."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    environment = {name: each for name, each in os.environ.items() if name != "COLUMNS"}
    with subprocess.Popen(
        [Path(sys.executable).parent / "timeline", *words],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**environment, "NO_COLOR": "1", "TERM": "xterm"},
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:
                break
            shown += part
        process.wait(timeout=60)
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;]*m", "", shown.decode()).splitlines()


def test_a_terminal_gets_what_fits_it(filled: Timeline) -> None:
    wide = on_terminal(100, "roster", "open-skies", "--as-of", "2021-05-27")
    narrow = on_terminal(40, "roster", "open-skies", "--as-of", "2021-05-27")

    assert filled("roster", "open-skies").exit_code == 0
    belgium = next(line for line in wide if line.lstrip().startswith("BEL"))
    assert belgium.split() == ["BEL", "Belgium", "party", "2002-01-01"]
    assert max(map(len, wide)) <= 100
    assert max(map(len, narrow)) <= 40
    place = narrow.index("party   BEL")
    assert narrow[place : place + 4] == [
        "party   BEL",
        "name    Belgium",
        "status  party",
        "since   2002-01-01",
    ]


def test_no_line_ends_in_blanks(filled: Timeline) -> None:
    shown = filled("status", "open-skies", "RUS", "--explain").stdout.splitlines()

    assert [line for line in shown if line != line.rstrip()] == []


def test_an_interruption_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.cli.commands.application", interrupted)

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 130


def test_a_reader_that_leaves_early_is_no_fault(database: str) -> None:
    timeline = Path(sys.executable).parent / "timeline"
    environment = {**os.environ, "TIMELINE_DATABASE_URL": database}

    piped = subprocess.run(
        ["sh", "-c", f"{timeline} history | head -1"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert "Traceback" not in piped.stderr
