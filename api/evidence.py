"""How an answer leaves with its proof."""

from dataclasses import replace

from fastapi import Response

from api.asking import EXPLAINED, Question
from api.dependencies import PROOF
from api.keeping import kept
from api.memento import memento_headers
from api.presenting import chosen, json_bytes, permalink
from api.refusals import NotAcceptable


def is_to_be_proved(asked: Question) -> bool:
    """Whether the client wants the proof; raises `NotAcceptable` where it wants nothing else, and no reasons."""
    accept = asked.request.headers.get("accept") or ""
    if PROOF not in accept.lower():
        return False
    if chosen(accept, EXPLAINED) == PROOF and PROOF not in asked.offered:
        raise NotAcceptable("a proof goes with the reasons: add explain=true")
    return chosen(accept, asked.offered) == PROOF


def proved(
    asked: Question, treaty: str, party: str, *, towards: str | None, since: int | None
) -> Response:
    """The answer with its proof; it is asked for anew, since a later checkpoint proves it too."""
    service, request = asked.service, asked.request
    document = service.proving.proved(
        treaty,
        party,
        asked.bounds,
        towards=towards,
        since=since,
        pinned=_names_a_record(asked),
    )
    record = service.record(document["answer"]["as_recorded"]["position"])
    bounds = replace(asked.bounds, record=record)
    path, items = request.url.path, request.query_params.multi_items()
    of_answer = [(name, each) for name, each in items if name != "since"]
    further = {
        **memento_headers(path, of_answer, bounds, negotiated=asked.negotiated, pinned=False),
        "Vary": "Accept, Accept-Datetime, Accept-Encoding",
    }
    address = permalink(path, items, bounds)
    return kept(request, json_bytes(document), PROOF, address=address, further=further)


def _names_a_record(asked: Question) -> bool:
    """Whether the client named the record that it asks about, or an entry that it must hold."""
    given = asked.request
    return (
        asked.negotiated
        or "as_recorded" in given.query_params
        or "x-timeline-position" in given.headers
    )
