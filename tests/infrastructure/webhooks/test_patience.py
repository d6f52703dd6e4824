"""How long a delivery is tried: later each time, with some chance in it, and for days."""

from datetime import UTC, datetime, timedelta

import pytest

from infrastructure.webhooks.patience import Patience

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def the_middle() -> float:
    return 0.5


def tries(patience: Patience, chance: float) -> list[timedelta]:
    """After how long each try comes, until it is given up."""
    now, failures, found = NOON, 0, [timedelta()]
    while True:
        failures += 1
        again = patience.next_try(failures, began_at=NOON, now=now, chance=lambda: chance)
        if again is None:
            return found
        assert again > now
        found.append(again - NOON)
        now = again


def test_each_wait_is_longer_until_the_longest() -> None:
    waits = [Patience().wait(failures).total_seconds() for failures in (1, 2, 3, 4, 5, 6, 7, 8)]

    assert waits == [5, 15, 45, 135, 405, 1215, 3645, 10935]
    assert Patience().wait(9) == timedelta(seconds=32805)
    assert Patience().wait(10) == Patience().wait(10_000) == timedelta(hours=12)


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_it_goes_on_for_days_and_tries_a_last_time_at_their_end(chance: float) -> None:
    found = tries(Patience(), chance)

    assert found[-1] == timedelta(days=5)
    assert 15 <= len(found) <= 25
    assert found[4] < timedelta(minutes=5)


def test_chance_spreads_the_tries() -> None:
    chances = iter(each / 10 for each in range(11))
    found = {
        Patience().next_try(3, began_at=NOON, now=NOON, chance=lambda: next(chances))
        for _ in range(11)
    }

    assert len(found) == 11
    assert min(each for each in found if each) == NOON + timedelta(seconds=36)
    assert max(each for each in found if each) == NOON + timedelta(seconds=54)


def test_what_the_receiver_asks_for_is_honoured_up_to_the_longest() -> None:
    def asked(wait: timedelta) -> datetime | None:
        return Patience().next_try(
            1, began_at=NOON, now=NOON, chance=the_middle, asked_to_wait=wait
        )

    assert asked(timedelta(seconds=1)) == NOON + timedelta(seconds=5)
    assert asked(timedelta(minutes=7)) == NOON + timedelta(minutes=7)
    assert asked(timedelta(days=900)) == NOON + timedelta(hours=12)
