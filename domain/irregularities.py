"""The rules that an act may break, each with its name and legal source; States do break them."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from domain.acts import Act
from domain.clauses import Clauses
from domain.dates import day_after, day_before, earliest, in_words, latest
from domain.errors import Breach
from domain.kinds import ACCEDING, KINDS, Effect
from domain.status import PartyFold
from domain.treaty import TreatyFold


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of treaty law that an act can break; the name is stable."""

    name: str
    source: str
    meaning: str


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule(
                name="not_a_party",
                source="VCLT 54, 65",
                meaning="only a party can give notice, suspend or be suspended",
            ),
            Rule(
                name="ratification_without_signature",
                source="VCLT 2(1)(b), 14, 15",
                meaning="a State that has not signed accedes, unless the treaty lets it ratify",
            ),
            Rule(
                name="formal_confirmation_by_state",
                source="VCLT-IO 2(1)(b bis), 14",
                meaning="an organisation confirms formally; a State ratifies, accepts or approves",
            ),
            Rule(
                name="signature_after_closing",
                source="VCLT 10, 15; final clauses",
                meaning="a treaty closed for signature is joined by accession",
            ),
            Rule(
                name="signature_before_opening",
                source="VCLT 10; final clauses",
                meaning="nobody signs before the treaty is open for signature",
            ),
            Rule(
                name="accession_not_open",
                source="VCLT 15",
                meaning="accession is possible only where and when the treaty provides for it",
            ),
            Rule(
                name="effect_before_receipt",
                source="VCLT 16, 24, 28, 78",
                meaning="an act has no effect before it is received, unless it is a succession or a ruling",
            ),
            Rule(
                name="effect_before_treaty",
                source="VCLT 24",
                meaning="the treaty binds no party before it is in force itself",
            ),
            Rule(
                name="before_adoption",
                source="VCLT 9, 10",
                meaning="nothing is done under a text that is not adopted yet",
            ),
            Rule(
                name="after_termination",
                source="VCLT 70",
                meaning="nobody joins or leaves a treaty that has ended",
            ),
            Rule(
                name="notified_before_receipt",
                source="VCLT 77(1)(e), 78",
                meaning="a depositary circulates what it has received",
            ),
            Rule(
                name="received_before_dated",
                source="VCLT 16, 78",
                meaning="an instrument is not received before it is made",
            ),
            Rule(
                name="premature_notice",
                source="VCLT 54(a); final clauses",
                meaning="the clause admits no notice before its day",
            ),
            Rule(
                name="withdrawal_excluded",
                source="VCLT 56(1)",
                meaning="the treaty has no clause on withdrawal, and none is implied",
            ),
            Rule(
                name="notice_already_running",
                source="VCLT 54, 65",
                meaning="a State that is leaving gives no second notice",
            ),
            Rule(
                name="nothing_to_revoke",
                source="VCLT 68",
                meaning="a notice is revoked before it takes effect",
            ),
            Rule(
                name="nothing_to_withdraw",
                source="VCLT 18(b)",
                meaning="an instrument is taken back only while it is on deposit",
            ),
            Rule(
                name="already_in_force",
                source="VCLT 54",
                meaning="a State for which the treaty is in force leaves by notice, not by withdrawing its instrument",
            ),
            Rule(
                name="consent_already_given",
                source="VCLT 16",
                meaning="a consent that stands is not given again, but to another depositary",
            ),
            Rule(
                name="reservation_prohibited",
                source="VCLT 19(a)",
                meaning="the treaty admits no reservations",
            ),
            Rule(
                name="nothing_to_end",
                source="VCLT 25(2), 72",
                meaning="only what has begun can be ended",
            ),
        )
    }
)
"""Every rule, by name."""

