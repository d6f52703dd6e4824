"""How plain data becomes a typed value: what is taken for a day."""

from dataclasses import dataclass
from datetime import date

import pytest

from domain.errors import Malformed
from domain.plain import read


@dataclass(frozen=True, kw_only=True)
class Dated:
    """A value with a day."""

    on: date


def test_a_day_is_read() -> None:
    assert read(Dated, {"on": "2021-06-16"}) == Dated(on=date(2021, 6, 16))


@pytest.mark.parametrize("given", ["2021-W24-3", "20210616", "2021-6-16", "٢٠٢١-٠٦-١٦", 20210616])
def test_another_form_of_a_day_is_a_fault_at_its_place(given: object) -> None:
    with pytest.raises(Malformed) as refused:
        read(Dated, {"on": given})

    assert [each.pointer for each in refused.value.faults] == ["/on"]
