"""The feed of the record, as those are told of it who subscribed."""

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from infrastructure.feed import TYPE_PREFIX, TYPES, FeedWanted, Place, read_place
from infrastructure.feed import Feed as RecordFeed
from infrastructure.webhooks.deliveries import Told
from infrastructure.webhooks.subscriptions import Wanted

RECALL = "recall"
"""An answer that somebody relied on has become another; told to those who named it, whatever else they want."""

TEST = "test"
"""Sent on demand, so that a receiver can be tried."""

WANTED_TYPES = (*TYPES, "change", RECALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedForWebhooks:
    """Reads the feed of one database, a page at a time."""

    feed: RecordFeed
    source: str

    def end(self) -> str:
        """The place after everything that was told."""
        return str(self.feed.head())

    def after(self, place: str, wanted: Wanted, limit: int) -> tuple[Sequence[Told], str]:
        """At most so many of the events wanted after a place, and the place up to which it was looked."""
        end, types = self.feed.head(), wanted.types - {RECALL}
        if wanted.types and not types:
            return (), str(max(end, _place(place)))
        asked = FeedWanted(
            treaties=wanted.treaties,
            parties=wanted.parties,
            kinds=wanted.kinds,
            statuses=wanted.statuses,
            types=types,
        )
        found = self.feed.after(_place(place), asked, limit)
        told = [
            Told(
                event=each.id,
                type=TYPE_PREFIX + each.type,
                lane=each.treaty or "",
                body=orjson.dumps(each.cloud_event(self.source)),
            )
            for each in found
        ]
        if len(found) == limit:
            return told, str(found[-1].place)
        return told, str(max([_place(place), end, *(each.place for each in found)]))


def _place(text: str) -> Place:
    place = read_place(text)
    assert place is not None  # as it was kept
    return place
