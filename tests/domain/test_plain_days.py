"""Plain data and typed values, there and back."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from domain.counting import Convention, DayCounting
from domain.errors import Malformed
from domain.plain import escaped, plain, read


@dataclass(frozen=True, kw_only=True)
class Small:
    name: str
    days: tuple[date, ...] = ()
    any: object = None
    ratio: float = 1.0
    more: dict[str, int] = field(default_factory=dict)


def test_a_value_is_written_without_what_is_absent_or_default() -> None:
    assert plain(Small(name="a")) == {"name": "a"}
    assert plain(Small(name="a", days=(date(2000, 1, 1),), more={"x": 1})) == {
        "name": "a",
        "days": ["2000-01-01"],
        "more": {"x": 1},
    }


def test_enumerations_and_instants_are_written_as_text() -> None:
    assert plain(Convention(days=DayCounting.AFTER_FULL_EXPIRY)) == {"days": "after_full_expiry"}
    assert plain(datetime(2000, 1, 1, tzinfo=UTC)) == "2000-01-01T00:00:00+00:00"
    assert plain([Small, 1]) == [Small, 1]


def test_a_value_is_read_from_what_was_written() -> None:
    value = Small(name="a", days=(date(2000, 1, 1),), any=[1], ratio=0.5)

    assert read(Small, plain(value)) == value


@pytest.mark.parametrize(
    ("data", "pointer", "detail"),
    [
        ([], "", "must be an object"),
        ({}, "/name", "is missing"),
        ({"name": 1}, "/name", "must be text"),
        ({"name": "a", "ratio": "1"}, "/ratio", "must be a number"),
        ({"name": "a", "days": ["20000101"]}, "/days/0", "must be a day, YYYY-MM-DD"),
        ({"name": "a", "days": ["2000-W01-1"]}, "/days/0", "must be a day, YYYY-MM-DD"),
        ({"name": "a", "days": [5]}, "/days/0", "must be a day, YYYY-MM-DD"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_pointer(
    data: object, pointer: str, detail: str
) -> None:
    with pytest.raises(Malformed) as refusal:
        read(Small, data)

    assert [(each.pointer, each.detail) for each in refusal.value.faults] == [(pointer, detail)]


def test_a_step_of_a_pointer_is_escaped() -> None:
    assert escaped("a/b~c") == "a~1b~0c"