RETROACTIVE = frozenset(
    {
        Effect.SUCCESSION,
        Effect.SUCCESSION_TO_SIGNATURE,
        Effect.SIGNATURE_CONFIRMED,
        Effect.RECORD_CORRECTED,
        Effect.RULING,
        Effect.INDEPENDENCE,
        Effect.EXTINCTION,
        Effect.NONE,
    }
)
"""Effects that may reach back before their act; the last, because it reaches nothing."""

CONSENTING = frozenset({"ratification", "acceptance", "approval", "formal_confirmation"})
"""Kinds by which a signatory consents (VCLT 14; VCLT-IO 14)."""


def breaches(
    fold: TreatyFold, act: Act, pointer: str = "", *, beside: Collection[str] = ()
) -> tuple[Breach, ...]:
    """The rules that the act breaks, seen with everything else that is on file, the act itself among it.

    `beside` are the ids of the acts that are recorded together with it.
    """
    found = [*_of_dates(act)]
    if act.party is not None and act.legal_effect is not False:
        party = fold.fold(act.party)
        found.extend(_of_outcome(party, act))
        found.extend(_of_displacing(party, act, beside))
        found.extend(_of_joining(fold, party, act))
    named = dict(found)
    return tuple(
        Breach(
            pointer=pointer,
            rule=name,
            source=RULES[name].source,
            detail=detail or RULES[name].meaning,
        )
        for name, detail in named.items()
    )


def _of_dates(act: Act) -> Iterator[tuple[str, str]]:
    effect = KINDS[act.kind].effect
    if (
        act.received is not None
        and act.notified is not None
        and latest(act.notified) < earliest(act.received)
    ):
        yield "notified_before_receipt", "it is notified before it is received"
    if (
        act.dated is not None
        and act.received is not None
        and latest(act.received) < earliest(act.dated)
    ):
        yield "received_before_dated", "it is received before the day on the paper"
    if effect in RETROACTIVE or act.effective is None:
        return
    decisive = act.decisive()
    if decisive is not None and latest(act.effective) < earliest(decisive):
        yield (
            "effect_before_receipt",
            f"effect on {latest(act.effective)}, received on {earliest(decisive)}",
        )


def _of_outcome(party: PartyFold, act: Act) -> Iterator[tuple[str, str]]:
    """What the fold found when the act moved nothing that its kind moves."""
    outcome = party.outcomes.get(act.id)
    if outcome is not None and outcome.breach is not None:
        yield outcome.breach, outcome.why or RULES[outcome.breach].meaning


def _of_displacing(
    party: PartyFold, act: Act, beside: Collection[str]
) -> Iterator[tuple[str, str]]:
    """An act on file that would count no more, because this one, recorded after it, was done before it."""
    for outcome in party.outcomes.values():
        other, rule = outcome.act, outcome.breach
        if outcome.behind != act.id or rule is None or other.id in (act.id, *beside):
            continue
        if rule not in other.despite:
            title = KINDS[other.kind].title.lower()
            yield (
                rule,
                f"the {title} of {in_words(other.on())} is on file, and would count no more",
            )


def _of_joining(fold: TreatyFold, party: PartyFold, act: Act) -> Iterator[tuple[str, str]]:
    effect, day = KINDS[act.kind].effect, act.on()
    clauses = fold.dossier.clauses(day)
    if effect in (Effect.SIGNATURE, Effect.CONSENT, Effect.NOTICE):
        yield from _of_the_treatys_life(fold, act)
    if effect is Effect.SIGNATURE or act.kind == "signature_definitive":
        yield from _of_signature(fold, clauses, act)
    if effect is Effect.CONSENT:
        yield from _of_consent(fold, party, clauses, act)
    if (
        act.kind in ("reservation", "reservation_late")
        and clauses.reservations
        and not clauses.reservations.allowed
    ):
        yield "reservation_prohibited", f"{clauses.reservations.article} admits no reservations"


def _last(act: Act) -> date:
    """The last day on which it can have been done: what may have been in time breaks no rule."""
    decisive = act.decisive()
    return act.on() if decisive is None else latest(decisive)


