"""A fold with acts more, a dossier with corrections, and what neither may forget."""

import pytest

from domain.acts import Act
from domain.errors import Full, Lagging, Unavailable
from domain.treaty import TreatyFold
from tests.domain.dossiers import day, did, folded, history, registered, said, status

PLAIN = {
    "entry_into_force": {"article": "Art. 8", "stated": {"on": "1990-01-01"}},
    "withdrawal": {"article": "Art. 9", "notice": {"n": 1, "unit": "years"}},
}
COUNTED = {
    "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "instruments", "count": 2}]},
    "withdrawal": PLAIN["withdrawal"],
}
FOLLOWING = {
    **PLAIN,
    "withdrawal": {
        "article": "Art. XI",
        "fixed_exit": {"month": 6, "day": 30, "cutoff_month": 1, "cutoff_day": 1},
        "follow_within": {"n": 1, "unit": "months"},
    },
}
THRESHOLD = {**PLAIN, "reservations": {"article": "Art. 5", "barred_by_share": [1, 3]}}
JOINED = did("AAA", "accession", "2000-01-01")
BESIDE = did("BBB", "accession", "2001-01-01")
NOTICE = did("AAA", "withdrawal_notice", "2005-01-01")
REJECTED = did("CCC", "depositary_rejection", "2000-06-01")


def whole(fold: TreatyFold) -> TreatyFold:
    """The fold, with everything in it computed."""
    for party in fold.parties():
        fold.course(party)
    return fold


ADDED = [
    ("one act of one party", PLAIN, [JOINED, BESIDE], [NOTICE]),
    ("an act that brings the treaty into force", COUNTED, [JOINED], [BESIDE]),
    (
        "an act that comes too late for that",
        COUNTED,
        [JOINED, BESIDE],
        [did("CCC", "accession", "2002-01-01")],
    ),
    (
        "an act between a rejection and what it was about",
        COUNTED,
        [JOINED, BESIDE, did("CCC", "accession", "2000-02-01"), REJECTED],
        [did("CCC", "withdrawal_notice", "2000-03-01")],
    ),
    (
        "an instrument beside a rejection",
        COUNTED,
        [JOINED, BESIDE, did("CCC", "accession", "2000-02-01"), REJECTED],
        [did("CCC", "acceptance", "2003-03-01")],
    ),
    (
        "an act that ends the treaty",
        PLAIN,
        [JOINED, BESIDE],
        [did(None, "treaty_termination", dated="2010-01-01")],
    ),
    (
        "a notice that others may follow",
        FOLLOWING,
        [JOINED, BESIDE, did("AAA", "withdrawal_notice", "2006-01-15")],
        [did("BBB", "withdrawal_notice", "2005-12-20")],
    ),
    (
        "a notice under such a clause that is void or of nobody",
        FOLLOWING,
        [JOINED],
        [
            did("BBB", "withdrawal_notice", "2005-12-20", legal_effect=False),
            did("BBB", "withdrawal_notice", "2005-12-21", notified="2005-12-30"),
        ],
    ),
    (
        "an objection that defeats a reservation",
        THRESHOLD,
        [JOINED, BESIDE, did("AAA", "reservation", "2000-01-01")],
        [did("AAA", "objection", "2000-02-01", by="BBB")],
    ),
    (
        "a correction",
        PLAIN,
        [JOINED, BESIDE, NOTICE],
        [did("AAA", "record_corrected", dated="2020-01-01", concerns=NOTICE.id)],
    ),
    (
        "a corrected act that comes after its correction",
        PLAIN,
        [JOINED, did("AAA", "record_corrected", dated="2020-01-01", concerns=NOTICE.id)],
        [NOTICE],
    ),
    ("nothing", PLAIN, [JOINED], []),
    (
        "many acts",
        PLAIN,
        [JOINED],
        [did("BBB", "communication", f"20{year:02}-01-01") for year in range(30)],
    ),
]


@pytest.mark.parametrize(
    ("final", "before", "added"), [each[1:] for each in ADDED], ids=[each[0] for each in ADDED]
)
def test_a_fold_with_acts_more_is_the_fold_of_them_all(
    final: object, before: list[Act], added: list[Act]
) -> None:
    assert isinstance(final, dict)
    fold = whole(folded(before, final))

    more = fold.with_acts(added)

    scratch = folded([*before, *added], final)
    parties = scratch.parties()
    assert more.parties() == parties
    assert [more.course(each) for each in parties] == [scratch.course(each) for each in parties]
    assert (more.entry(), more.end, more.spans) == (scratch.entry(), scratch.end, scratch.spans)


def test_what_an_act_cannot_have_changed_is_carried_over() -> None:
    fold = whole(folded([JOINED, BESIDE], PLAIN))

    more = fold.with_acts([NOTICE])

    assert more.fold("BBB") is fold.fold("BBB")
    assert more.course("BBB") is fold.course("BBB")
    assert more.fold("AAA") is not fold.fold("AAA")
    assert more.changed_from(fold) == ("AAA",)


def test_an_end_of_the_treaty_changes_courses_and_leaves_folds() -> None:
    fold = whole(folded([JOINED, BESIDE], PLAIN))

    more = fold.with_acts([did(None, "treaty_termination", dated="2010-01-01")])

    assert more.fold("BBB") is fold.fold("BBB")
    assert more.changed_from(fold) == ("AAA", "BBB")


