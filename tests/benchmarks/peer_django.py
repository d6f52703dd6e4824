"""django-simple-history over a copy of the statuses, behind two views; run by `tests.benchmarks.peers`.

python tests/benchmarks/peer_django.py STATUSES DATABASE PORT
"""

# mypy: ignore-errors
# ruff: noqa: D106, RUF012 (as Django has them)

import datetime as dt
import sqlite3
import sys
from typing import Any

import django
import uvicorn
from django.conf import settings

SOURCE, DATABASE, PORT = sys.argv[1:4]
settings.configure(
    DEBUG=False,
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    USE_TZ=True,
    TIME_ZONE="UTC",
    ROOT_URLCONF=__name__,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    MIDDLEWARE=[],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATABASE,
            "CONN_MAX_AGE": None,
        }
    },
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "simple_history"],
)
django.setup()

from django.core.management import call_command  # noqa: E402 (only after the setup)
from django.core.wsgi import get_wsgi_application  # noqa: E402 (the same)
from django.db import connection, models  # noqa: E402 (the same)
from django.http import JsonResponse  # noqa: E402 (the same)
from django.urls import path  # noqa: E402 (the same)
from simple_history.models import HistoricalRecords  # noqa: E402 (the same)


class Membership(models.Model):
    """A party to a treaty, with its history by day."""

    treaty = models.CharField(max_length=80, db_index=True)
    party = models.CharField(max_length=12)
    status = models.CharField(max_length=32)
    history = HistoricalRecords()

    class Meta:
        app_label = "simple_history"
        unique_together = [("treaty", "party")]


def at(day: str) -> dt.datetime:
    """The beginning of the day."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(0), dt.UTC)


def one(request: Any) -> JsonResponse:
    """The status of one party on a day."""
    asked = request.GET
    found = Membership.history.as_of(at(asked["d"])).filter(treaty=asked["t"], party=asked["p"])
    first = found.first()
    return JsonResponse({"status": first.status if first else None})


def everybody(request: Any) -> JsonResponse:
    """The status of every party on a day."""
    asked = request.GET
    found = Membership.history.as_of(at(asked["d"])).filter(treaty=asked["t"])
    return JsonResponse({"roster": [[each.party, each.status] for each in found]})


urlpatterns = [path("one", one), path("all", everybody)]


def load() -> None:
    """Fill the tables with the statuses."""
    history = Membership.history.model
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Membership)
        editor.create_model(history)
    rows = sqlite3.connect(SOURCE).execute("SELECT treaty, party, status, vf FROM m ORDER BY vf")
    numbers: dict[tuple[str, str], int] = {}
    members: dict[int, Membership] = {}
    past = []
    for treaty, party, status, day in rows:
        number = numbers.setdefault((treaty, party), len(numbers) + 1)
        members[number] = Membership(id=number, treaty=treaty, party=party, status=status)
        past.append(
            history(
                id=number,
                treaty=treaty,
                party=party,
                status=status,
                history_date=at(day),
                history_type="+",
            )
        )
    Membership.objects.bulk_create(members.values(), batch_size=500)
    history.objects.bulk_create(past, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


if __name__ == "__main__":
    load()
    uvicorn.run(
        get_wsgi_application(),
        port=int(PORT),
        interface="wsgi",
        log_level="error",
        access_log=False,
    )
