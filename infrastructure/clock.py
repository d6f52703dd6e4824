"""What time it is, by the machine that we run on."""

from datetime import UTC, date, datetime


class SystemClock:
    """The clock of the machine."""

    def now(self) -> datetime:
        """The instant, aware, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """The day in UTC."""
        return self.now().date()
