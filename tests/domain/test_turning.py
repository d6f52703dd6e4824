"""Between two turning days every answer is the same but for its day."""

from datetime import date, timedelta
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from domain.answers import answer
from domain.bounds import Bounds, Record
from domain.treaty import TreatyFold
from domain.turning import turning_days
from tests.domain.dossiers import did, folded
from tests.scenarios import catalogue

RECORD = Record(position=1)
FIRST = date(1900, 1, 1)


@cache
def fold(slug: str) -> TreatyFold:
    return catalogue.fold(slug, catalogue.acts(slug))


def said(slug: str, party: str, day: date, towards: str | None) -> dict[str, object]:
    """The answer without its day."""
    bounds = Bounds(as_of=day, record=RECORD)
    whole = answer(fold(slug), party, bounds, towards=towards, explain=True)
    return {name: each for name, each in whole.items() if name != "as_of"}


PAIRS = tuple(
    (slug, party)
    for slug in catalogue.SLUGS
    for party in fold(slug).parties()
    if fold(slug).acts(party)
)


@given(
    pair=st.sampled_from(PAIRS),
    after=st.integers(0, 60_000),
    other=st.sampled_from([None, "USA", "RUS", "DEU", "POL"]),
)
def test_an_answer_holds_until_the_next_turning_day(
    pair: tuple[str, str], after: int, other: str | None
) -> None:
    slug, party = pair
    days = turning_days(fold(slug), party, other)
    day = FIRST + timedelta(days=after)
    if days is None:
        return

    turned = max(each for each in days if each <= day)

    assert said(slug, party, day, other) == said(slug, party, turned, other)


def test_days_in_doubt_make_every_day_its_own() -> None:
    uncertain = folded([did("AAA", "signature", dated="2000-01-01/2000-03-31")])

    assert turning_days(uncertain, "AAA") is None


def test_the_first_day_of_the_calendar_is_among_them() -> None:
    certain = folded([did("AAA", "signature", "2000-01-01")])

    assert turning_days(certain, "AAA") == (date.min, date(2000, 1, 1))
