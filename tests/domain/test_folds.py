"""A fold with acts more, a dossier with corrections, and what neither may forget."""

import pytest

from domain.acts import Act, SigningKey
from domain.errors import Full, Lagging, Unavailable
from domain.ports import SIGNING, stream_of
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
    (
        "an amendment that was in force when others joined",
        PLAIN,
        [JOINED, BESIDE],
        [did(None, "amendment_in_force", dated="2000-06-01")],
    ),
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
    (
        "one act to a large dossier",
        PLAIN,
        [JOINED, *(did("BBB", "communication", f"20{year:02}-01-01") for year in range(30))],
        [NOTICE],
    ),
    (
        "notices that come to nothing for those that hear of them",
        FOLLOWING,
        [JOINED, did("BBB", "withdrawal_notice", "2005-12-20", legal_effect=False)],
        [did("AAA", "withdrawal_notice", "2006-01-15")],
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


@pytest.mark.parametrize("first", ["AAA", "BBB", "CCC"])
def test_parties_that_succeed_each_other_are_read_alike_whoever_is_asked_first(first: str) -> None:
    acts = [
        did("AAA", "accession", "1995-01-01"),
        did("AAA", "succession", "2001-01-01", predecessor="BBB"),
        did("BBB", "succession", "2002-01-01", predecessor="AAA"),
        did("CCC", "succession", "2003-01-01", predecessor="BBB"),
    ]

    fold = folded(acts, PLAIN)
    fold.course(first)

    parties = ("AAA", "BBB", "CCC")
    alone = {each: folded(acts, PLAIN).course(each) for each in parties}
    assert {each: fold.course(each) for each in parties} == alone


SAME_PERSON = registered(
    {"party": "OLD", "existence": [{"from": "1900-01-01", "until": "2001-01-01"}]},
    {
        "party": "NEW",
        "existence": [{"from": "2001-01-01", "until": "2006-01-01"}],
        "continues": "OLD",
    },
    {"party": "NEXT", "continues": "NEW"},
)


def test_one_person_under_two_codes_is_listed_once_and_counted_once() -> None:
    acts = [did("OLD", "accession", "1995-01-01"), JOINED]

    fold = folded(acts, PLAIN, register=SAME_PERSON)

    assert fold.parties() == ("AAA", "NEW", "NEXT", "OLD")
    listed = {
        on: [each for each in fold.parties() if fold.listed(each, day(on))]
        for on in ("2000-12-31", "2001-01-01", "2006-01-01")
    }
    assert listed == {
        "2000-12-31": ["AAA", "OLD"],
        "2001-01-01": ["AAA", "NEW", "OLD"],
        "2006-01-01": ["AAA", "NEW", "NEXT", "OLD"],
    }
    assert fold.party_count(day("2000-12-31")) == 2
    assert sum(fold.counts(day("2000-12-31")).values()) == 2


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


def test_of_two_corrections_of_one_act_the_last_recorded_counts() -> None:
    first = did("AAA", "withdrawal_notice", "2006-01-01", id="first")
    second = did("AAA", "withdrawal_notice", "2007-01-01", id="second")
    one = did(
        "AAA",
        "record_corrected",
        dated="2020-01-02",
        concerns=NOTICE.id,
        replacement=first,
        id="one",
    )
    other = did(
        "AAA",
        "record_corrected",
        dated="2020-01-01",
        concerns=NOTICE.id,
        replacement=second,
        id="other",
    )

    fold = folded([JOINED, NOTICE, one, other], PLAIN)
    turned = folded([JOINED, NOTICE, other, one], PLAIN)

    assert history(fold, "AAA")[-1] == ("2008-01-01", "former_party")
    assert history(turned, "AAA")[-1] == ("2007-01-01", "former_party")
    assert {
        each.id: by.id for each in fold.dossier.removed for by in [fold.dossier.void[each.id]]
    } == {
        NOTICE.id: "other",
        "first": "other",
    }


def test_an_earlier_correction_counts_again_when_the_later_one_is_undone() -> None:
    first = did("AAA", "withdrawal_notice", "2006-01-01", id="first")
    one = did(
        "AAA",
        "record_corrected",
        dated="2020-01-01",
        concerns=NOTICE.id,
        replacement=first,
        id="one",
    )
    other = did("AAA", "record_corrected", dated="2020-01-02", concerns=NOTICE.id, id="other")
    unfix = did("AAA", "record_corrected", dated="2020-01-03", concerns="other", id="unfix")

    without = folded([JOINED, NOTICE, one, other], PLAIN)
    again = folded([JOINED, NOTICE, one, other, unfix], PLAIN)

    assert history(without, "AAA")[-1] == ("2000-01-01", "party")
    assert history(again, "AAA")[-1] == ("2007-01-01", "former_party")


def test_a_correction_of_what_was_displaced_puts_nothing_in_its_place() -> None:
    first = did("AAA", "withdrawal_notice", "2006-01-01", id="first")
    better = did("AAA", "withdrawal_notice", "2007-01-01", id="better")
    one = did(
        "AAA",
        "record_corrected",
        dated="2020-01-01",
        concerns=NOTICE.id,
        replacement=first,
        id="one",
    )
    two = did(
        "AAA",
        "record_corrected",
        dated="2020-01-02",
        concerns="first",
        replacement=better,
        id="two",
    )
    other = did("AAA", "record_corrected", dated="2020-01-03", concerns=NOTICE.id, id="other")

    assert history(folded([JOINED, NOTICE, one, two], PLAIN), "AAA")[-1] == (
        "2008-01-01",
        "former_party",
    )
    assert history(folded([JOINED, NOTICE, one, two, other], PLAIN), "AAA")[-1] == (
        "2000-01-01",
        "party",
    )


def test_a_correction_that_is_corrected_is_carried_out_as_it_should_have_been() -> None:
    wrong = did("AAA", "record_corrected", dated="2020-01-01", concerns=JOINED.id, id="wrong")
    right = did("AAA", "record_corrected", dated="2020-01-01", concerns=NOTICE.id, id="right")
    fix = did(
        "AAA", "record_corrected", dated="2020-01-02", concerns="wrong", replacement=right, id="fix"
    )
    unfix = did("AAA", "record_corrected", dated="2020-01-03", concerns="fix", id="unfix")

    fixed = folded([JOINED, NOTICE, wrong, fix], PLAIN)
    undone = folded([JOINED, NOTICE, wrong, fix, unfix], PLAIN)

    assert history(fixed, "AAA") == [("2000-01-01", "party")]
    assert history(undone, "AAA") == []


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


def test_what_a_correction_puts_in_is_seen_on_its_own_days() -> None:
    earlier = did("AAA", "withdrawal_notice", "2003-01-01", id="earlier")
    later = did("AAA", "withdrawal_notice", "2015-01-01", id="later")

    def fix(replacement: Act) -> Act:
        return did(
            "AAA",
            "record_corrected",
            dated="2020-01-01",
            concerns=NOTICE.id,
            replacement=replacement,
        )

    known_before = folded([JOINED, NOTICE, fix(earlier)], PLAIN, as_seen="2004-06-01")
    known_after = folded([JOINED, NOTICE, fix(later)], PLAIN, as_seen="2010-06-01")

    assert status(known_before, "AAA", "2004-06-01") == "former_party"
    assert status(known_after, "AAA", "2010-06-01") == "party"
    assert history(known_after, "AAA") == [("2000-01-01", "party")]


# --- small things that must stay true ---


def test_the_keys_that_vouch_for_the_record_have_a_stream_of_their_own() -> None:
    assert stream_of(SigningKey(id="k", key="name+id+key", in_use=True)) == SIGNING


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


def test_a_notice_that_others_may_follow_is_one_of_the_later_code_of_its_author_too() -> None:
    register = registered({"party": "BBB", "names": [{"name": "B"}], "continues": "AAA"})
    acts = [did("AAA", "ratification", "2000-01-01"), did("AAA", "withdrawal_notice", "2001-05-01")]
    before = folded([], FOLLOWING, register=register)
    assert status(before, "BBB", "2001-06-01") == "none"

    after = before.with_acts(acts)

    assert status(after, "BBB", "2001-06-01") == "party_withdrawing"


def test_an_act_reaches_everybody_who_claims_to_continue_its_author() -> None:
    register = registered(
        {"party": "BBB", "names": [{"name": "B"}], "continues": "AAA"},
        {"party": "CCC", "names": [{"name": "C"}], "continues": "AAA"},
    )
    before = whole(folded([JOINED], PLAIN, register=register))
    assert status(before, "BBB", "2005-06-01") == status(before, "CCC", "2005-06-01") == "party"

    after = before.with_acts([NOTICE])

    assert status(after, "BBB", "2005-06-01") == "party_withdrawing"
    assert status(after, "CCC", "2005-06-01") == "party_withdrawing"
    assert (register.continued_by("AAA"), register.continued_by("BBB")) == ("BBB", None)