def test_a_fold_of_which_nothing_was_asked_has_nothing_to_carry_over() -> None:
    fold = folded([JOINED], PLAIN).with_acts([NOTICE])

    assert status(fold, "AAA", "2006-01-01") == "former_party"


def test_an_act_of_a_person_or_of_a_predecessor_reaches_those_after_it() -> None:
    register = registered(
        {"party": "OLD", "names": []},
        {"party": "NEW", "names": [], "continues": "OLD"},
        {"party": "HEIR", "names": []},
    )
    acts = [
        did("OLD", "accession", "1995-01-01"),
        did("NEW", "parliamentary_vote", dated="2000-01-01"),
        did("HEIR", "succession", "2008-01-01", predecessor="OLD"),
    ]
    notice = did("OLD", "withdrawal_notice", "2001-01-01")

    more = whole(folded(acts, PLAIN, register=register)).with_acts([notice])

    scratch = folded([*acts, notice], PLAIN, register=register)
    assert history(more, "NEW") == history(scratch, "NEW")
    assert history(more, "HEIR") == history(scratch, "HEIR")


# --- corrections ---


def test_a_correction_takes_an_act_out_and_may_put_another_in_its_place() -> None:
    right = did("AAA", "withdrawal_notice", "2006-01-01")
    correction = did(
        "AAA",
        "record_corrected",
        dated="2020-01-01",
        concerns=NOTICE.id,
        replacement=right,
        id="fix",
    )
    again = did("AAA", "record_corrected", dated="2021-01-01", concerns=right.id, id="fix it again")

    fold = folded([JOINED, NOTICE, correction], PLAIN)
    without = folded([JOINED, NOTICE, correction, again], PLAIN)

    assert history(fold, "AAA")[-1] == ("2007-01-01", "former_party")
    assert history(without, "AAA") == [("2000-01-01", "party")]
    assert [act.id for act in without.dossier.removed] == [NOTICE.id, right.id]
    assert without.dossier.void[right.id].id == "fix it again"


def test_a_correction_of_a_correction_undoes_it_in_whatever_order_they_were_recorded() -> None:
    fix = did("AAA", "record_corrected", dated="2020-01-01", concerns=NOTICE.id, id="fix")
    unfix = did("AAA", "record_corrected", dated="2020-01-02", concerns="fix", id="unfix")

    for acts in ([JOINED, NOTICE, fix, unfix], [unfix, fix, NOTICE, JOINED]):
        assert history(folded(acts, PLAIN), "AAA")[-1] == ("2006-01-01", "former_party")


def test_corrections_in_a_circle_stand_still() -> None:
    one = did("AAA", "record_corrected", dated="2020-01-01", concerns="two", id="one")
    two = did("AAA", "record_corrected", dated="2020-01-02", concerns="one", id="two")

    assert history(folded([JOINED, one, two], PLAIN), "AAA") == [("2000-01-01", "party")]


def test_an_editors_correction_is_about_the_record_and_one_by_the_depositary_about_the_world() -> (
    None
):
    editors = did("AAA", "record_corrected", dated="2020-01-01", concerns=NOTICE.id)
    depositarys = did("AAA", "record_corrected", notified="2020-01-01", concerns=NOTICE.id)

    by_editor = folded([JOINED, NOTICE, editors], PLAIN, as_seen="2010-01-01")
    by_depositary = folded([JOINED, NOTICE, depositarys], PLAIN, as_seen="2010-01-01")

    assert status(by_editor, "AAA", "2010-01-01") == "party"
    assert status(by_depositary, "AAA", "2010-01-01") == "former_party"


# --- small things that must stay true ---


def test_a_version_of_the_clauses_holds_from_its_day() -> None:
    fold = folded([JOINED, NOTICE], PLAIN)

    assert fold.dossier.clauses(day("0001-01-01")) is fold.dossier.now
    assert folded([JOINED], None).dossier.clauses(day("2000-01-01")).withdrawal is None


def test_a_deposit_that_is_taken_back_on_its_own_day_never_counts() -> None:
    acts = [
        did("AAA", "accession", "2000-01-01", sequence=1),
        did("AAA", "ratification_withdrawn", "2000-01-01", sequence=2),
        BESIDE,
    ]

    assert folded(acts, COUNTED).entry().on is None


def test_what_is_unavailable_says_when_to_try_again() -> None:
    assert (Unavailable("no").retry_after, Lagging("no", retry_after=1).retry_after) == (5, 1)
    assert str(Full("no room")) == "no room"


def test_a_withdrawal_of_intent_before_provisional_application_is_what_it_falls_back_to() -> None:
    acts = [
        did("AAA", "signature", "1999-01-01"),
        did("AAA", "intention_not_to_become_party", "1999-06-01"),
        did("AAA", "provisional_application_start", "2000-01-01"),
        did("AAA", "provisional_application_end", "2001-01-01"),
    ]

    assert history(folded(acts, {}), "AAA")[-1] == ("2001-01-01", "signatory_no_intent")


def test_only_the_signature_that_is_confirmed_is() -> None:
    acts = [
        did("AAA", "signature_ad_referendum", "1985-01-01", id="one"),
        did("AAA", "signature_ad_referendum", "1985-02-01", id="two"),
        did("AAA", "confirmation_of_signature", "1986-01-01", concerns="one"),
    ]

    found = said(folded(acts, {}), "AAA", "1987-01-01")

    assert found["flags"] == ["unconfirmed_signature"]