def _of_the_treatys_life(fold: TreatyFold, act: Act) -> Iterator[tuple[str, str]]:
    if fold.adopted is not None and _last(act) < fold.adopted:
        yield "before_adoption", f"the text was adopted on {in_words(fold.adopted)}"
    ended = fold.end
    if ended is not None and ended.on <= act.on():
        yield "after_termination", f"the treaty ended on {in_words(ended.on)}"


def _of_signature(fold: TreatyFold, clauses: Clauses, act: Act) -> Iterator[tuple[str, str]]:
    clause, day = clauses.signature, act.on()
    closed = fold.closed_from
    if closed is None and clause is not None and clause.closes is not None and clause.closes < day:
        closed = day
    if closed is not None and closed <= day:
        yield (
            "signature_after_closing",
            f"closed for signature since {in_words(day_before(closed))}",
        )
    opens = clause.opens if clause is not None else None
    if opens is not None and _last(act) < opens:
        yield "signature_before_opening", f"open for signature from {in_words(opens)}"
    entered = fold.entry().on
    if (
        clause is not None
        and clause.closes_at_entry_into_force
        and entered is not None
        and entered <= day
        and not (entered == day and act.kind == "signature_definitive")  # it may have been the last
    ):
        yield (
            "signature_after_closing",
            f"closed for signature at entry into force, {in_words(entered)}",
        )


def _of_consent(
    fold: TreatyFold, party: PartyFold, clauses: Clauses, act: Act
) -> Iterator[tuple[str, str]]:
    day = act.on()
    if act.kind == "ratification" or (act.kind in CONSENTING and clauses.signature is not None):
        free = clauses.signature is not None and not clauses.signature.needed_to_ratify
        if not free and not _signed(party, day):
            yield (
                "ratification_without_signature",
                "no signature of the State, or of its predecessor, is on record",
            )
    if act.kind == "formal_confirmation" and fold.register.kind(party.party) == "state":
        yield "formal_confirmation_by_state", "a State ratifies, accepts or approves"
    if act.kind in ACCEDING:
        yield from _of_accession(fold, clauses, act)
    entered = fold.entry().on
    own = clauses.party_entry_into_force
    early = act.effective is not None and entered is not None and latest(act.effective) < entered
    allowed = (own is not None and own.before_treaty) or act.kind == "state_admission"
    if early and not allowed and entered is not None:
        yield "effect_before_treaty", f"the treaty entered into force on {in_words(entered)}"


def _of_accession(fold: TreatyFold, clauses: Clauses, act: Act) -> Iterator[tuple[str, str]]:
    clause, entered = clauses.accession, fold.entry().on
    if clause is None:
        return
    if clause.open == "never":
        yield "accession_not_open", f"{clause.article} provides for no accession"
    elif clause.open == "after_entry_into_force" and (entered is None or _last(act) < entered):
        yield "accession_not_open", f"{clause.article} opens accession at entry into force"
    elif clause.open == "after_closing" and _last(act) < _closed(fold, clauses, entered):
        yield "accession_not_open", f"{clause.article} opens accession when signature closes"


def _closed(fold: TreatyFold, clauses: Clauses, entered: date | None) -> date:
    """The first day on which nobody can sign any more; the beginning of time where that is not known."""
    clause = clauses.signature
    if fold.closed_from is not None:
        return fold.closed_from
    if clause is not None and clause.closes is not None:
        return day_after(clause.closes)
    if clause is not None and clause.closes_at_entry_into_force:
        return entered or date.max
    return date.min


def _signed(party: PartyFold, day: date) -> bool:
    """Whether the State signed, succeeded to a position, or was a party before."""
    succeeded = any(
        KINDS[each.kind].effect is Effect.SUCCESSION and each.on() <= day for each in party.acts
    )
    signed = any(each.start <= day for each in party.signatures)
    return (
        signed
        or succeeded
        or any(each.end is not None and each.end <= day for each in party.memberships())
    )
