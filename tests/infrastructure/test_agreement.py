"""A read model that somebody changed is found to say something else than the log."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from infrastructure.agreement import Agreement
from infrastructure.projector import Projector
from infrastructure.verification import Verification, silent
from tests.infrastructure.records import Record, a_definition, a_party, an_act, opened


@pytest.fixture
def record(migrated_database_url: str) -> Iterator[Record]:
    with opened(migrated_database_url) as record:
        record.add(
            a_party("POL"),
            a_party("DEU"),
            a_definition("npt"),
            *(an_act(n, party="POL", kind="signature") for n in range(2)),
        )
        record.add(a_definition("abm"), an_act(7, "abm", party="DEU"))
        record.add(an_act(3, party="POL", kind="ratification", received="1969-06-12"))
        while Projector(record.engine, record.archive).step():
            pass
        yield record


def differences(record: Record) -> list[str]:
    return list(Agreement(record.engine, record.archive, seed=1).differences(silent))


def change(record: Record, statement: str) -> None:
    with record.engine.begin() as connection:
        assert connection.execute(sa.text(statement)).rowcount > 0


def test_a_read_model_that_nobody_touched_says_what_the_log_gives(record: Record) -> None:
    assert differences(record) == []


def test_a_read_model_that_holds_nothing_yet_differs_in_nothing(
    migrated_database_url: str,
) -> None:
    with opened(migrated_database_url) as empty:
        empty.add(a_party("POL"), a_definition("npt"), an_act(1))

        assert differences(empty) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("UPDATE built_status SET status = 'party' WHERE party = 'DEU'", "of DEU in abm at"),
        ("DELETE FROM built_status WHERE party = 'DEU'", "of DEU in abm at"),
        ("UPDATE built_status SET party = 'FRA' WHERE party = 'DEU'", "of FRA in abm at"),
        ("UPDATE built_treaty_state SET state = 'expired' WHERE treaty = 'abm'", "of abm at"),
        ("UPDATE built_act SET note = 'x' WHERE treaty = 'abm'", "of the acts of abm another"),
        ("DELETE FROM built_act WHERE treaty = 'abm'", "of the acts of abm a row is missing"),
        ("UPDATE built_act SET treaty = 'salt' WHERE treaty = 'abm'", "tells of a treaty salt"),
    ],
)
def test_what_was_changed_is_found(record: Record, statement: str, expected: str) -> None:
    change(record, statement)

    assert expected in " / ".join(differences(record))


def test_the_deep_verification_names_it(record: Record) -> None:
    change(record, "UPDATE built_status SET status = 'party' WHERE party = 'DEU'")
    agreement = Agreement(record.engine, record.archive)
    record.seal()

    checks = list(
        Verification(record.engine, record.archive, read_model=agreement.differences).deep()
    )

    assert [each.fault for check in checks for each in check.faults] == ["altered_read_model"] * 2


def test_what_was_believed_before_is_looked_at_too(record: Record) -> None:
    change(
        record,
        "UPDATE built_status SET status = 'disputed' WHERE party = 'POL' AND recorded_until IS NOT NULL",
    )

    assert any("of POL in npt at position 5" in each for each in differences(record))
