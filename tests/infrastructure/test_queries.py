"""The queries answer what the folds and the log answer, page by page, as the record stood at a position."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.acts import Act, Source
from domain.answers import roster, run_of
from domain.bounds import Bounds, Record
from domain.dates import UncertainDay, day_before
from domain.treaty import TreatyFold
from domain.uncertainty import envelope
from infrastructure.archive import EventArchive
from infrastructure.database import glancing, open_engine, writing
from infrastructure.dossiers import Dossiers
from infrastructure.projector import Projector
from infrastructure.queries import Change, ChangesWanted, Queries, Wanted
from tests.infrastructure.histories import Drafts, History, drafts, record
from tests.infrastructure.test_projector import brought_level, defined, ratified, recorded_singly

Item = TypeVar("Item")

LONG = 10_000


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def archive(engine: sa.Engine) -> EventArchive:
    return EventArchive(engine)


@pytest.fixture
def queries(engine: sa.Engine, archive: EventArchive) -> Queries:
    return Queries(engine, archive)


@settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(transactions=drafts(), what=st.integers(0, 2))
def test_changes_and_treaties_of_a_party_are_those_of_the_folds(
    engine: sa.Engine, archive: EventArchive, transactions: Drafts, what: int
) -> None:
    history, queries = History(), Queries(engine, archive)
    written = [history.beginning(what)]
    written += [[history.fact(draft) for draft in transaction] for transaction in transactions]
    positions = [record(archive, facts) for facts in written]
    brought_level(engine, archive)

    for position in positions:
        folds = folds_at(archive, history, position)
        for treaty, fold in folds.items():
            wanted = ChangesWanted(treaty=treaty)
            assert queries.changes(wanted, position=position, limit=LONG) == changes_of(fold)
        for party in {party for fold in folds.values() for party in fold.parties()}:
            for day in (date(1990, 3, 1), date(1991, 1, 1), date(2000, 1, 1)):
                told = queries.treaties_of(party, as_of=day, position=position, limit=LONG)
                assert [line_of(each) for each in told] == lines_of(folds, party, day)


def test_changes_are_paged_by_their_place(
    engine: sa.Engine, archive: EventArchive, queries: Queries
) -> None:
    position = recorded_singly(archive, 40)[-1]
    brought_level(engine, archive)
    wanted = ChangesWanted(first_day=date(1990, 1, 1), last_day=date(1996, 12, 31))

    whole = queries.changes(wanted, position=position, limit=LONG)
    pages = paged(
        lambda after: queries.changes(wanted, position=position, after=after, limit=3),
        lambda change: change.place,
    )

    assert pages == whole
    assert [each.place for each in whole] == sorted(each.place for each in whole)
    assert {each.on.year for each in whole} >= {1990, 1992, 1994}
    assert all(date(1990, 1, 1) <= each.on <= date(1996, 12, 31) for each in whole)
    assert any(each.party is None for each in whole)
    assert queries.count_changes(wanted, position=position) == len(whole)


def test_a_page_is_of_the_record_that_was_asked_for_whatever_is_recorded_meanwhile(
    engine: sa.Engine, archive: EventArchive, queries: Queries
) -> None:
    position = recorded_singly(archive, 20)[-1]
    brought_level(engine, archive)
    before = everything(queries, position)
    record(archive, [ratified("npt", "POL", "1980-01-01"), ratified("ctbt", "ITA", "1980-01-01")])
    brought_level(engine, archive)

    assert everything(queries, position) == before
    assert everything(queries, archive.head().position) != before


def test_a_party_and_its_treaties_can_be_asked_for_alone(
    engine: sa.Engine, archive: EventArchive, queries: Queries
) -> None:
    position = recorded_singly(archive, 40)[-1]
    brought_level(engine, archive)

    of_poland = queries.changes(ChangesWanted(party="POL"), position=position, limit=LONG)
    of_both = queries.changes(
        ChangesWanted(party="POL", treaty="npt"), position=position, limit=LONG
    )
    day = date(2000, 1, 1)
    treaties = paged(
        lambda after: queries.treaties_of(
            "POL", as_of=day, position=position, after=after or "", limit=1
        ),
        lambda standing: standing.treaty,
    )

    assert {each.party for each in of_poland} == {"POL"}
    assert {(each.party, each.treaty) for each in of_both} == {("POL", "npt")}
    assert [each.treaty for each in treaties] == ["ctbt", "npt", "open-skies"]
    assert [each.title for each in treaties] == ["ctbt", "npt", "open-skies"]
    assert queries.statuses_of("POL", as_of=day, position=position) == {"party": 3}


def test_a_title_is_that_of_the_record_asked_for(
    engine: sa.Engine, archive: EventArchive, queries: Queries
) -> None:
    before = record(archive, [defined("npt"), ratified("npt", "POL"), ratified("npt", "USA")])
    now = record(archive, [replace(defined("npt"), title="Treaty on Non-Proliferation")])
    brought_level(engine, archive)
    day = date(2000, 1, 1)

    titles = [
        queries.treaties_of("POL", as_of=day, position=position, limit=1)[0].title
        for position in (before, now)
    ]

    assert titles == ["npt", "Treaty on Non-Proliferation"]


def test_a_doubtful_course_is_said_to_be_one(
    engine: sa.Engine, archive: EventArchive, queries: Queries
) -> None:
    doubt = UncertainDay(edtf="1995", earliest=date(1995, 1, 1), latest=date(1995, 12, 31))
    certain = [ratified(treaty, "FRA", "1990-01-01") for treaty in ("ctbt", "npt")]
    certain += [ratified(treaty, "USA", "1990-01-01") for treaty in ("ctbt", "npt")]
    uncertain = replace(ratified("npt", "POL"), received=doubt)
    position = record(archive, [defined("ctbt"), defined("npt"), *certain, uncertain])
    brought_level(engine, archive)

    (of_poland,) = queries.treaties_of("POL", as_of=date(2000, 1, 1), position=position, limit=9)
    (of_france, _) = queries.treaties_of("FRA", as_of=date(2000, 1, 1), position=position, limit=9)
    (became,) = queries.changes(
        ChangesWanted(party="POL", first_day=date(1995, 1, 1)), position=position, limit=9
    )

    assert (of_poland.doubtful, of_france.doubtful) == (True, False)
    assert (became.on, became.certainty) == (date(1995, 1, 1), "possible")


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(treaty="npt"),
        Wanted(party="USA"),
        Wanted(party="USA", treaty="npt", last_day=date(1995, 1, 1)),
        Wanted(kinds=frozenset({"signature", "objection"})),
        Wanted(kinds=frozenset({"ratification"})),
        Wanted(first_day=date(1992, 1, 1), last_day=date(1993, 12, 31)),
        Wanted(first_position=10, last_position=20),
        Wanted(last_position=9_999),
        Wanted(recorded_by="historian"),
        Wanted(recorded_by="nobody"),
        Wanted(text="Number 1"),
        Wanted(text="NÚMBER  2!"),
        Wanted(text="50 %"),
        Wanted(text="under_score"),
        Wanted(text="Żółć"),
        Wanted(text="list of ratifications"),
        Wanted(text="nowhere"),
    ],
)
def test_the_acts_wanted_are_those_that_it_takes(
    engine: sa.Engine, archive: EventArchive, queries: Queries, wanted: Wanted
) -> None:
    recorded_singly(archive, 20)
    record(
        archive,
        [
            signed("npt", "USA", note="a share of 50 percent"),
            signed("ctbt", "USA", note="a share of 50 % at under_score"),
            signed("ctbt", "POL", reference="ZOLC", by="Zolc"),
            signed("ctbt", "POL", note="Zólc", sources=(Source(title="List of Ratifications"),)),
            signed("ctbt", "POL", sources=(Source(title="", quote="a żółć in it"),)),
        ],
    )
    position = record(archive, [ratified("npt", "ITA", "1995-01-01")])
    record(archive, [ratified("npt", "USA", "1993-01-01", note="Number 1, recorded later")])
    brought_level(engine, archive)

    expected = [
        each for each in archive.since(0) if wanted.takes(each) and each.position <= position
    ]
    pages = paged(
        lambda after: queries.acts(wanted, position=position, after=after or 0, limit=4),
        lambda entry: entry.position,
    )

    assert list(pages) == expected
    assert queries.count_acts(wanted, position=position) == len(expected)


def test_how_far_the_read_model_reaches_is_told(
    engine: sa.Engine, archive: EventArchive, queries: Queries
) -> None:
    before = queries.reached()
    record(archive, [defined("npt")])
    between = queries.reached()
    Projector(engine, archive).step()

    assert (before.position, before.at) == (0, None)
    assert between == before
    assert queries.reached() == archive.head()


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("status WHERE treaty = 't' AND recorded_until IS NULL", "uq_built_status_current"),
        (
            "status WHERE party = 'POL' AND recorded_until IS NULL",
            "ix_built_status_current_of_party",
        ),
        (
            "status WHERE treaty = 't' AND recorded_until > 7",
            "ix_built_status_superseded|ix_built_status_ended",
        ),
        (
            "change WHERE day > '2020-01-01' AND recorded_until IS NULL ORDER BY day",
            "ix_built_status_current_change",
        ),
        ("act WHERE kind = 'rejection' ORDER BY position LIMIT 9", "ix_built_act_kind"),
    ],
)
def test_plain_sql_finds_its_way_by_an_index_of_its_own(
    engine: sa.Engine, question: str, index: str
) -> None:
    explain = "EXPLAIN QUERY PLAN" if engine.dialect.name == "sqlite" else "EXPLAIN"
    fill_tables(engine)

    with glancing(engine) as connection:
        plan = connection.exec_driver_sql(f"{explain} SELECT * FROM {question}").all()

    assert any(each in str(plan) for each in index.split("|"))


def fill_tables(engine: sa.Engine) -> None:
    """Thousands of statuses, most of them believed no longer, and as many acts."""
    fifty = "(WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n < 49) SELECT n FROM n)"
    with writing(engine) as connection:
        connection.exec_driver_sql(
            "INSERT INTO built_status (generation, treaty, party, valid_from, status, status_since,"
            " previous_status, previous_certainty, flags, positions, certainty, possible, doubtful,"
            " because, recorded_from, recorded_until) SELECT 1, CAST(t.n AS TEXT), CAST(p.n AS TEXT),"
            " '2000-01-01', 'party', '2000-01-01', 'none', 'certain', '[]', '[]', 'certain', '[]',"
            " false, '[]', r.n, CASE WHEN r.n < 5 THEN r.n + 1 END"
            f" FROM {fifty} AS t, {fifty} AS p, {fifty} AS r WHERE r.n < 6"
        )
        connection.exec_driver_sql(
            "INSERT INTO built_act (generation, position, id, treaty, kind, day, day_latest,"
            " sequence, words, recorded_at, recorded_by) SELECT 1, 50 * a.n + b.n, '', '', 'k' || a.n,"
            " '2000-01-01', '2000-01-01', 1, '', '2000-01-01', ''"
            f" FROM {fifty} AS a, {fifty} AS b"
        )
        connection.exec_driver_sql("ANALYZE")


# --- what the folds say ---


def folds_at(archive: EventArchive, history: History, position: int) -> dict[str, TreatyFold]:
    dossiers = Dossiers(archive)
    found = Record(position=position)
    return {treaty: dossiers.fold(treaty, found) for treaty in history.treaties}


def changes_of(fold: TreatyFold) -> tuple[Change, ...]:
    found = [
        change_of_state(fold, one.state.value, other.start, other.state.value)
        for one, other in pairwise(fold.spans)
        if one.state is not other.state
    ]
    for party in fold.parties():
        course, doubt = fold.course(party), envelope(fold, party)
        for before, after in pairwise(course.spans):
            if before.status is after.status:
                continue
            cause = course.causes.get(after.start)
            extinct = "the entity exists no more" if after.status == "extinct" else None
            certainty = None
            if doubt is not None:
                both = (after.start, day_before(after.start))
                certainty = "certain" if all(map(doubt.is_certain, both)) else "possible"
            found.append(
                Change(
                    on=after.start,
                    treaty=fold.dossier.treaty,
                    party=party,
                    from_=before.status.value,
                    to=after.status.value,
                    because=[] if cause is None else list(cause.because),
                    rule=extinct if cause is None else cause.rule,
                    unless=None if cause is None else cause.unless,
                    certainty=certainty,
                )
            )
    return tuple(sorted(found, key=lambda change: change.place))


def change_of_state(fold: TreatyFold, before: str, day: date, after: str) -> Change:
    entry, end = fold.entry(), fold.end
    acts = [act.id for act in fold.dossier.by_party.get(None, ()) if act.on() == day]
    because, rule, unless = acts, None, None
    if entry.on == day:
        because, rule = list(entry.because), entry.rule
    elif end is not None and end.on == day:
        because, rule, unless = list(end.because), end.rule, end.unless
    return Change(
        on=day,
        treaty=fold.dossier.treaty,
        party=None,
        from_=before,
        to=after,
        because=because,
        rule=rule,
        unless=unless,
        certainty=None,
    )


def lines_of(folds: dict[str, TreatyFold], party: str, day: date) -> list[tuple[Any, ...]]:
    lines = []
    for treaty, fold in sorted(folds.items()):
        if party not in fold.parties():
            continue
        course, doubtful = fold.course(party), envelope(fold, party) is not None
        bounds = Bounds(as_of=day, record=Record(position=1))
        for line in roster(fold, bounds, [party]):
            known = (line["status"], line["bound"], *run_of(course, day), line["flags"], doubtful)
            lines.append((treaty, *known))
    return lines


def line_of(standing: Any) -> tuple[Any, ...]:
    return (
        standing.treaty,
        standing.status,
        standing.bound,
        standing.since,
        standing.until,
        standing.flags,
        standing.doubtful,
    )


def everything(queries: Queries, position: int) -> Sequence[Any]:
    return (
        queries.acts(Wanted(), position=position, limit=LONG),
        queries.changes(ChangesWanted(), position=position, limit=LONG),
        queries.treaties_of("POL", as_of=date(2000, 1, 1), position=position, limit=LONG),
    )


def paged(
    page_after: Callable[[Any], Sequence[Item]], place_of: Callable[[Item], Any]
) -> tuple[Item, ...]:
    """All pages, one after the other."""
    found: list[Item] = []
    while page := page_after(place_of(found[-1]) if found else None):
        found.extend(page)
    return tuple(found)


def signed(treaty: str, party: str, **more: Any) -> Act:
    given = {"dated": date(1992, 6, 1), **more}
    return Act(id=str(uuid4()), treaty=treaty, kind="signature", party=party, **given)
