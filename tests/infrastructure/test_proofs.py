"""An answer with its proof convinces, and what was tampered with is refuted by name."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.acts import Act
from domain.errors import NotFound
from domain.leaves import CONTINUITY, ENDED, EXISTENCE, leaf_from, party_key, written_hash
from domain.parties import Register
from infrastructure.database import migrate
from infrastructure.logtree import Damaged
from infrastructure.proofs import AskedRegister, Question, Unsealed
from infrastructure.signing import Signer, signed_note, signer
from infrastructure.verifier.evidence import FAULTS, Refuted, Trust, check
from infrastructure.verifier.notes import COSIGNATURE, ED25519, ML_DSA_44, Note, note_from
from infrastructure.verifier.registers import ProvedRegister, Unproved
from tests.infrastructure.proved import (
    OPEN_SKIES,
    TRUST,
    Document,
    Proved,
    changed,
    fault,
    proved,
    verdict,
)
from tests.infrastructure.records import (
    LOG_KEY,
    ORIGIN,
    a_definition,
    a_party,
    an_act,
)

BEYOND_ITS_ACTS = 50_000
WITNESSES = [signer(f"example.org/witness-{n}", COSIGNATURE, bytes([n] * 32)) for n in range(3)]
NOON = 1_800_000_000


@pytest.fixture(scope="module")
def document(catalogued: Proved) -> Document:
    """Whether Russia was a party to the Treaty on Open Skies when its parliament had voted to leave."""
    return catalogued.document(OPEN_SKIES)


@pytest.fixture
def small(migrated_database_url: str) -> Iterator[Proved]:
    """A record of one treaty and two parties."""
    with proved(migrated_database_url) as small:
        small.record.add(
            a_party("POL"),
            a_party("FRA"),
            a_definition("npt"),
            an_act(1, party="POL"),
            an_act(2, party="FRA"),
        )
        yield small


def asked(**more: Any) -> Question:
    given: dict[str, Any] = {"treaty": "npt", "party": "POL", "as_of": date(2000, 1, 1)}
    return Question(**given | more)


# --- what is proved ---


def test_an_answer_is_proved_to_somebody_who_has_only_a_public_key(document: Document) -> None:
    found = verdict(document)

    assert found.answer["status"] == "party"
    assert found.sentence() == (
        "On 2021-06-16, Russian Federation (RUS) had the status party in open-skies: "
        "this follows from the 94 entries on file at position 1451 of example.org/log, "
        "and none is left out, as signed at 1451 entries."
    )


def test_every_treaty_of_the_catalogue_is_proved_at_the_end_and_in_the_middle(
    catalogued: Proved,
) -> None:
    record = catalogued.dossiers.record()
    for treaty in catalogued.dossiers.treaties(record):
        entries = catalogued.dossiers.entries(treaty, record)
        named = {each.content.party for each in entries if isinstance(each.content, Act)}
        parties = sorted(each for each in named if each is not None) or ["FRA"]
        for position in (None, entries[len(entries) // 2].position):
            question = Question(
                treaty=treaty,
                party=parties[0],
                towards=parties[-1],
                as_of=date(2021, 6, 16),
                position=position,
            )
            given = catalogued.document(question)

            assert verdict(given).answer == given["answer"]
            assert given["answer"]["as_recorded"]["position"] == (position or record.position)
            assert beyond_its_acts(given) < BEYOND_ITS_ACTS


def beyond_its_acts(document: Document) -> int:
    acts = [each for each in document["entries"] if each["stream"].startswith("treaty:")]
    return len(json.dumps(document)) - len(json.dumps(acts))


def test_what_could_be_known_on_a_day_is_proved_too(catalogued: Proved) -> None:
    question = replace(OPEN_SKIES, as_of=date(2022, 1, 1), as_seen=date(2021, 6, 8))

    found = verdict(catalogued.document(question))

    assert found.answer["status"] == "party"
    assert "On 2022-01-01 with what could be known on 2021-06-08, Russian" in found.sentence()


def test_the_answer_is_the_one_that_the_service_gives(small: Proved) -> None:
    small.record.seal()

    given = small.document(asked(towards="FRA"))

    assert given["answer"]["party_name"] == "Pol"
    assert given["answer"]["status"] == "signatory"
    assert given["answer"]["relation"]["party"] == "FRA"
    assert verdict(given).entries == 3


def test_an_answer_of_long_ago_is_proved_by_the_checkpoint_of_today(small: Proved) -> None:
    small.record.add(*(an_act(number, party="FRA") for number in range(3, 20)))
    small.record.add(a_party("POL", kind="organisation"), a_party("FRA", kind="organisation"))
    small.record.seal(entries=7)

    given = small.document(asked(position=4))

    assert verdict(given).entries == 2
    assert verdict(given).checkpoint.size == 24
    assert given["answer"]["as_recorded"]["position"] == 4
    npt, poland = given["heads"]["treaty:npt"], given["heads"][party_key("POL")]
    assert (npt["count"], poland["count"]) == (20, 2)


def test_a_party_that_the_register_lacks_is_proved_to_be_lacking(small: Proved) -> None:
    small.record.add(an_act(3, party="XYZ"))
    small.record.seal()

    given = small.document(asked(party="XYZ"))

    assert "count" not in given["heads"][party_key("XYZ")]
    assert verdict(given).answer["party_name"] == "XYZ"


def test_who_continues_whom_is_proved(small: Proved) -> None:
    small.record.add(a_party("RUS", continues="SUHH"), an_act(3, party="SUHH"))
    small.record.seal()

    given = small.document(asked(party="RUS"))

    assert verdict(given).answer["status"] == "signatory"
    without = changed(given, lambda each: each["heads"].pop(CONTINUITY))
    assert fault(without) == "missing_evidence"


CSHH = a_party("CSHH", existence=[{"from": "1918-10-28", "until": "1993-01-01"}])


def test_of_the_parties_that_are_counted_only_those_that_ended_are_shown(small: Proved) -> None:
    small.record.add(CSHH, an_act(3, party="CSHH", kind="ratification"))
    small.record.add(an_act(4, party="FRA", kind="ratification"))
    small.record.seal()

    given = small.document(asked())

    assert given["heads"][ENDED]["extracts"] == ["CSHH"]
    assert {party_key("CSHH"), party_key("POL")} < set(given["heads"])
    assert party_key("FRA") not in given["heads"]
    assert fault(given) is None


def hide_who_ended(document: Document) -> None:
    document["heads"][ENDED]["extracts"].remove("CSHH")


def deny_that_any_ended(document: Document) -> None:
    document["heads"][ENDED] = {"path": []}


def say_nothing_of_who_ended(document: Document) -> None:
    del document["heads"][ENDED]


def name_another_that_ended(document: Document) -> None:
    document["heads"][ENDED]["extracts"] = ["DDDE"]


def say_nothing_of_one_that_ended(document: Document) -> None:
    del document["heads"][party_key("CSHH")]


@pytest.mark.parametrize(
    ("hide", "named"),
    [
        (hide_who_ended, "missing_entry"),
        (deny_that_any_ended, "altered_heads"),
        (say_nothing_of_who_ended, "missing_evidence"),
        (name_another_that_ended, "missing_entry"),
        (say_nothing_of_one_that_ended, "missing_evidence"),
    ],
)
def test_that_a_party_ended_cannot_be_hidden(
    small: Proved, hide: Callable[[Document], object], named: str
) -> None:
    small.record.add(CSHH, an_act(3, party="CSHH", kind="ratification"))
    small.record.seal()

    assert fault(changed(small.document(asked()), hide)) == named


def test_whether_a_party_ended_is_told_as_the_register_was_then(small: Proved) -> None:
    """Its code is given whenever an entry of it said so, and its entries say when."""
    small.record.add(a_party("CSHH"), an_act(3, party="CSHH", kind="ratification"))
    small.record.add(CSHH)
    small.record.add(a_party("CSHH", kind="former"))
    small.record.seal()

    documents = [small.document(asked(party="CSHH", position=each)) for each in (7, 8, 9)]

    assert [fault(each) for each in documents] == [None] * 3
    assert [each["answer"]["status"] == "extinct" for each in documents] == [False, True, False]
    assert all(each["heads"][ENDED]["extracts"] == ["CSHH"] for each in documents)


GONE = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")


@pytest.fixture
def outlived(small: Proved) -> Proved:
    """A treaty of which six parties have ended, so that the days of many bear on the count."""
    for number, party in enumerate(GONE, start=3):
        small.record.add(
            a_party(party, existence=[{"from": "1918-10-28", "until": "1993-01-01"}]),
            an_act(number, party=party, kind="ratification"),
        )
    small.record.add(a_party("AAA", existence=[{"from": "1918-10-28"}]))
    small.record.seal()
    return small


def test_the_days_of_many_parties_are_shown_by_a_line_for_each(outlived: Proved) -> None:
    now, then = outlived.document(asked()), outlived.document(asked(position=17))

    for given in (now, then):
        assert fault(given) is None
        assert {each for each in given["heads"] if "party" in each} == {party_key("POL")}
        lines = given["heads"][EXISTENCE]["extracts"]
        assert [each for each in lines if "AAA" in each or "POL" in each] == [
            "1  POL",
            "6 1918-10-28/1993-01-01 AAA",
            "18 1918-10-28/ AAA",
        ]


def test_lines_of_later_than_the_answer_do_not_count(outlived: Proved) -> None:
    """Of a succession too, whose day may be that on which the heir began to exist."""
    outlived.record.add(
        *(a_party(each, existence=[{"from": "1993-01-01"}]) for each in ("BBB", "GGG")),
        an_act(9, party="GGG", kind="succession", predecessor="CCC"),
    )
    outlived.record.seal()

    for position in (17, 18, 20, 21):
        assert fault(outlived.document(asked(party="GGG", position=position))) is None


def move_a_day(document: Document) -> None:
    lines = document["heads"][EXISTENCE]["extracts"]
    lines[2] = lines[2].replace("1993-01-01", "1992-01-01")


def leave_out_a_line(document: Document) -> None:
    document["heads"][EXISTENCE]["extracts"].pop()


def say_nothing_of_the_days(document: Document) -> None:
    del document["heads"][EXISTENCE]


def deny_that_any_is_told(document: Document) -> None:
    document["heads"][EXISTENCE] = {"path": []}


@pytest.mark.parametrize(
    ("hide", "named"),
    [
        (move_a_day, "missing_entry"),
        (leave_out_a_line, "missing_entry"),
        (say_nothing_of_the_days, "missing_evidence"),
        (deny_that_any_is_told, "altered_heads"),
    ],
)
def test_no_day_of_a_party_can_be_moved_or_hidden(
    outlived: Proved, hide: Callable[[Document], object], named: str
) -> None:
    assert fault(changed(outlived.document(asked()), hide)) == named


def test_few_parties_are_shown_with_their_entries(small: Proved) -> None:
    small.record.add(CSHH, an_act(3, party="CSHH", kind="ratification"))
    small.record.add(a_party("CZE"), an_act(4, party="CZE", kind="succession", predecessor="CSHH"))
    small.record.seal()

    given = small.document(asked(party="CZE"))

    assert fault(given) is None
    assert EXISTENCE not in given["heads"]
    assert {party_key("CSHH"), party_key("CZE")} < set(given["heads"])


def test_a_second_signature_outlives_the_first(small: Proved) -> None:
    second = signer(ORIGIN, ML_DSA_44, b"2" * 32)
    small.record.seal(signers=[LOG_KEY, second])
    given = small.document(asked())

    assert fault(given, Trust(keys=[second.key])) is None
    assert fault(given, Trust(keys=[LOG_KEY.key, second.key])) is None


# --- what is refuted ---


def entry(document: Document, number: int) -> Document:
    """The entry of this number in the dossier of the treaty."""
    found: Document = next(
        each
        for each in document["entries"]
        if (each["stream"], each["stream_version"]) == ("treaty:open-skies", number)
    )
    return found


def flip_a_bit(document: Document) -> None:
    fact = entry(document, 40)["content"]["fact"]
    fact["party"] = chr(ord(fact["party"][0]) ^ 1) + fact["party"][1:]


def remove_an_act(document: Document) -> None:
    document["entries"].remove(entry(document, 40))


def swap_a_pair(document: Document) -> None:
    one, other = (document["entries"].index(entry(document, number)) for number in (40, 41))
    entries = document["entries"]
    entries[one], entries[other] = entries[other], entries[one]


def swap_what_two_entries_say(document: Document) -> None:
    one, other = entry(document, 40), entry(document, 41)
    one["content"], other["content"] = other["content"], one["content"]


def tell_another_status(document: Document) -> None:
    document["answer"]["status"] = "former_party"


def ask_about_another_day(document: Document) -> None:
    document["answer"]["as_of"] = "2022-06-16"


def ask_about_another_party(document: Document) -> None:
    document["answer"]["party"] = "SRB"


def ask_about_a_stranger(document: Document) -> None:
    document["answer"]["party"] = "BRA"


def claim_another_instant(document: Document) -> None:
    document["answer"]["as_recorded"]["at"] = "2020-01-01T00:00:00Z"


def add_what_does_not_follow(document: Document) -> None:
    document["answer"]["verified"] = True


def leave_out_of_the_answer(document: Document) -> None:
    del document["answer"]["coming"]


def count_fewer(document: Document) -> None:
    document["heads"]["treaty:open-skies"]["count"] -= 1


def take_another_head(document: Document) -> None:
    document["heads"]["treaty:open-skies"] = document["heads"][CONTINUITY]


def claim_an_empty_dossier(document: Document) -> None:
    document["heads"]["treaty:open-skies"] = {"path": []}


def say_nothing_of_the_dossier(document: Document) -> None:
    del document["heads"]["treaty:open-skies"]


def say_nothing_of_the_party(document: Document) -> None:
    del document["heads"][party_key("RUS")]


def say_nothing_of_another(document: Document) -> None:
    del document["heads"][party_key("SRB")]


def leave_out_the_party(document: Document) -> None:
    document["entries"] = [
        each
        for each in document["entries"]
        if each["stream"] != "register" or each["content"]["fact"]["party"] != "RUS"
    ]


def leave_out_the_last_entry_of_the_log(document: Document) -> None:
    document["entries"].pop()


def raise_the_size(document: Document) -> None:
    document["checkpoint"] = document["checkpoint"].replace("\n1451\n", "\n1452\n")


def drop_the_heads_line(document: Document) -> None:
    note = note_from(document["checkpoint"])
    text = "".join(f"{line}\n" for line in note.text.splitlines() if "heads" not in line)
    document["checkpoint"] = str(signed_note(text, [LOG_KEY]))


ATTACKS: list[tuple[Callable[[Document], object], str]] = [
    (flip_a_bit, "altered_entry"),
    (remove_an_act, "missing_entry"),
    (swap_a_pair, "entries_out_of_order"),
    (swap_what_two_entries_say, "altered_entry"),
    (tell_another_status, "another_answer"),
    (ask_about_another_day, "another_answer"),
    (ask_about_another_party, "another_answer"),
    (ask_about_a_stranger, "missing_evidence"),
    (claim_another_instant, "another_answer"),
    (add_what_does_not_follow, "another_answer"),
    (leave_out_of_the_answer, "another_answer"),
    (count_fewer, "altered_heads"),
    (take_another_head, "altered_heads"),
    (claim_an_empty_dossier, "altered_heads"),
    (say_nothing_of_the_dossier, "missing_evidence"),
    (say_nothing_of_the_party, "missing_evidence"),
    (say_nothing_of_another, "missing_evidence"),
    (leave_out_the_party, "missing_entry"),
    (leave_out_the_last_entry_of_the_log, "missing_evidence"),
    (raise_the_size, "forged_checkpoint"),
    (drop_the_heads_line, "altered_heads"),
]


@pytest.mark.parametrize(("attack", "named"), ATTACKS, ids=[each.__name__ for each, _ in ATTACKS])
def test_each_attack_is_caught_and_named(
    document: Document, attack: Callable[[Document], object], named: str
) -> None:
    assert fault(changed(document, attack)) == named


def test_every_fault_has_its_meaning() -> None:
    assert {named for _, named in ATTACKS} <= set(FAULTS)


def test_no_entry_can_be_left_out(document: Document) -> None:
    for place in range(len(document["entries"])):
        entries = document["entries"][:place] + document["entries"][place + 1 :]

        assert fault({**document, "entries": entries}) in {"missing_entry", "missing_evidence"}


def test_no_member_of_an_entry_can_be_changed(document: Document) -> None:
    for place, given in list(enumerate(document["entries"]))[::10]:
        for name, value in given.items():
            another = f"{value}?" if isinstance(value, str) else None
            spoilt = {**given, name: written_hash(bytes(32)) if name == "previous" else another}
            entries = [*document["entries"][:place], spoilt, *document["entries"][place + 1 :]]

            assert fault({**document, "entries": entries}) is not None, (place, name)


def hashes_in(part: Any) -> Iterator[tuple[Any, Any]]:
    """Where the hashes of a part of the evidence stand: each holder with its key."""
    for key, each in part.items() if isinstance(part, dict) else enumerate(part):
        if isinstance(each, str) and len(each) == len(written_hash(bytes(32))):
            yield part, key
        elif isinstance(each, dict | list):
            yield from hashes_in(each)


def test_no_hash_can_be_changed(small: Proved) -> None:
    """In a small record that has every shape: heirs, a stranger, and entries of later than the answer."""
    small.record.add(
        a_party("RUS", continues="SUHH"), an_act(3, party="SUHH"), an_act(4, party="XYZ")
    )
    small.record.add(*(an_act(number, party="FRA") for number in range(5, 12)), CSHH)
    small.record.add(a_party("RUS", continues="SUHH", kind="organisation"))
    small.record.seal()
    given = small.document(asked(party="XYZ", towards="RUS", position=8))
    shapes = {name for each in given["heads"].values() for name in each}
    assert fault(given) is None
    assert shapes == {"count", "root", "path", "other", "consistency", "next", "extracts"}

    for part in ("inclusions", "heads"):
        for holder, key in hashes_in(given[part]):
            honest = holder[key]
            holder[key] = written_hash(bytes(range(32)))

            assert fault(given) is not None, (part, key)
            holder[key] = honest


def test_a_dossier_cut_short_is_not_passed_off_as_whole(small: Proved) -> None:
    """Even with honest proofs of everything that is shown, from an answer of the day before."""
    small.record.seal()
    before = small.document(asked(position=4))
    small.record.add(an_act(3, party="POL", kind="ratification", received=date(1969, 1, 1)))
    small.record.seal()
    after = small.document(asked())
    assert verdict(after).answer["status"] != verdict(before).answer["status"]

    def cut(document: Document) -> None:
        document["entries"] = [each for each in document["entries"] if each["position"] != 6]
        for position, path in small.record.tree.inclusions([5], 6).items():
            document["inclusions"][str(position)] = [written_hash(each) for each in path]

    short = changed(after, cut)
    short["answer"] = {**before["answer"], "as_recorded": after["answer"]["as_recorded"]}

    assert fault(short) == "missing_entry"


def test_a_later_entry_does_not_stand_for_the_next_one(small: Proved) -> None:
    small.record.add(*(an_act(number, party="FRA") for number in range(3, 9)))
    small.record.seal()
    given = small.document(asked(position=4))

    def skip(document: Document) -> None:
        document["entries"] = [each for each in document["entries"] if each["position"] != 5]
        later = small.record.tree.leaves(6, 6)[0]
        document["entries"].append(later.plain())
        for position, path in small.record.tree.inclusions([4, 6], 11).items():
            document["inclusions"][str(position)] = [written_hash(each) for each in path]

    assert fault(changed(given, skip)) == "missing_entry"


def test_a_position_is_not_moved_back_behind_an_act(small: Proved) -> None:
    """The answer of position 4 with the evidence of position 5 would hide entry 5."""
    small.record.seal()
    five = small.document(asked(position=5))
    four = small.document(asked(position=4))
    moved = {**five, "answer": four["answer"]}

    assert fault(moved) == "missing_entry"


# --- whom to trust ---


def rewritten(known: Proved, tmp_path: Path, change: Callable[[Act], Act]) -> Proved:
    """Another record, by the same key, in which one act is another."""
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migrate(url)
    with proved(url) as other:
        entries = known.record.archive.since(0, limit=10_000)
        for each in entries:
            fact = each.content
            other.record.add(change(fact) if isinstance(fact, Act) else fact)
        other.record.seal()
        return other


@pytest.fixture
def histories(small: Proved, tmp_path: Path) -> tuple[Proved, Proved]:
    """One history, and the same with another act, signed afresh by the same key."""
    small.record.seal()

    def change(act: Act) -> Act:
        return replace(act, kind="ratification") if act.party == "FRA" else act

    return small, rewritten(small, tmp_path, change)


def note_of(known: Proved) -> Note:
    kept = known.record.tree.checkpoint()
    assert kept is not None
    return note_from(kept.note)


def test_a_rewritten_history_convinces_whoever_has_seen_nothing(
    histories: tuple[Proved, Proved],
) -> None:
    """That is why there are witnesses, and why one keeps the checkpoints that one has seen."""
    assert fault(histories[1].document(asked())) is None


def test_a_forked_view_is_caught(histories: tuple[Proved, Proved]) -> None:
    honest, forked = histories

    assert fault(forked.document(asked()), replace(TRUST, seen=note_of(honest))) == "forked_log"


def test_a_rewritten_history_with_a_fresh_signature_is_caught(
    histories: tuple[Proved, Proved],
) -> None:
    honest, rewritten = histories
    rewritten.record.add(an_act(9))
    rewritten.record.seal()

    given = rewritten.document(asked(), since=5)

    assert fault(given, replace(TRUST, seen=note_of(honest))) == "rewritten_history"
    assert fault(given, replace(TRUST, seen=note_of(rewritten))) is None


def test_a_replayed_old_checkpoint_is_caught(small: Proved) -> None:
    small.record.seal()
    old = small.document(asked())
    small.record.add(an_act(9))
    small.record.seal()

    assert fault(old) is None
    assert fault(old, replace(TRUST, seen=note_of(small))) == "replayed_checkpoint"


def test_a_log_that_goes_on_is_proved_to_go_on(small: Proved) -> None:
    small.record.seal()
    before = note_of(small)
    small.record.add(*(an_act(number) for number in range(9, 30)))
    small.record.seal()
    seen = replace(TRUST, seen=before)

    assert fault(small.document(asked(), since=5), seen) is None
    assert fault(small.document(asked()), seen) == "unconnected_checkpoint"
    assert fault(small.document(asked(), since=4), seen) == "unconnected_checkpoint"
    assert fault(small.document(asked(), since=26), replace(TRUST, seen=note_of(small))) is None


def test_a_checkpoint_seen_before_must_be_signed_too(small: Proved) -> None:
    small.record.seal()
    forged = replace(note_of(small), signatures=())

    assert fault(small.document(asked()), replace(TRUST, seen=forged)) == "forged_checkpoint"
    not_one = signed_note("text\n", [LOG_KEY])
    assert fault(small.document(asked()), replace(TRUST, seen=not_one)) == "unreadable"


@pytest.mark.parametrize(
    "key",
    [
        signer(ORIGIN, ED25519, b"9" * 32),
        signer("example.org/other", ED25519, b"1" * 32),
        signer(ORIGIN, ML_DSA_44, b"1" * 32),
    ],
    ids=["another key", "another name", "another type"],
)
def test_only_a_key_of_the_log_can_sign(document: Document, key: Signer) -> None:
    assert fault(document, Trust(keys=[key.key])) == "forged_checkpoint"
    text = note_from(document["checkpoint"]).text
    signed = changed(document, lambda each: each.update(checkpoint=str(signed_note(text, [key]))))
    assert fault(signed) == "forged_checkpoint"


def cosigned(document: Document, *witnesses: Signer, at: int = NOON) -> Document:
    text = note_from(document["checkpoint"]).text
    lines = "".join(str(each.signed(text, at)) for each in witnesses)
    return changed(document, lambda each: each.update(checkpoint=each["checkpoint"] + lines))


def test_witnesses_are_counted(document: Document) -> None:
    keys = [each.key for each in WITNESSES]
    trust = replace(TRUST, witnesses=keys, quorum=2)

    assert fault(document, trust) == "too_few_witnesses"
    assert fault(cosigned(document, WITNESSES[0]), trust) == "too_few_witnesses"
    assert fault(cosigned(document, WITNESSES[0], WITNESSES[0]), trust) == "too_few_witnesses"
    found = verdict(cosigned(document, *WITNESSES[:2]), trust)
    assert found.sentence().endswith(
        "as signed at 1451 entries, seen by example.org/witness-0 on 2027-01-15"
        " and example.org/witness-1 on 2027-01-15."
    )


def test_a_line_that_is_not_by_the_witness_is_caught(document: Document) -> None:
    trust = replace(TRUST, witnesses=[WITNESSES[0].key])
    text = note_from(document["checkpoint"]).text
    line = str(WITNESSES[0].signed(text.replace("1451", "1450"), NOON))
    forged = changed(document, lambda each: each.update(checkpoint=each["checkpoint"] + line))

    assert fault(forged, trust) == "too_few_witnesses"


def test_cosignatures_of_long_ago_do_not_count_where_that_is_asked(document: Document) -> None:
    """So a stale checkpoint is caught even by somebody who has seen none."""
    trust = replace(TRUST, witnesses=[WITNESSES[0].key], quorum=1, cosigned_since=NOON)

    assert fault(cosigned(document, WITNESSES[0], at=NOON), trust) is None
    assert fault(cosigned(document, WITNESSES[0], at=NOON - 1), trust) == "too_few_witnesses"


# --- what is no evidence ---


NO_EVIDENCE: dict[str, Callable[[Document], object]] = {
    "another form": lambda each: each.update(format="timeline-proof/2"),
    "no answer": lambda each: each.pop("answer"),
    "a list for an answer": lambda each: each.update(answer=[]),
    "no note": lambda each: each.update(checkpoint="nothing"),
    "a number for a note": lambda each: each.update(checkpoint=3),
    "no entry": lambda each: each["entries"].append({}),
    "too many entries": lambda each: each.update(entries=[{}] * 100_001),
    "a position in words": lambda each: each.update(inclusions={"one": []}),
    "a short hash": lambda each: each.update(inclusions={"1": ["short"]}),
    "no head": lambda each: each["heads"].update(more={}),
    "half a key": lambda each: each["heads"].update(more={"path": [], "other": ["a"]}),
    "no extracts": lambda each: each["heads"][ENDED].update(extracts=3),
    "no position": lambda each: each["answer"]["as_recorded"].update(position=0),
    "no day": lambda each: each["answer"].pop("as_of"),
    "no path": lambda each: each.update(consistency={"from": 1}),
    "never": lambda each: each["answer"].update(as_of="never"),
    "a number for a relation": lambda each: each["answer"].update(relation=3),
}


@pytest.mark.parametrize("what", NO_EVIDENCE)
def test_what_is_no_evidence_is_refuted_and_nothing_breaks(document: Document, what: str) -> None:
    assert fault(changed(document, NO_EVIDENCE[what])) == "unreadable"


@pytest.mark.parametrize("nonsense", [None, [], "text", 3, {}])
def test_what_is_no_document_is_refuted(nonsense: object) -> None:
    with pytest.raises(Refuted, match="the evidence cannot be read"):
        check(nonsense, TRUST)


def test_signed_nonsense_is_nonsense(small: Proved) -> None:
    """A log may hold what its law cannot read; then nothing follows from it."""
    small.record.add(a_definition("broken", {"withdrawal": {"notice": "soon"}}))
    small.record.add(an_act(1, "broken"))
    small.record.seal()
    given = small.document(asked())
    heads = small.record.tree.heads()
    head = heads.head("treaty:broken")
    assert head is not None

    def ask_for_it(document: Document) -> None:
        document["answer"]["treaty"] = "broken"
        document["heads"]["treaty:broken"] = {
            "count": head.count,
            "root": written_hash(head.root),
            "path": [written_hash(each) for each in heads.map.proof("treaty:broken").path],
        }
        for leaf in small.record.tree.stream("treaty:broken"):
            if all(each["position"] != leaf.position for each in document["entries"]):
                document["entries"].append(leaf.plain())
        document["entries"].sort(key=lambda each: each["position"])
        path = small.record.tree.inclusion(7, 7)
        document["inclusions"]["7"] = [written_hash(each) for each in path]

    assert fault(changed(given, ask_for_it)) == "unreadable"


# --- what cannot be proved ---


def test_without_a_checkpoint_nothing_is_proved(small: Proved) -> None:
    with pytest.raises(Unsealed, match="no checkpoint of the log has been signed yet"):
        small.prover.prove(asked())


def test_what_no_checkpoint_covers_is_not_proved_yet(small: Proved) -> None:
    small.record.seal()
    small.record.add(an_act(9))

    with pytest.raises(Unsealed, match="entry 6 is not sealed yet; 5 entries are"):
        small.prover.prove(asked(position=6))
    assert small.document(asked())["answer"]["as_recorded"]["position"] == 5


def test_what_is_sealed_without_a_signature_is_not_proved(small: Proved) -> None:
    small.record.seal()
    small.record.add(an_act(9))
    small.record.seal(signers=[])

    with pytest.raises(Unsealed, match="no checkpoint of that is signed"):
        small.prover.prove(asked())


def test_a_prover_follows_the_log(small: Proved) -> None:
    small.record.seal()
    small.document(asked())
    small.record.add(an_act(9, party="POL", kind="ratification", received=date(1969, 1, 1)))
    small.record.seal()

    assert verdict(small.document(asked())).checkpoint.size == 6


def test_heads_that_are_not_those_that_were_signed_are_not_proved(small: Proved) -> None:
    small.record.seal()
    with small.record.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE log_head SET count = 1 WHERE key = 'treaty:npt'")

    with pytest.raises(Damaged, match="the heads are not those that were signed at size 5"):
        small.prover.prove(asked())


@pytest.mark.parametrize(
    ("question", "since"),
    [({"treaty": "ctbt"}, None), ({}, 6), ({}, -1), ({"treaty": "npt", "position": 2}, None)],
)
def test_what_is_not_there_is_not_found(
    small: Proved, question: dict[str, Any], since: int | None
) -> None:
    small.record.seal()

    with pytest.raises(NotFound):
        small.prover.prove(asked(**question), since=since)


# --- the register as far as it is proved ---


def test_whatever_can_be_asked_of_a_register_is_proved_or_refused() -> None:
    """A new question to the register has to be answered here too."""
    public = {name for name in vars(Register) if not name.startswith("_") or name == "__contains__"}

    assert public == {
        "__contains__",
        "codes",
        "continued_by",
        "continuing",
        "existed_from",
        "extinct_from",
        "find",
        "get",
        "kind",
        "name",
        "near",
        "persons",
    }


def test_what_is_not_proved_of_the_register_is_not_told() -> None:
    entries = [a_party("RUS", continues="SUHH"), a_party("SUHH")]
    register = ProvedRegister(entries, ["RUS", "SUHH", "XYZ"], ended=["SUHH", "YUCS"])

    assert register.persons("RUS") == ("RUS", "SUHH")
    assert register.persons("POL") == ("POL",)
    assert register.continued_by("SUHH") == "RUS"
    assert register.continuing("SUHH") == ["RUS"]
    assert register.name("XYZ", date(2000, 1, 1)) == "XYZ"
    assert "RUS" in register
    assert "XYZ" not in register
    assert register.extinct_from("SUHH") is None
    assert register.extinct_from("POL") is None
    questions: list[Callable[[], object]] = [
        lambda: register.get("POL"),
        lambda: register.kind("POL"),
        lambda: register.name("POL", date(2000, 1, 1)),
        lambda: "POL" in register,
        lambda: register.extinct_from("YUCS"),
        lambda: register.existed_from("POL", date(2000, 1, 1)),
        lambda: register.find("Poland"),
        lambda: register.near("Poland"),
        register.codes,
        lambda: len(register),
    ]
    for question in questions:
        with pytest.raises(Unproved):
            question()


def test_a_chain_of_legal_persons_that_bites_its_tail_ends() -> None:
    entries = [a_party("A1X", continues="B1X"), a_party("B1X", continues="A1X")]

    assert ProvedRegister(entries, ["A1X", "B1X"], ()).persons("A1X") == ("A1X", "B1X")


def test_what_is_asked_of_a_register_is_remembered() -> None:
    register = AskedRegister(Register([a_party("RUS", continues="SUHH")]))

    assert register.persons("RUS") == ("RUS", "SUHH")
    assert register.continued_by("SUHH") == "RUS"
    assert register.extinct_from("SUHH") is None
    assert register.asked == set()
    assert register.dated == set()
    ended = AskedRegister(Register([CSHH]), ["CSHH"])
    assert ended.extinct_from("CSHH") == date(1993, 1, 1)
    assert ended.existed_from("CSHH", date(1950, 1, 1)) == date(1918, 10, 28)
    assert (ended.asked, ended.dated) == (set(), {"CSHH"})
    assert "RUS" in register
    assert register.name("POL", date(2000, 1, 1)) == "POL"
    assert register.asked == {"RUS", "POL"}


def test_a_leaf_in_the_evidence_is_the_leaf_of_the_log(
    catalogued: Proved, document: Document
) -> None:
    for each in document["entries"]:
        leaf = leaf_from(each)

        assert leaf.hash == catalogued.record.tree.leaf(leaf.position)
