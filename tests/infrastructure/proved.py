"""The built-in catalogue, sealed, for tests of answers that carry their proof."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from datetime import date
from typing import Any

from domain.depositary import Depositary
from infrastructure import catalogue
from infrastructure.dossiers import Dossiers
from infrastructure.proofs import Prover, Question
from infrastructure.verifier.evidence import Refuted, Trust, Verdict, check
from tests.infrastructure.records import LOG_KEY, Record, opened

Document = dict[str, Any]

TRUST = Trust(keys=[LOG_KEY.key])
OPEN_SKIES = Question(treaty="open-skies", party="RUS", as_of=date(2021, 6, 16))


class Proved:
    """A record with what proves its answers."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self.dossiers = Dossiers(record.archive)
        self.prover = Prover(record.tree, self.dossiers)

    def load_catalogue(self) -> None:
        """Record what is built in."""
        catalogue.load(Depositary(self.record.archive, self.dossiers))

    def document(self, question: Question, *, since: int | None = None) -> Document:
        """The proved answer as it travels."""
        document: Document = json.loads(json.dumps(self.prover.prove(question, since=since)))
        return document


@contextmanager
def proved(url: str) -> Iterator[Proved]:
    """The record in this database."""
    with opened(url) as record:
        yield Proved(record)


def verdict(document: object, trust: Trust = TRUST) -> Verdict:
    """What the verifier says."""
    return check(document, trust)


def fault(document: object, trust: Trust = TRUST) -> str | None:
    """The fault that the verifier names, None if it finds none."""
    try:
        check(document, trust)
    except Refuted as refuted:
        return refuted.fault
    return None


def changed(document: Document, change: Callable[[Document], object]) -> Document:
    """A copy of the document with a change."""
    copy = deepcopy(document)
    change(copy)
    return copy
