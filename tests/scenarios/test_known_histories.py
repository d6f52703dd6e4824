"""Histories of real treaties that are not among the worked cases, from the first act to the last."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from domain.acts import Act
from domain.treaty import TreatyFold
from tests.domain.dossiers import History, coming, day, did, flags, history, positions, said, status
from tests.scenarios import catalogue

HINDSIGHT = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """The acts of one party, every change of its status, and what else is known of chosen days."""

    name: str
    treaty: str
    party: str
    acts: Sequence[tuple[str, ...] | tuple[object, ...]]
    history: History
    up: Sequence[tuple[str, str]] = ()
    """Flags that are up on a day."""
    seen: Sequence[tuple[str, str, str]] = ()
    """The day asked about, the day it was seen on, and the status."""
    held: Sequence[tuple[str, str, str]] = ()
    """On a day, who holds which status to be right."""
    expected: Sequence[tuple[str, str, str]] = ()
    """On a day, the next change that follows: its day and the status."""
    others: Sequence[tuple[object, ...]] = ()
    """Acts of other parties, or of the treaty: party, kind, day, dates."""

    def fold(self, as_seen: str | None = None) -> TreatyFold:
        return catalogue.fold(self.treaty, self.dossier(), day(as_seen) if as_seen else None)

    def dossier(self) -> list[Act]:
        own = [self.act(self.party, *each) for each in self.acts]
        return own + [self.act(*each) for each in self.others]

    def act(self, party: object, kind: object, on: object, more: object = None) -> Act:
        given = more if isinstance(more, dict) else {}
        return did(
            None if party is None else str(party),
            str(kind),
            str(on) if on else None,
            treaty=self.treaty,
            **given,
        )


CASES = (
    Case(
        name="the United Kingdom leaves the European Union after three changes of the day",
        treaty="teu",
        party="GBR",
        acts=[
            ("signature", "1992-02-07"),
            ("ratification", "1993-08-02"),
            ("referendum", "2016-06-23"),
            ("withdrawal_notice", "2017-03-29"),
            ("withdrawal_date_changed", "2019-03-22", {"effective": "2019-04-12"}),
            ("withdrawal_date_changed", "2019-04-11", {"effective": "2019-11-01"}),
            ("withdrawal_date_changed", "2019-10-29", {"effective": "2020-02-01"}),
        ],
        history=[
            ("1992-02-07", "signatory"),
            ("1993-08-02", "contracting"),
            ("1993-11-01", "party"),
            ("2017-03-29", "party_withdrawing"),
            ("2020-02-01", "former_party"),
        ],
        expected=[
            ("2018-01-01", "2019-03-30", "former_party"),
            ("2019-03-21", "2019-03-30", "former_party"),
            ("2019-03-22", "2019-04-12", "former_party"),
            ("2019-04-11", "2019-11-01", "former_party"),
            ("2019-10-29", "2020-02-01", "former_party"),
        ],
        seen=[
            ("2019-05-01", "2019-03-01", "former_party"),
            ("2019-05-01", "2019-04-12", "party_withdrawing"),
            ("2019-12-01", "2019-10-01", "former_party"),
        ],
    ),
    Case(
        name="Bolivia leaves the Single Convention and comes back with a reservation that stands",
        treaty="single-convention",
        party="BOL",
        acts=[
            ("accession", "1976-09-23"),
            ("withdrawal_notice", "2011-06-29"),
            ("accession", "2012-01-10", {"effective": "2013-01-10"}),
            ("reservation", "2012-01-10", {"sequence": 2}),
            ("objection", "2012-07-03", {"by": "USA"}),
            ("objection", "2012-12-28", {"by": "GBR"}),
            ("objection", "2013-01-04", {"by": "RUS"}),
        ],
        others=[
            (each, "accession", "1975-01-01")
            for each in (
                "USA",
                "GBR",
                "RUS",
                "FRA",
                "DEU",
                "ITA",
                "SWE",
                "MEX",
                "JPN",
                "NLD",
                "CAN",
                "PRT",
            )
        ],
        history=[
            ("1976-09-23", "contracting"),
            ("1976-10-23", "party"),
            ("2011-06-29", "party_withdrawing"),
            ("2012-01-01", "former_party"),
            ("2012-01-10", "contracting"),
            ("2013-01-10", "party"),
        ],
        up=[("2012-01-10", "former_party")],
        expected=[
            ("2011-06-29", "2012-01-01", "former_party"),
            ("2012-01-10", "2013-01-10", "party"),
        ],
    ),
    Case(
        name="Italy takes back its ratification of the Fish Stocks Agreement and gives another with the Union",
        treaty="fish-stocks",
        party="ITA",
        acts=[
            ("signature", "1996-06-27"),
            ("ratification", "1999-03-04"),
            ("ratification_withdrawn", "1999-06-04"),
            ("ratification", "2003-12-19"),
        ],
        history=[
            ("1996-06-27", "signatory"),
            ("1999-03-04", "contracting"),
            ("1999-06-04", "signatory"),
            ("2003-12-19", "contracting"),
            ("2004-01-18", "party"),
        ],
        seen=[
            ("2002-01-01", "1999-05-01", "contracting"),
            ("2002-01-01", "1999-06-04", "signatory"),
        ],
    ),
    Case(
        name="Ecuador leaves ICSID and signs and ratifies again",
        treaty="icsid",
        party="ECU",
        acts=[
            ("signature", "1986-01-15"),
            ("ratification", "1986-01-15"),
            ("withdrawal_notice", "2009-07-06"),
            ("signature", "2021-06-21"),
            ("ratification", "2021-08-04"),
        ],
        history=[
            ("1986-01-15", "contracting"),
            ("1986-02-14", "party"),
            ("2009-07-06", "party_withdrawing"),
            ("2010-01-07", "former_party"),
            ("2021-06-21", "signatory"),
            ("2021-08-04", "contracting"),
            ("2021-09-03", "party"),
        ],
        up=[
            ("2021-06-21", "former_party"),
            ("2021-08-04", "former_party"),
            ("2015-01-01", "survival_obligations"),
        ],
    ),
    Case(
        name="Venezuela leaves ICSID on the day after six months",
        treaty="icsid",
        party="VEN",
        acts=[
            ("signature", "1993-08-18"),
            ("ratification", "1995-05-02"),
            ("withdrawal_notice", "2012-01-24"),
        ],
        history=[
            ("1993-08-18", "signatory"),
            ("1995-05-02", "contracting"),
            ("1995-06-01", "party"),
            ("2012-01-24", "party_withdrawing"),
            ("2012-07-25", "former_party"),
        ],
    ),
    Case(
        name="Bosnia and Herzegovina succeeds to the Genocide Convention from the day of its independence",
        treaty="genocide",
        party="BIH",
        acts=[
            ("state_independence", None, {"dated": "1992-03-06"}),
            ("succession", "1992-12-29", {"predecessor": "YUCS", "effective": "1992-03-06"}),
        ],
        history=[("1992-03-06", "party")],
        seen=[
            ("1992-04-01", "1992-12-28", "none"),
            ("1992-04-01", "1992-12-29", "party"),
            ("1993-04-08", "1993-04-08", "party"),
        ],
    ),
    Case(
        name="Albania accedes to the Apostille Convention; Belgium objects, then no more",
        treaty="apostille",
        party="ALB",
        acts=[
            ("accession", "2003-09-03", {"notified": "2003-09-09"}),
            ("objection", "2004-03-01", {"by": "BEL"}),
            ("objection_withdrawn", "2015-06-23", {"by": "BEL"}),
        ],
        history=[("2003-09-03", "contracting"), ("2004-05-08", "party")],
    ),
    Case(
        name="the United States has had three periods in UNESCO and is leaving again",
        treaty="unesco",
        party="USA",
        acts=[
            ("acceptance", "1946-09-30"),
            ("withdrawal_notice", "1983-12-28", {"effective": "1985-01-01"}),
            ("acceptance", "2003-10-01"),
            ("withdrawal_notice", "2017-10-12"),
            ("acceptance", "2023-07-10"),
            ("withdrawal_notice", "2025-07-22"),
        ],
        history=[
            ("1946-09-30", "contracting"),
            ("1946-11-04", "party"),
            ("1983-12-28", "party_withdrawing"),
            ("1985-01-01", "former_party"),
            ("2003-10-01", "party"),
            ("2017-10-12", "party_withdrawing"),
            ("2019-01-01", "former_party"),
            ("2023-07-10", "party"),
            ("2025-07-22", "party_withdrawing"),
            ("2027-01-01", "former_party"),
        ],
    ),
    Case(
        name="Israel leaves UNESCO with the end of 2018",
        treaty="unesco",
        party="ISR",
        acts=[("acceptance", "1949-09-16"), ("withdrawal_notice", "2017-12-29")],
        history=[
            ("1949-09-16", "party"),
            ("2017-12-29", "party_withdrawing"),
            ("2019-01-01", "former_party"),
        ],
    ),
    Case(
        name="the Gambia revokes its notice under the Rome Statute, and the world hears of it a week later",
        treaty="rome-statute",
        party="GMB",
        acts=[
            ("signature", "1998-12-04"),
            ("ratification", "2002-06-28"),
            ("withdrawal_notice", "2016-11-10"),
            ("withdrawal_notice_revoked", "2017-02-10", {"notified": "2017-02-16"}),
        ],
        history=[
            ("1998-12-04", "signatory"),
            ("2002-06-28", "contracting"),
            ("2002-09-01", "party"),
            ("2016-11-10", "party_withdrawing"),
            ("2017-02-10", "party"),
        ],
        seen=[
            ("2017-11-10", "2017-02-15", "former_party"),
            ("2017-02-12", "2017-02-12", "party_withdrawing"),
            ("2017-02-12", "2017-02-16", "party"),
            ("2017-11-10", "2017-02-16", "party"),
        ],
        expected=[("2017-02-09", "2017-11-10", "former_party")],
    ),
    Case(
        name="Ukraine says that it suspends the Mine Ban Convention, which admits no suspension",
        treaty="ottawa",
        party="UKR",
        acts=[
            ("signature", "1999-02-24"),
            ("ratification", "2005-12-27"),
            ("suspension_claimed", "2025-07-18", {"claimed_effective": "2025-07-17"}),
        ],
        history=[
            ("1999-02-24", "signatory"),
            ("2005-12-27", "contracting"),
            ("2006-06-01", "party"),
        ],
        up=[("2025-07-18", "suspension_contested"), ("2026-11-22", "suspension_contested")],
        held=[("2025-07-18", "UKR", "party_suspended")],
    ),
    Case(
        name="Guyana denounces the Optional Protocol and accedes again on the same day",
        treaty="iccpr-op1",
        party="GUY",
        acts=[
            ("accession", "1993-05-10"),
            ("withdrawal_notice", "1999-01-05"),
            ("accession", "1999-01-05", {"sequence": 2}),
            ("reservation", "1999-01-05", {"sequence": 3}),
        ],
        history=[
            ("1993-05-10", "contracting"),
            ("1993-08-10", "party"),
            ("1999-01-05", "party_withdrawing"),
            ("1999-04-05", "party"),
        ],
        up=[("1999-01-05", "new_consent_pending"), ("1999-04-04", "new_consent_pending")],
    ),
    Case(
        name="two acts of one day with one sequence number stand in the order in which they make sense",
        treaty="iccpr-op1",
        party="GUY",
        acts=[
            ("accession", "1993-05-10"),
            ("accession", "1999-01-05"),
            ("withdrawal_notice", "1999-01-05"),
        ],
        history=[
            ("1993-05-10", "contracting"),
            ("1993-08-10", "party"),
            ("1999-01-05", "party_withdrawing"),
            ("1999-04-05", "party"),
        ],
    ),
    Case(
        name="Trinidad and Tobago re-accedes, and later leaves for good",
        treaty="iccpr-op1",
        party="TTO",
        acts=[
            ("accession", "1980-11-14"),
            ("withdrawal_notice", "1998-05-26"),
            ("accession", "1998-05-26", {"sequence": 2}),
            ("reservation", "1998-05-26", {"sequence": 3}),
            ("withdrawal_notice", "2000-03-27"),
        ],
        history=[
            ("1980-11-14", "contracting"),
            ("1981-02-14", "party"),
            ("1998-05-26", "party_withdrawing"),
            ("1998-08-26", "party"),
            ("2000-03-27", "party_withdrawing"),
            ("2000-06-27", "former_party"),
        ],
    ),
    Case(
        name="the United States leaves the World Health Organization, which has no clause",
        treaty="who",
        party="USA",
        acts=[
            ("acceptance", "1948-06-21"),
            ("withdrawal_notice", "2020-07-06", {"effective": "2021-07-06"}),
            ("withdrawal_notice_revoked", "2021-01-20"),
            ("withdrawal_notice", "2025-01-22", {"effective": "2026-01-22"}),
            ("dispute_over_effectiveness", "2026-01-22", {"by": "dues not paid in full"}),
        ],
        history=[
            ("1948-06-21", "party"),
            ("2020-07-06", "party_withdrawing"),
            ("2021-01-20", "party"),
            ("2025-01-22", "party_withdrawing"),
            ("2026-01-22", "disputed"),
        ],
        held=[
            ("2026-01-22", "USA", "former_party"),
            ("2026-01-22", "dues not paid in full", "party"),
        ],
        up=[("2025-06-01", "withdrawal_without_clause")],
        seen=[("2026-02-01", "2026-01-21", "former_party")],
    ),
    Case(
        name="Argentina leaves the World Health Organization by general law",
        treaty="who",
        party="ARG",
        acts=[
            ("acceptance", "1948-10-22"),
            ("statement_of_intent", "2025-02-05"),
            ("withdrawal_notice", "2025-03-17"),
        ],
        history=[
            ("1948-10-22", "party"),
            ("2025-03-17", "party_withdrawing"),
            ("2026-03-17", "former_party"),
        ],
        up=[("2026-03-17", "withdrawal_without_clause")],
    ),
    Case(
        name="Venezuela leaves the American Convention; in 2019 a rival authority says that it never did",
        treaty="american-convention",
        party="VEN",
        acts=[
            ("signature", "1969-11-22"),
            ("ratification", "1977-08-09"),
            ("withdrawal_notice", "2012-09-10", {"dated": "2012-09-06"}),
            ("rival_authority", "2019-01-23"),
            (
                "ratification",
                "2019-07-31",
                {"by": "National Assembly", "claimed_effective": "2013-09-10"},
            ),
        ],
        history=[
            ("1969-11-22", "signatory"),
            ("1977-08-09", "contracting"),
            ("1978-07-18", "party"),
            ("2012-09-10", "party_withdrawing"),
            ("2013-09-10", "former_party"),
            ("2019-07-31", "disputed"),
        ],
        held=[("2019-07-31", "National Assembly", "party")],
        seen=[
            ("2015-01-01", "2026-01-01", "former_party"),
            ("2020-01-01", "2019-07-30", "former_party"),
        ],
        up=[("2019-02-01", "authority_contested")],
    ),
    Case(
        name="Venezuela's notice under the Charter of the American States is taken back by a rival authority",
        treaty="oas-charter",
        party="VEN",
        acts=[
            ("signature", "1948-04-30"),
            ("ratification", "1951-12-29"),
            ("statement_of_intent", "2017-04-26"),
            ("withdrawal_notice", "2017-04-28"),
            ("rival_authority", "2019-01-23"),
            ("withdrawal_notice_revoked", "2019-03-07", {"by": "National Assembly"}),
        ],
        history=[
            ("1948-04-30", "signatory"),
            ("1951-12-29", "party"),
            ("2017-04-28", "party_withdrawing"),
            ("2019-04-28", "disputed"),
        ],
        held=[("2019-04-28", "VEN", "former_party"), ("2019-04-28", "National Assembly", "party")],
    ),
    Case(
        name="Colombia denounces the Pact of Bogota with immediate effect; the Court says in 2016: after a year",
        treaty="pact-of-bogota",
        party="COL",
        acts=[
            ("signature", "1948-04-30"),
            ("ratification", "1968-11-06"),
            ("withdrawal_notice", "2012-11-27", {"claimed_effective": "2012-11-27"}),
            ("dispute_over_effectiveness", "2013-11-26", {"by": "NIC"}),
            (
                "court_ruling",
                "2016-03-17",
                {"effective": "2013-11-27", "by": "International Court of Justice"},
            ),
        ],
        history=[
            ("1948-04-30", "signatory"),
            ("1968-11-06", "party"),
            ("2012-11-27", "party_withdrawing"),
            ("2013-11-27", "former_party"),
        ],
        seen=[
            ("2013-01-01", "2014-01-01", "disputed"),
            ("2013-11-26", "2016-03-17", "party_withdrawing"),
            ("2014-01-01", "2016-03-17", "former_party"),
        ],
    ),
    Case(
        name="Senegal denounces the Convention on the Territorial Sea, which has no clause, and one State objects",
        treaty="territorial-sea-1958",
        party="SEN",
        acts=[
            ("accession", "1961-04-25"),
            ("withdrawal_notice", "1971-06-09", {"effective": "1971-07-09"}),
            ("objection", "1973-01-02", {"by": "GBR"}),
        ],
        history=[
            ("1961-04-25", "contracting"),
            ("1964-09-10", "party"),
            ("1971-06-09", "party_withdrawing"),
            ("1971-07-09", "disputed"),
        ],
        held=[("1975-01-01", "SEN", "former_party"), ("1975-01-01", "GBR", "party")],
        seen=[
            ("1972-01-01", "1972-01-01", "former_party"),
            ("1972-01-01", "1973-01-02", "disputed"),
        ],
    ),
    Case(
        name="the United States leaves the Optional Protocol to the Consular Convention at once",
        treaty="vccr-op",
        party="USA",
        acts=[
            ("signature", "1963-04-24"),
            ("ratification", "1969-11-24"),
            ("withdrawal_notice", "2005-03-07", {"effective": "2005-03-07"}),
        ],
        history=[
            ("1963-04-24", "signatory"),
            ("1969-11-24", "contracting"),
            ("1969-12-24", "party"),
            ("2005-03-07", "former_party"),
        ],
        up=[("2005-03-07", "withdrawal_without_clause")],
    ),
    Case(
        name="Russia ceases to be a party to the European Convention six months after it left the Council",
        treaty="echr",
        party="RUS",
        acts=[
            ("signature", "1996-02-28"),
            ("ratification", "1998-05-05"),
            (
                "cessation_of_membership",
                "2022-03-16",
                {"effective": "2022-09-16", "by": "Committee of Ministers"},
            ),
        ],
        history=[
            ("1996-02-28", "signatory"),
            ("1998-05-05", "party"),
            ("2022-03-16", "party_withdrawing"),
            ("2022-09-16", "former_party"),
        ],
        up=[("2022-09-16", "survival_obligations")],
    ),
    Case(
        name="the United States leaves the Anti-Ballistic Missile Treaty, which ends",
        treaty="abm",
        party="USA",
        acts=[
            ("signature", "1972-05-26"),
            ("ratification", "1972-10-03"),
            ("withdrawal_notice", "2001-12-13"),
        ],
        others=[("RUS", "signature", "1972-05-26"), ("RUS", "ratification", "1972-10-03")],
        history=[
            ("1972-05-26", "signatory"),
            ("1972-10-03", "party"),
            ("2001-12-13", "party_withdrawing"),
            ("2002-06-13", "former_party"),
        ],
        up=[("2002-06-13", "treaty_terminated")],
    ),
    Case(
        name="Russia is a former party to the Anti-Ballistic Missile Treaty by the other side's notice",
        treaty="abm",
        party="RUS",
        acts=[("signature", "1972-05-26"), ("ratification", "1972-10-03")],
        others=[("USA", "ratification", "1972-10-03"), ("USA", "withdrawal_notice", "2001-12-13")],
        history=[
            ("1972-05-26", "signatory"),
            ("1972-10-03", "party"),
            ("2001-12-13", "party_withdrawing"),
            ("2002-06-13", "former_party"),
        ],
        up=[("2002-06-13", "treaty_terminated")],
        expected=[("2002-01-01", "2002-06-13", "former_party")],
    ),
    Case(
        name="Mali announces that it leaves ECOWAS at once, and is out a year after its notice",
        treaty="ecowas",
        party="MLI",
        acts=[
            ("signature", "1993-07-24"),
            ("ratification", "1995-05-01"),
            ("statement_of_intent", "2024-01-28"),
            ("withdrawal_notice", "2024-01-29", {"claimed_effective": "2024-01-29"}),
        ],
        history=[
            ("1993-07-24", "signatory"),
            ("1995-05-01", "contracting"),
            ("1995-08-23", "party"),
            ("2024-01-29", "party_withdrawing"),
            ("2025-01-29", "former_party"),
        ],
    ),
    Case(
        name="Mauritania left ECOWAS at the end of 2000, a year after its notice",
        treaty="ecowas",
        party="MRT",
        acts=[
            ("signature", "1993-07-24"),
            ("ratification", "1994-01-01"),
            ("withdrawal_notice", "1999-12-31"),
        ],
        history=[
            ("1993-07-24", "signatory"),
            ("1994-01-01", "contracting"),
            ("1995-08-23", "party"),
            ("1999-12-31", "party_withdrawing"),
            ("2000-12-31", "former_party"),
        ],
    ),
    Case(
        name="Morocco left the Organization of African Unity a year after its letter",
        treaty="oau-charter",
        party="MAR",
        acts=[("accession", "1963-09-19"), ("withdrawal_notice", "1984-11-12")],
        history=[
            ("1963-09-19", "party"),
            ("1984-11-12", "party_withdrawing"),
            ("1985-11-12", "former_party"),
        ],
    ),
    Case(
        name="the United States suspends the Treaty on Conventional Armed Forces towards all",
        treaty="cfe",
        party="USA",
        acts=[
            ("signature", "1990-11-19"),
            ("ratification", "1992-01-29"),
            ("provisional_application_start", "1992-07-17"),
            ("suspension", "2023-11-07", {"effective": "2023-12-07"}),
        ],
        history=[
            ("1990-11-19", "signatory"),
            ("1992-01-29", "contracting"),
            ("1992-07-17", "provisional"),
            ("1992-11-09", "party"),
            ("2023-12-07", "party_suspended"),
        ],
        up=[("1992-08-01", "contracting")],
    ),
    Case(
        name="Canada's suspension of the Treaty on Conventional Armed Forces begins in February 2024",
        treaty="cfe",
        party="CAN",
        acts=[
            ("signature", "1990-11-19"),
            ("ratification", "1991-11-22"),
            ("suspension", "2023-11-07", {"effective": "2024-02-07"}),
        ],
        history=[
            ("1990-11-19", "signatory"),
            ("1991-11-22", "contracting"),
            ("1992-11-09", "party"),
            ("2024-02-07", "party_suspended"),
        ],
        expected=[("2024-01-01", "2024-02-07", "party_suspended")],
    ),
    *(
        Case(
            name=f"{name} leaves the Mine Ban Convention six months after its notice",
            treaty="ottawa",
            party=party,
            acts=[(kind, joined), ("withdrawal_notice", notice)],
            history=[
                (joined, "contracting"),
                (in_force, "party"),
                (notice, "party_withdrawing"),
                (out, "former_party"),
            ],
        )
        for name, party, kind, joined, in_force, notice, out in (
            ("Finland", "FIN", "accession", "2012-01-09", "2012-07-01", "2025-07-10", "2026-01-10"),
            ("Estonia", "EST", "accession", "2004-05-12", "2004-11-01", "2025-06-27", "2025-12-27"),
            ("Latvia", "LVA", "accession", "2005-07-01", "2006-01-01", "2025-06-27", "2025-12-27"),
            (
                "Poland",
                "POL",
                "ratification",
                "2012-12-27",
                "2013-06-01",
                "2025-08-20",
                "2026-02-20",
            ),
        )
    ),
    Case(
        name="a State at war when its notice runs out is bound until the war is over",
        treaty="ottawa",
        party="ERI",
        acts=[
            ("accession", "2001-08-27"),
            ("withdrawal_notice", "2020-01-15"),
            ("armed_conflict_began", "2020-03-01"),
            ("armed_conflict_ended", "2022-11-02"),
        ],
        history=[
            ("2001-08-27", "contracting"),
            ("2002-02-01", "party"),
            ("2020-01-15", "party_withdrawing"),
            ("2022-11-02", "former_party"),
        ],
        seen=[
            ("2021-01-01", "2020-02-28", "former_party"),
            ("2021-01-01", "2020-03-01", "party_withdrawing"),
            ("2030-01-01", "2021-01-01", "party_withdrawing"),
        ],
        up=[("2021-01-01", "withdrawal_postponed")],
    ),
    Case(
        name="a war that is over before the notice runs out postpones nothing",
        treaty="ottawa",
        party="ERI",
        acts=[
            ("accession", "2001-08-27"),
            ("armed_conflict_began", "2019-03-01"),
            ("withdrawal_notice", "2020-01-15"),
            ("armed_conflict_ended", "2020-05-01"),
        ],
        history=[
            ("2001-08-27", "contracting"),
            ("2002-02-01", "party"),
            ("2020-01-15", "party_withdrawing"),
            ("2020-07-15", "former_party"),
        ],
    ),
    Case(
        name="Indonesia's withdrawal from the United Nations was treated as a stay away",
        treaty="un-charter",
        party="IDN",
        acts=[
            ("state_admission", "1950-09-28"),
            ("withdrawal_notice", "1965-01-20", {"legal_effect": False}),
            ("resumption", "1966-09-28"),
        ],
        history=[("1950-09-28", "party")],
        up=[("1965-03-01", "withdrawal_contested")],
    ),
    Case(
        name="France and Luxembourg leave the Energy Charter a year and a day after their notices",
        treaty="energy-charter",
        party="FRA",
        acts=[
            ("signature", "1994-12-17"),
            ("ratification", "1999-09-28"),
            ("withdrawal_notice", "2022-12-07"),
        ],
        history=[
            ("1994-12-17", "provisional"),
            ("1999-12-27", "party"),
            ("2022-12-07", "party_withdrawing"),
            ("2023-12-08", "former_party"),
        ],
        up=[("2023-12-08", "survival_obligations"), ("2043-12-07", "survival_obligations")],
    ),
    Case(
        name="Australia said at signature that it would not apply the Energy Charter provisionally",
        treaty="energy-charter",
        party="AUS",
        acts=[("signature", "1994-12-17"), ("intention_not_to_become_party", "2021-12-13")],
        history=[("1994-12-17", "signatory"), ("2021-12-13", "signatory_no_intent")],
    ),
    Case(
        name="Egypt leaves the whaling convention on the thirtieth of June after a notice in time",
        treaty="icrw",
        party="EGY",
        acts=[("adherence", "1981-09-18"), ("withdrawal_notice", "1988-12-31")],
        history=[
            ("1981-09-18", "party"),
            ("1988-12-31", "party_withdrawing"),
            ("1989-06-30", "former_party"),
        ],
    ),
    Case(
        name="Peru leaves the jurisdiction of the American Court in no way by a letter without a clause",
        treaty="american-convention",
        party="PER",
        acts=[
            ("ratification", "1978-07-28"),
            ("statement_of_intent", "1999-07-09"),
        ],
        history=[("1978-07-28", "party")],
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_change_of_status_falls_on_its_day(case: Case) -> None:
    fold = case.fold()

    assert history(fold, case.party) == case.history


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_flags_and_positions_are_shown(case: Case) -> None:
    fold = case.fold()

    for on, flag in case.up:
        assert flag in flags(fold, case.party, on), on
    for on, who, held in case.held:
        assert positions(fold, case.party, on)[who] == held, on


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_answer_as_seen_knows_nothing_of_what_came_later(case: Case) -> None:
    for on, as_seen, expected in case.seen:
        assert status(case.fold(as_seen), case.party, on) == expected, (on, as_seen)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_is_coming_follows_from_what_was_done_by_then(case: Case) -> None:
    fold = case.fold()

    for on, changes_on, to in case.expected:
        assert coming(fold, case.party, on)[:1] == [(changes_on, to)], on


def test_the_objection_keeps_the_apostille_from_albania_and_belgium_until_it_is_withdrawn() -> None:
    fold = next(case for case in CASES if case.party == "ALB").fold()

    assert relation(fold, "ALB", "2010-01-01", "BEL") == "not_in_force"
    assert relation(fold, "BEL", "2010-01-01", "ALB") == "not_in_force"
    assert relation(fold, "ALB", "2010-01-01", "NLD") == "in_force"
    assert relation(fold, "ALB", "2015-06-22", "BEL") == "not_in_force"
    assert relation(fold, "ALB", "2015-06-23", "BEL") == "in_force"


def relation(fold: TreatyFold, party: str, on: str, towards: str) -> object:
    found = said(fold, party, on, towards)["relation"]
    assert isinstance(found, dict)
    return found["status"]
