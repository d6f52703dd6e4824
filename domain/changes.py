"""What changes in law from one day to another, and what becomes of such a change when more is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Outcome(StrEnum):
    """What has become of a change that was made known."""

    LIES_AHEAD = "lies_ahead"
    COME_ABOUT = "come_about"
    MOVED = "moved"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Why a change happens: the acts behind it by their ids, the rule, and what could still stop it."""

    because: tuple[str, ...] = ()
    rule: str | None = None
    unless: str | None = None
    certainty: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A status, or a treaty's state, with its flags, that holds from a day on, and the ground on which it begins."""

    start: date
    status: str
    flags: tuple[str, ...] = ()
    ground: Ground = Ground()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A day on which a status or a flag becomes another."""

    on: date
    before: str
    after: str
    raised: tuple[str, ...]
    lowered: tuple[str, ...]
    ground: Ground

    @property
    def what(self) -> tuple[str, ...]:
        """What happens, whenever it does."""
        return (self.after, *self.raised, "/", *self.lowered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What was believed to happen and is believed no longer, and what takes its place, either being possible alone.

    With both, the same happens on another day, or from another status.
    """

    gone: Change | None
    new: Change | None

    @property
    def outcome(self) -> Outcome | None:
        """What became of the change that is gone; None where there is none, or its day stays."""
        if self.gone is None or (self.new is not None and self.new.on == self.gone.on):
            return None
        return Outcome.CANCELLED if self.new is None else Outcome.MOVED


def changes_in(course: Iterable[Held], before: Held | None) -> tuple[Change, ...]:
    """The changes along a course whose parts stand in the order of their days.

    `before` is what held before the first part; None where nothing is known to have, which then is no change.
    """
    found = []
    for each in course:
        if before is not None and (each.status, each.flags) != (before.status, before.flags):
            found.append(
                Change(
                    on=each.start,
                    before=before.status,
                    after=each.status,
                    raised=tuple(flag for flag in each.flags if flag not in before.flags),
                    lowered=tuple(flag for flag in before.flags if flag not in each.flags),
                    ground=each.ground,
                )
            )
        before = each
    return tuple(found)


def revisions(before: Iterable[Change], after: Iterable[Change]) -> tuple[Revision, ...]:
    """What turns the changes believed before into those believed after, in the order of their days.

    A change that is gone is paired with the nearest new one that says the same of another day.
    """
    before, after = tuple(before), tuple(after)
    if not before:
        return tuple(Revision(gone=None, new=each) for each in sorted(after, key=_on))
    kept = {_key(each) for each in before} & {_key(each) for each in after}
    gone = [each for each in before if _key(each) not in kept]
    new = [each for each in after if _key(each) not in kept]
    pairs = [(one, other) for one in gone for other in new if one.what == other.what]
    found = []
    for one, other in sorted(pairs, key=lambda pair: abs(pair[0].on - pair[1].on)):
        if one in gone and other in new:
            gone.remove(one)
            new.remove(other)
            found.append(Revision(gone=one, new=other))
    found.extend(Revision(gone=each, new=None) for each in gone)
    found.extend(Revision(gone=None, new=each) for each in new)
    return tuple(sorted(found, key=_day))


def _key(change: Change) -> tuple[object, ...]:
    return (change.on, change.before, change.what, change.ground.certainty)


def _on(change: Change) -> date:
    return change.on


def _day(revision: Revision) -> date:
    change = revision.new or revision.gone
    assert change is not None  # one of them is always there
    return change.on
