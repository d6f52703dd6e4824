"""Every transition of the status machine, one case or more for each, by its number in the law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from domain.acts import Act
from tests.domain.dossiers import History, did, flags, folded, history, registered

IN_FORCE = {"article": "Art. 8", "stated": {"on": "1990-01-01"}}
PLAIN: dict[str, Any] = {
    "entry_into_force": IN_FORCE,
    "party_entry_into_force": {
        "article": "Art. 8",
        "delays": [{"delay": {"n": 30, "unit": "days"}}],
    },
    "withdrawal": {"article": "Art. 9", "notice": {"n": 6, "unit": "months"}},
}
AT_ONCE = {**PLAIN, "party_entry_into_force": {"article": "Art. 8"}}
SILENT = {"entry_into_force": IN_FORCE, "withdrawal": {"article": "-", "basis": "general_law"}}
NOT_YET = {
    "entry_into_force": {
        "article": "Art. 8",
        "all_of": [{"rule": "instruments", "count": 2}],
        "delay": {"n": 30, "unit": "days"},
    }
}
PROVISIONAL = {
    **NOT_YET,
    "provisional_application": {"article": "Art. 7", "notice": {"n": 60, "unit": "days"}},
    "withdrawal": PLAIN["withdrawal"],
}
BILATERAL = {
    "bilateral": ["AAA", "BBB"],
    "entry_into_force": {"article": "Art. 8", "all_of": [{"rule": "exchange"}]},
    "withdrawal": PLAIN["withdrawal"],
}
ORGAN = {**AT_ONCE, "reservations": {"article": "Art. 5", "accepted_by": "the Commission"}}
THRESHOLD = {
    **PLAIN,
    "reservations": {
        "article": "Art. 5",
        "barred_by_share": [1, 3],
        "objections_within": {"n": 12, "unit": "months"},
    },
}
BARRED = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "conflict_bar": True}}
EARLIEST = {
    **PLAIN,
    "withdrawal": {**PLAIN["withdrawal"], "earliest": {"period": {"n": 3, "unit": "years"}}},
}
EXCLUDED = {"entry_into_force": IN_FORCE, "withdrawal": {"article": "-", "basis": "excluded"}}
TERM = {
    "entry_into_force": IN_FORCE,
    "duration": {"article": "Art. 10", "term": {"n": 15, "unit": "years"}},
}
TACIT = {
    "entry_into_force": {"article": "Art. 59", "stated": {"on": "2005-09-19"}},
    "opt_out": {
        "article": "Art. 59",
        "reject_within": {"n": 10, "unit": "months"},
        "effective_after": {"n": 12, "unit": "months"},
        "addressees": ["AAA", "BBB"],
    },
}

JOINED = ("AAA", "accession", "2000-01-01")
PARTY: History = [("2000-01-01", "contracting"), ("2000-01-31", "party")]
NOTICE = ("AAA", "withdrawal_notice", "2005-01-01")
OTHERS = [(each, "accession", "1999-01-01") for each in ("BBB", "CCC", "DDD")]


@dataclass(frozen=True, kw_only=True)
class Case:
    """What was done, under which clauses, and every change of the status of AAA that follows."""

    number: int
    name: str
    acts: Sequence[tuple[Any, ...]]
    history: History
    clauses: Mapping[str, Any] = field(default_factory=lambda: PLAIN)
    up: Sequence[tuple[str, str]] = ()
    down: Sequence[tuple[str, str]] = ()
    as_seen: str | None = None

    def made(self) -> list[Act]:
        return [did(*each[:3], **(each[3] if len(each) > 3 else {})) for each in self.acts]


REGISTER = registered(
    {"party": "OLD", "names": [], "existence": [{"from": "1900-01-01", "until": "2003-01-01"}]},
    {"party": "NEW", "names": [], "existence": [{"from": "2003-01-01"}]},
    {"party": "BBB", "names": [], "continues": "ZZZ"},
)

CASES = (
    Case(
        number=1,
        name="a simple signature",
        acts=[("AAA", "signature", "1985-01-01")],
        history=[("1985-01-01", "signatory")],
    ),
    Case(
        number=2,
        name="a signature ad referendum is unconfirmed",
        acts=[("AAA", "signature_ad_referendum", "1985-01-01")],
        history=[("1985-01-01", "signatory")],
        up=[("1985-01-01", "unconfirmed_signature"), ("1990-01-01", "unconfirmed_signature")],
    ),
    Case(
        number=3,
        name="its confirmation dates back to the signing",
        acts=[
            ("AAA", "signature_ad_referendum", "1985-01-01"),
            ("AAA", "confirmation_of_signature", "1986-01-01"),
        ],
        history=[("1985-01-01", "signatory")],
        down=[("1985-01-01", "unconfirmed_signature"), ("1987-01-01", "unconfirmed_signature")],
    ),
    Case(
        number=3,
        name="before the confirmation is known the signature is unconfirmed",
        acts=[
            ("AAA", "signature_ad_referendum", "1985-01-01"),
            ("AAA", "confirmation_of_signature", "1986-01-01"),
        ],
        history=[("1985-01-01", "signatory")],
        up=[("1985-06-01", "unconfirmed_signature")],
        as_seen="1985-06-01",
    ),
    Case(
        number=4,
        name="a definitive signature binds after the delay",
        acts=[("AAA", "signature_definitive", "2000-01-01")],
        history=PARTY,
    ),
    Case(
        number=4,
        name="a definitive signature binds at once where there is no delay",
        clauses=AT_ONCE,
        acts=[("AAA", "signature_definitive", "2000-01-01")],
        history=[("2000-01-01", "party")],
    ),
    *(
        Case(
            number=5,
            name=f"a signatory consents by {kind}",
            acts=[("AAA", "signature", "1985-01-01"), ("AAA", kind, "2000-01-01")],
            history=[("1985-01-01", "signatory"), *PARTY],
        )
        for kind in ("ratification", "acceptance", "approval", "formal_confirmation")
    ),
    *(
        Case(
            number=6,
            name=f"a State joins by {kind}",
            acts=[("AAA", kind, "2000-01-01")],
            history=PARTY,
        )
        for kind in (
            "accession",
            "adherence",
            "notification",
            "consent_to_be_bound",
            "exchange_of_instruments",
        )
    ),
    Case(
        number=7,
        name="a letter that it will not ratify does not bar it from ratifying",
        acts=[
            ("AAA", "signature", "1985-01-01"),
            ("AAA", "intention_not_to_become_party", "1992-01-01"),
            ("AAA", "ratification", "2000-01-01"),
        ],
        history=[("1985-01-01", "signatory"), ("1992-01-01", "signatory_no_intent"), *PARTY],
    ),
    Case(
        number=8,
        name="the treaty enters into force for those that were counted",
        clauses=NOT_YET,
        acts=[JOINED, ("BBB", "accession", "2001-01-01")],
        history=[("2000-01-01", "contracting"), ("2001-01-31", "party")],
    ),
    Case(number=9, name="the delay of a later State passes", acts=[JOINED], history=PARTY),
    Case(
        number=10,
        name="a signatory takes its instrument back",
        clauses=NOT_YET,
        acts=[
            ("AAA", "signature", "1999-01-01"),
            ("AAA", "ratification", "2000-01-01"),
            ("AAA", "ratification_withdrawn", "2000-06-01"),
        ],
        history=[
            ("1999-01-01", "signatory"),
            ("2000-01-01", "contracting"),
            ("2000-06-01", "signatory"),
        ],
    ),
    Case(
        number=10,
        name="a State that never signed takes its instrument back",
        clauses=NOT_YET,
        acts=[JOINED, ("AAA", "ratification_withdrawn", "2000-06-01")],
        history=[("2000-01-01", "contracting"), ("2000-06-01", "none")],
    ),
    Case(
        number=10,
        name="an instrument is taken back while its delay runs",
        acts=[JOINED, ("AAA", "ratification_withdrawn", "2000-01-15")],
        history=[("2000-01-01", "contracting"), ("2000-01-15", "none")],
    ),
    Case(
        number=11,
        name="a reservation to which a third object is defeated, and the consent with it",
        clauses=THRESHOLD,
        acts=[
            *OTHERS,
            JOINED,
            ("AAA", "reservation", "2000-01-01"),
            ("AAA", "objection", "2000-01-20", {"by": "BBB"}),
        ],
        history=[("2000-01-01", "contracting"), ("2000-01-20", "none")],
    ),
    Case(
        number=11,
        name="a former party stays one when its reservation is defeated",
        clauses=THRESHOLD,
        acts=[
            *OTHERS,
            JOINED,
            NOTICE,
            ("AAA", "accession", "2006-01-01"),
            ("AAA", "reservation", "2006-01-01"),
            ("AAA", "objection", "2006-01-20", {"by": "BBB"}),
        ],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "former_party"),
            ("2006-01-01", "contracting"),
            ("2006-01-20", "former_party"),
        ],
    ),
    Case(
        number=11,
        name="objections that come too late or are withdrawn defeat nothing",
        clauses=THRESHOLD,
        acts=[
            *OTHERS,
            JOINED,
            ("AAA", "reservation", "2000-01-01"),
            ("AAA", "objection", "2001-01-20", {"by": "BBB"}),
            ("AAA", "objection", "2000-02-20", {"by": "CCC"}),
            ("AAA", "objection_withdrawn", "2000-03-20", {"by": "CCC"}),
        ],
        history=PARTY,
    ),
    Case(
        number=12,
        name="a signatory declares that it will not become a party",
        acts=[
            ("AAA", "signature", "1985-01-01"),
            ("AAA", "intention_not_to_become_party", "1992-01-01"),
        ],
        history=[("1985-01-01", "signatory"), ("1992-01-01", "signatory_no_intent")],
    ),
    Case(
        number=13,
        name="provisional application starts without any signature",
        clauses=PROVISIONAL,
        acts=[("AAA", "provisional_application_start", "2000-01-01")],
        history=[("2000-01-01", "provisional")],
    ),
    Case(
        number=13,
        name="a signatory and contracting State applies provisionally",
        clauses=PROVISIONAL,
        acts=[
            ("AAA", "signature", "1999-01-01"),
            ("AAA", "ratification", "2000-01-01"),
            ("AAA", "provisional_application_start", "2000-02-01"),
        ],
        history=[
            ("1999-01-01", "signatory"),
            ("2000-01-01", "contracting"),
            ("2000-02-01", "provisional"),
        ],
        up=[("2000-02-01", "contracting")],
    ),
    Case(
        number=14,
        name="provisional application ends after its notice, and the State is a signatory again",
        clauses=PROVISIONAL,
        acts=[
            ("AAA", "signature", "1999-01-01"),
            ("AAA", "provisional_application_start", "2000-01-01"),
            ("AAA", "provisional_application_end", "2001-01-01"),
        ],
        history=[
            ("1999-01-01", "signatory"),
            ("2000-01-01", "provisional"),
            ("2001-03-02", "signatory"),
        ],
    ),
    Case(
        number=14,
        name="it ends on receipt where no period is known, and a State without other acts has no status",
        clauses=NOT_YET,
        acts=[
            ("AAA", "provisional_application_start", "2000-01-01"),
            ("AAA", "provisional_application_end", "2001-01-01"),
        ],
        history=[("2000-01-01", "provisional"), ("2001-01-01", "none")],
    ),
    Case(
        number=14,
        name="a contracting State that ends it is contracting again",
        clauses=PROVISIONAL,
        acts=[
            JOINED,
            ("AAA", "provisional_application_start", "2000-02-01"),
            ("AAA", "provisional_application_end", "2001-01-01", {"effective": "2001-02-01"}),
        ],
        history=[
            ("2000-01-01", "contracting"),
            ("2000-02-01", "provisional"),
            ("2001-02-01", "contracting"),
        ],
    ),
    Case(
        number=14,
        name="a letter that it will not become a party ends it too",
        clauses=PROVISIONAL,
        acts=[
            ("AAA", "signature", "1999-01-01"),
            ("AAA", "provisional_application_start", "2000-01-01"),
            ("AAA", "intention_not_to_become_party", "2001-01-01"),
        ],
        history=[
            ("1999-01-01", "signatory"),
            ("2000-01-01", "provisional"),
            ("2001-03-02", "signatory_no_intent"),
        ],
    ),
    Case(
        number=15,
        name="entry into force ends provisional application, which does not come back after a withdrawal",
        clauses=PROVISIONAL,
        acts=[
            ("AAA", "provisional_application_start", "1999-01-01"),
            JOINED,
            ("BBB", "accession", "2000-01-01"),
            NOTICE,
        ],
        history=[
            ("1999-01-01", "provisional"),
            ("2000-01-31", "party"),
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "former_party"),
        ],
    ),
    Case(
        number=16,
        name="a notice is given",
        acts=[JOINED, NOTICE],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-07-01", "former_party")],
    ),
    Case(
        number=17,
        name="a premature notice moves nothing",
        clauses=EARLIEST,
        acts=[JOINED, ("AAA", "withdrawal_notice", "2003-01-30")],
        history=PARTY,
    ),
    Case(
        number=17,
        name="a notice on the first day allowed counts",
        clauses=EARLIEST,
        acts=[JOINED, ("AAA", "withdrawal_notice", "2003-01-31")],
        history=[*PARTY, ("2003-01-31", "party_withdrawing"), ("2003-07-31", "former_party")],
    ),
    Case(
        number=17,
        name="a treaty that cannot be left is not left",
        clauses=EXCLUDED,
        acts=[JOINED, NOTICE],
        history=[("2000-01-01", "party")],
        up=[("2005-01-01", "withdrawal_contested")],
    ),
    Case(
        number=17,
        name="a notice that the depositary refuses moves nothing",
        acts=[JOINED, NOTICE, ("AAA", "depositary_rejection", "2005-02-01")],
        history=PARTY,
        up=[("2005-01-15", "withdrawal_contested")],
        down=[("2005-02-01", "withdrawal_contested")],
    ),
    Case(
        number=17,
        name="a notice recorded as without effect moves nothing",
        acts=[JOINED, (*NOTICE, {"legal_effect": False})],
        history=PARTY,
        up=[("2005-01-15", "withdrawal_contested")],
    ),
    Case(
        number=18,
        name="the day of effect comes",
        acts=[JOINED, (*NOTICE, {"effective": "2005-09-01"})],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-09-01", "former_party")],
    ),
    Case(
        number=19,
        name="a State at war stays bound until the war is over",
        clauses=BARRED,
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "armed_conflict_began", None, {"dated": "2005-03-01"}),
            ("AAA", "armed_conflict_ended", None, {"dated": "2008-01-01"}),
        ],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2008-01-01", "former_party")],
        up=[("2005-03-01", "withdrawal_postponed")],
        down=[("2005-02-28", "withdrawal_postponed"), ("2008-01-01", "withdrawal_postponed")],
    ),
    Case(
        number=19,
        name="a war without end keeps it bound",
        clauses=BARRED,
        acts=[JOINED, ("AAA", "armed_conflict_began", None, {"dated": "2004-03-01"}), NOTICE],
        history=[*PARTY, ("2005-01-01", "party_withdrawing")],
        up=[("2020-01-01", "withdrawal_postponed")],
    ),
    Case(
        number=19,
        name="a war that is over in time postpones nothing",
        clauses=BARRED,
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "armed_conflict_began", None, {"dated": "2005-03-01"}),
            ("AAA", "armed_conflict_ended", None, {"dated": "2005-06-30"}),
        ],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-07-01", "former_party")],
    ),
    Case(
        number=20,
        name="a notice is revoked before its effect",
        acts=[JOINED, NOTICE, ("AAA", "withdrawal_notice_revoked", "2005-06-30")],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-06-30", "party")],
    ),
    Case(
        number=20,
        name="a revocation on the day of effect is too late",
        acts=[JOINED, NOTICE, ("AAA", "withdrawal_notice_revoked", "2005-07-01")],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-07-01", "former_party")],
    ),
    Case(
        number=20,
        name="after a revocation a new notice has its full period",
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "withdrawal_notice_revoked", "2005-06-30"),
            ("AAA", "withdrawal_notice", "2006-01-01"),
        ],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-06-30", "party"),
            ("2006-01-01", "party_withdrawing"),
            ("2006-07-01", "former_party"),
        ],
    ),
    Case(
        number=21,
        name="a notice is suspended",
        acts=[JOINED, NOTICE, ("AAA", "withdrawal_notice_suspended", "2005-06-30")],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-06-30", "party")],
        up=[("2005-06-30", "withdrawal_contested"), ("2020-01-01", "withdrawal_contested")],
        down=[("2005-06-29", "withdrawal_contested")],
    ),
    Case(
        number=21,
        name="a new notice takes the place of one that was suspended",
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "withdrawal_notice_suspended", "2005-06-30"),
            ("AAA", "withdrawal_notice", "2008-01-01"),
        ],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-06-30", "party"),
            ("2008-01-01", "party_withdrawing"),
            ("2008-07-01", "former_party"),
        ],
        up=[("2007-12-31", "withdrawal_contested")],
        down=[("2008-01-01", "withdrawal_contested"), ("2009-01-01", "withdrawal_contested")],
    ),
    Case(
        number=21,
        name="a notice that was suspended matters no more once the treaty is over",
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "withdrawal_notice_suspended", "2005-06-30"),
            (None, "treaty_termination", None, {"dated": "2008-01-01"}),
        ],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-06-30", "party"),
            ("2008-01-01", "former_party"),
        ],
        up=[("2007-12-31", "withdrawal_contested")],
        down=[("2008-01-01", "withdrawal_contested")],
    ),
    Case(
        number=22,
        name="the day of exit is put off, and then brought forward",
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "withdrawal_date_changed", "2005-06-01", {"effective": "2006-01-01"}),
            ("AAA", "withdrawal_date_changed", "2005-10-01", {"effective": "2005-11-01"}),
        ],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-11-01", "former_party")],
    ),
    Case(
        number=23,
        name="a new accession that binds before the exit leaves no gap",
        acts=[JOINED, NOTICE, ("AAA", "accession", "2005-03-01")],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-07-01", "party")],
        up=[("2005-03-01", "new_consent_pending")],
        down=[("2005-02-28", "new_consent_pending"), ("2005-07-01", "new_consent_pending")],
    ),
    Case(
        number=23,
        name="a new accession that binds after the exit leaves a gap",
        acts=[JOINED, NOTICE, ("AAA", "accession", "2005-06-15")],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "contracting"),
            ("2005-07-15", "party"),
        ],
        up=[("2005-06-15", "new_consent_pending"), ("2005-07-01", "former_party")],
    ),
    Case(
        number=24,
        name="a member is excluded at once",
        acts=[JOINED, ("AAA", "cessation_of_membership", "2005-01-01")],
        history=[*PARTY, ("2005-01-01", "former_party")],
    ),
    Case(
        number=24,
        name="a member is excluded from a later day",
        acts=[
            JOINED,
            ("AAA", "cessation_of_membership", "2005-01-01", {"effective": "2005-03-01"}),
        ],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-03-01", "former_party")],
    ),
    Case(
        number=24,
        name="a member that was excluded is admitted again",
        acts=[
            JOINED,
            ("AAA", "cessation_of_membership", "2005-01-01"),
            ("AAA", "state_admission", "2007-01-01"),
        ],
        history=[*PARTY, ("2005-01-01", "former_party"), ("2007-01-01", "party")],
    ),
    Case(
        number=25,
        name="the operation is suspended",
        acts=[JOINED, ("AAA", "suspension", "2005-01-01", {"effective": "2005-06-01"})],
        history=[*PARTY, ("2005-06-01", "party_suspended")],
    ),
    Case(
        number=26,
        name="the operation is suspended towards one other party",
        acts=[JOINED, ("AAA", "suspension", "2005-01-01", {"towards": ("BBB",)})],
        history=PARTY,
        up=[("2005-01-01", "suspended_inter_se")],
    ),
    Case(
        number=27,
        name="the operation is resumed",
        acts=[JOINED, ("AAA", "suspension", "2005-01-01"), ("AAA", "resumption", "2006-01-01")],
        history=[*PARTY, ("2005-01-01", "party_suspended"), ("2006-01-01", "party")],
    ),
    Case(
        number=28,
        name="a suspended party gives notice",
        acts=[JOINED, ("AAA", "suspension", "2004-01-01"), NOTICE],
        history=[
            *PARTY,
            ("2004-01-01", "party_suspended"),
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "former_party"),
        ],
        up=[("2005-01-01", "suspended")],
        down=[("2005-07-01", "suspended")],
    ),
    Case(
        number=29,
        name="a suspension that the treaty does not admit is claimed",
        acts=[JOINED, ("AAA", "suspension_claimed", "2005-01-01")],
        history=PARTY,
        up=[("2005-01-01", "suspension_contested")],
    ),
    Case(
        number=30,
        name="the treaty is terminated",
        acts=[JOINED, (None, "treaty_termination", None, {"dated": "2005-01-01"})],
        history=[*PARTY, ("2005-01-01", "former_party")],
        up=[("2005-01-01", "treaty_terminated")],
    ),
    Case(
        number=30,
        name="the treaty expires",
        clauses=TERM,
        acts=[JOINED],
        history=[("2000-01-01", "party"), ("2005-01-01", "former_party")],
        up=[("2005-01-01", "treaty_expired")],
    ),
    Case(
        number=31,
        name="the other side of a bilateral treaty leaves",
        clauses=BILATERAL,
        acts=[
            ("AAA", "exchange_of_instruments", "2000-01-01"),
            ("BBB", "exchange_of_instruments", "2000-01-01"),
            ("BBB", "withdrawal_notice", "2005-01-01"),
        ],
        history=[
            ("2000-01-01", "party"),
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "former_party"),
        ],
        up=[("2005-07-01", "treaty_terminated")],
    ),
    Case(
        number=33,
        name="a declaration of continuity changes nothing",
        acts=[JOINED, ("AAA", "continuity_declaration", "2005-01-01")],
        history=PARTY,
    ),
    Case(
        number=34,
        name="a State that is dissolved is extinct from the day after its last",
        acts=[JOINED, ("AAA", "state_dissolution", "2005-12-31")],
        history=[*PARTY, ("2006-01-01", "extinct")],
    ),
    Case(
        number=34,
        name="a State that joins another is extinct from that day",
        acts=[JOINED, ("AAA", "state_union", "2005-10-03")],
        history=[*PARTY, ("2005-10-03", "extinct")],
    ),
    Case(
        number=34,
        name="a State from which a part separates continues",
        acts=[JOINED, ("AAA", "state_separation", "2005-10-03")],
        history=PARTY,
    ),
    Case(
        number=35,
        name="a former party signs again",
        acts=[JOINED, NOTICE, ("AAA", "signature", "2006-01-01")],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "former_party"),
            ("2006-01-01", "signatory"),
        ],
        up=[("2006-01-01", "former_party")],
    ),
    Case(
        number=36,
        name="a former party consents again",
        acts=[JOINED, NOTICE, ("AAA", "accession", "2006-01-01")],
        history=[
            *PARTY,
            ("2005-01-01", "party_withdrawing"),
            ("2005-07-01", "former_party"),
            ("2006-01-01", "contracting"),
            ("2006-01-31", "party"),
        ],
        up=[("2006-01-01", "former_party")],
        down=[("2006-01-31", "former_party")],
    ),
    Case(
        number=37,
        name="a denied exit without any clause is disputed",
        clauses=SILENT,
        acts=[JOINED, NOTICE, ("AAA", "objection", "2005-02-01", {"by": "BBB"})],
        history=[
            ("2000-01-01", "party"),
            ("2005-01-01", "party_withdrawing"),
            ("2006-01-01", "disputed"),
        ],
        up=[("2005-01-01", "withdrawal_without_clause")],
    ),
    Case(
        number=37,
        name="a denied exit under a clause is an exit, and contested",
        acts=[JOINED, NOTICE, ("AAA", "objection", "2005-02-01", {"by": "BBB"})],
        history=[*PARTY, ("2005-01-01", "party_withdrawing"), ("2005-07-01", "former_party")],
        up=[("2005-02-01", "withdrawal_contested")],
    ),
    Case(
        number=38,
        name="a ruling fixes the day, back in time",
        clauses=SILENT,
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "dispute_over_effectiveness", "2005-02-01"),
            ("AAA", "court_ruling", "2010-01-01", {"effective": "2006-03-01"}),
        ],
        history=[
            ("2000-01-01", "party"),
            ("2005-01-01", "party_withdrawing"),
            ("2006-03-01", "former_party"),
        ],
    ),
    Case(
        number=38,
        name="before the ruling is known the exit is disputed",
        clauses=SILENT,
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "dispute_over_effectiveness", "2005-02-01"),
            ("AAA", "court_ruling", "2010-01-01", {"effective": "2006-03-01"}),
        ],
        history=[
            ("2000-01-01", "party"),
            ("2005-01-01", "party_withdrawing"),
            ("2006-01-01", "disputed"),
        ],
        as_seen="2009-12-31",
    ),
    Case(
        number=38,
        name="a settlement may say that nothing happened",
        clauses=SILENT,
        acts=[
            JOINED,
            NOTICE,
            ("AAA", "dispute_over_effectiveness", "2005-02-01"),
            ("AAA", "settlement", "2010-01-01", {"legal_effect": False}),
        ],
        history=[("2000-01-01", "party")],
    ),
    Case(
        number=41,
        name="silence until the deadline becomes consent",
        clauses=TACIT,
        acts=[(None, "amendment_notified", "2004-09-19")],
        history=[("2005-07-19", "contracting"), ("2005-09-19", "party")],
    ),
    Case(
        number=41,
        name="a rejection in time keeps silence from it, until it is withdrawn",
        clauses=TACIT,
        acts=[
            (None, "amendment_notified", "2004-09-19"),
            ("AAA", "rejection", "2005-07-19"),
            ("AAA", "rejection_withdrawn", "2007-01-01"),
        ],
        history=[("2007-01-01", "party")],
    ),
    Case(
        number=41,
        name="a rejection after the deadline changes nothing",
        clauses=TACIT,
        acts=[(None, "amendment_notified", "2004-09-19"), ("AAA", "rejection", "2005-07-20")],
        history=[("2005-07-19", "contracting"), ("2005-09-19", "party")],
    ),
    *(
        Case(
            number=42,
            name=f"{kind} moves nothing",
            acts=[JOINED, ("AAA", kind, "2005-01-01")],
            history=PARTY,
        )
        for kind in (
            "statement_of_intent",
            "parliamentary_vote",
            "domestic_law_in_force",
            "domestic_court_ruling",
            "policy_review",
            "depositary_notification",
            "declaration",
            "communication",
            "name_change",
            "general_declaration_of_succession",
        )
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.number} {case.name}")
def test_the_status_moves_as_the_law_says(case: Case) -> None:
    fold = folded(case.made(), case.clauses, as_seen=case.as_seen)

    assert history(fold, "AAA") == case.history
    for day, flag in case.up:
        assert flag in flags(fold, "AAA", day)
    for day, flag in case.down:
        assert flag not in flags(fold, "AAA", day)


SUCCESSIONS: Sequence[tuple[str, Sequence[tuple[Any, ...]], History]] = [
    ("to a party", [("OLD", "accession", "2000-01-01")], [("2003-01-01", "party")]),
    (
        "to a party whose notice runs",
        [("OLD", "accession", "2000-01-01"), ("OLD", "withdrawal_notice", "2002-12-01")],
        [("2003-01-01", "party")],
    ),
    (
        "to a party that is suspended",
        [("OLD", "accession", "2000-01-01"), ("OLD", "suspension", "2002-12-01")],
        [("2003-01-01", "party")],
    ),
    (
        "to a contracting State",
        [("OLD", "accession", "2002-12-20")],
        [("2003-01-01", "contracting"), ("2003-01-19", "party")],
    ),
    ("to a signatory", [("OLD", "signature", "1989-01-01")], [("2003-01-01", "signatory")]),
    (
        "to a State that left before",
        [("OLD", "accession", "1995-01-01"), ("OLD", "withdrawal_notice", "2000-01-01")],
        [],
    ),
    ("to a State that never had any act", [], [("2003-01-01", "party")]),
]


@pytest.mark.parametrize(
    ("acts", "expected"), [each[1:] for each in SUCCESSIONS], ids=[each[0] for each in SUCCESSIONS]
)
def test_a_successor_takes_the_position_of_its_predecessor(
    acts: Sequence[tuple[Any, ...]], expected: History
) -> None:
    made = [did(*each) for each in acts]
    succession = did("NEW", "succession", "2004-06-01", predecessor="OLD")

    fold = folded([*made, succession], PLAIN, register=REGISTER)

    assert history(fold, "NEW") == expected


def test_a_succession_is_not_seen_before_it_is_notified() -> None:
    made = [
        did("OLD", "accession", "2000-01-01"),
        did("NEW", "succession", "2004-06-01", predecessor="OLD"),
    ]

    before = folded(made, PLAIN, register=REGISTER, as_seen="2004-05-31")

    assert history(before, "NEW") == []


def test_the_ratification_of_a_revising_treaty_ends_the_old_one_for_the_state() -> None:
    revising = folded([did("AAA", "ratification", "2005-01-01", treaty="new")], PLAIN, treaty="new")
    old = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "by_revising": ["new"]}}

    fold = folded([did(*JOINED)], old, related={"new": revising})

    assert history(fold, "AAA") == [*PARTY, ("2005-01-31", "former_party")]


def test_who_leaves_the_parent_leaves_the_child_and_the_grandchild() -> None:
    with_parent = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "with_parent": ["parent"]}}
    with_child = {**PLAIN, "withdrawal": {**PLAIN["withdrawal"], "with_parent": ["child"]}}
    parent = folded([did(*JOINED), did(*NOTICE)], PLAIN, treaty="parent")
    child = folded([did(*JOINED)], with_parent, treaty="child", related={"parent": parent})

    fold = folded([did(*JOINED)], with_child, related={"child": child})

    left = [("2005-01-01", "party_withdrawing"), ("2005-07-01", "former_party")]
    assert history(child, "AAA") == [*PARTY, *left]
    assert history(fold, "AAA") == [*PARTY, *left]
