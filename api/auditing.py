"""What the auditor and the verification compare with the log: the answers, as they are served."""

from collections.abc import Callable

import orjson

from api import answering
from api.dependencies import AuditQuestion, Service
from domain.bounds import Bounds


def served_by(service: Service) -> Callable[[AuditQuestion], object]:
    """What the service answers, out of whatever it keeps; raises `NotFound` where there is nothing."""

    def served(asked: AuditQuestion) -> object:
        bounds = Bounds(
            as_of=asked.as_of, as_seen=asked.as_seen, record=service.record(asked.position)
        )
        service.known_treaty(asked.treaty, bounds.record)
        said: object = orjson.loads(
            answering.answer_bytes(
                service, asked.treaty, asked.party, bounds, towards=asked.towards, explain=True
            )
        )
        return said

    return served
