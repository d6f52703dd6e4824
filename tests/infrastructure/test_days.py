"""A day in doubt lies within the bounds that the `edtf` library's padding gives it, whoever reckons them."""

from datetime import date

import pytest
from edtf import parse_edtf
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from domain.dates import UncertainDay
from infrastructure.days import read_day


@st.composite
def texts_in_doubt(draw: st.DrawFn) -> str:
    """A year, a month or a day with a mark of doubt, often the last day of a month."""
    day = draw(st.dates(date(1, 1, 1), date(9999, 12, 31)))
    parts = day.isoformat().split("-")[: draw(st.integers(1, 3))]
    return "-".join(parts) + draw(st.sampled_from("?~%"))


@hypothesis_settings(max_examples=60, deadline=None)
@given(text=texts_in_doubt())
@example(text="1904-02-29?")
@example(text="1904-02-29%")
@example(text="1900-03-31~")
@example(text="1900-05-31%")
@example(text="1904-04%")
@example(text="1900-12?")
@example(text="1868%")
@example(text="0011?")
@example(text="0012-01-01%")
@example(text="9989%")
@example(text="9988-12-31%")
@example(text="9999-12-31?")
def test_doubt_reaches_as_far_as_the_library_has_it(text: str) -> None:
    parsed = parse_edtf(text)
    bounds = [parsed.lower_fuzzy()[:3], parsed.upper_fuzzy()[:3]]

    read = read_day(text)

    assert isinstance(read, UncertainDay)
    within = [(1, 1, 1) if each[0] < 1 else min(each, (9999, 12, 31)) for each in bounds]
    assert [(each.year, each.month, each.day) for each in (read.earliest, read.latest)] == within


@pytest.mark.parametrize("text", ["2001-02-30?", "1900-02-29%", "2001-13?", "2001-00-01~"])
def test_a_day_that_no_calendar_has_is_refused_in_doubt_as_well(text: str) -> None:
    with pytest.raises(ValueError, match="is not a day of the calendar"):
        read_day(text)
