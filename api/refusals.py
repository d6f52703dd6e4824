"""What is refused at the door, before the record is looked at: a branch of the tree in `domain.errors`.

Refusal
  Conflict
    ChangedMeanwhile      somebody recorded since the version that the client named
  NotAllowed
    NotKnown              no key, or one that is not known, has expired or was revoked
  RateExceeded            too many requests in too short a time
  TooLarge                more than one request may bring or ask for
  BadHeader               a header cannot be read as what it must be
  NotAcceptable           none of the forms of the answer is one that the client takes
  UnsupportedMedia        the body is in a form that is not read
  Damaged                 what is kept does not fit together, so nothing is proved by it
"""

from collections.abc import Mapping, Sequence

from domain.errors import Conflict, NotAllowed, Refusal


class ChangedMeanwhile(Conflict):
    """Somebody recorded on the treaty since the version that the client named; with what was recorded."""

    def __init__(self, conflict: Conflict, recorded: Sequence[Mapping[str, object]]) -> None:
        """Hold the entries recorded since, in the form in which they are shown."""
        super().__init__(conflict.stream, conflict.expected, conflict.actual)
        self.recorded = tuple(recorded)


class NotKnown(NotAllowed):
    """No key, or one that is not known, has expired or was revoked."""


class RateExceeded(Refusal):
    """Too many requests in too short a time; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        """Say which limit, and when to come again."""
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(Refusal):
    """The request asks for, or brings, more than one request may."""


class NotAcceptable(Refusal):
    """None of the forms in which the answer exists is one that the client takes."""


class UnsupportedMedia(Refusal):
    """The body is in a form that is not read here."""


class Damaged(Refusal):
    """What is kept does not fit together, so nothing is proved by it."""


class BadHeader(Refusal):
    """A header cannot be read as what it must be."""
