"""Windows and deadlines follow from clauses and notices."""

from typing import Any

from domain.deadlines import deadlines
from tests.domain.dossiers import day, did, folded

CLAUSES: dict[str, Any] = {
    "entry_into_force": {"article": "1", "all_of": [{"rule": "instruments", "count": 1}]},
    "signature": {"article": "2", "opens": "1992-03-24", "closes": "1993-03-24"},
    "withdrawal": {
        "article": "3",
        "notice": {"n": 6, "unit": "months"},
        "convene": {
            "earliest": {"n": 30, "unit": "days"},
            "latest": {"n": 60, "unit": "days"},
        },
    },
}


def test_a_treaty_can_be_signed_until_it_closes() -> None:
    (found,) = deadlines(folded([], CLAUSES))

    assert (found.title, found.party, found.article) == ("open for signature", None, "2")
    assert (found.first, found.last) == (day("1992-03-24"), day("1993-03-24"))


def test_where_signature_has_no_end_there_is_no_deadline() -> None:
    clauses = {**CLAUSES, "signature": {"article": "2", "opens": "1992-03-24"}}

    assert deadlines(folded([], clauses)) == ()


def test_where_only_the_end_is_known_it_is_the_deadline() -> None:
    (found,) = deadlines(folded([], {"signature": {"article": "2", "closes": "1993-03-24"}}))

    assert found.first == found.last == day("1993-03-24")


def test_a_notice_sets_the_days_of_the_conference() -> None:
    notice = did("USA", "withdrawal_notice", "2020-05-22")
    joined = [did("USA", "ratification", "2000-01-01"), did("CAN", "ratification", "2000-01-01")]

    _, found = deadlines(folded([*joined, notice], CLAUSES))

    assert (found.party, found.because, found.stands) == ("USA", notice.id, True)
    assert (found.first, found.last) == (day("2020-06-21"), day("2020-07-21"))


def test_a_revoked_notice_undoes_the_conference() -> None:
    acts = [
        did("USA", "ratification", "2000-01-01"),
        did("USA", "withdrawal_notice", "2020-05-22"),
        did("USA", "withdrawal_notice_revoked", "2020-06-01"),
    ]

    _, found = deadlines(folded(acts, CLAUSES))

    assert not found.stands


def test_a_treaty_that_convenes_nobody_sets_no_conference() -> None:
    clauses = {"withdrawal": {"article": "3", "notice": {"n": 6, "unit": "months"}}}
    acts = [did("USA", "withdrawal_notice", "2020-05-22")]

    assert deadlines(folded(acts, clauses)) == ()
