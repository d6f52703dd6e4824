"""What a proof costs in a log of a million entries: its size beyond its acts, and the time to make and to check it.

    python -m tests.benchmarks.proofs [entries] [database file]

The log is built on SQLite with the register and definitions of the catalogue, and sealed.
A file that is given is kept, and used again.
"""

import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

import sqlalchemy as sa

from domain.acts import Act, Definition, PartyEntry
from domain.parties import Register, party_from
from infrastructure import catalogue
from infrastructure.archive import EventArchive
from infrastructure.clock import SystemClock
from infrastructure.database import migrate, open_engine
from infrastructure.dossiers import Dossiers
from infrastructure.logtree import LogTree
from infrastructure.proofs import Prover, Question
from infrastructure.sealing import Pace, Sealer
from infrastructure.signing import Signer, signer
from infrastructure.verification import Verification
from infrastructure.verifier.evidence import Trust, check
from infrastructure.verifier.notes import ED25519, ML_DSA_44

ACTS_A_TREATY = 200
GONE = 10
"""How many of the 190 parties have ended: more than in most treaties, and each is shown to have."""

QUESTIONS = 300
KEYS = [signer("example.org/log", kind, b"benchmark" + bytes(23)) for kind in (ED25519, ML_DSA_44)]


def main() -> None:
    """Prints a line for each thing that was measured."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(folder) / "timeline.db"
        measure(f"sqlite:///{path}", entries)


def measure(url: str, entries: int) -> None:
    """Builds the log where it is not there, and measures."""
    migrate(url)
    engine = open_engine(url)
    archive = EventArchive(engine)
    if archive.head().position == 0:
        build(archive, entries)
    seal(engine, archive)
    dossiers = Dossiers(archive)
    prover = Prover(LogTree(engine), dossiers)
    with timed("first proof of a process"):
        prover.prove(a_question(dossiers, random.Random(0)))
    prove(prover, dossiers, "of the latest record", at_end=True)
    prove(prover, dossiers, "of any position", at_end=False)
    for name in ("fast", "deep") if "deep" in sys.argv else ("fast",):
        with timed(f"verify, {name}"):
            checks = list(getattr(Verification(engine, archive), name)())
        print(f"    {sum(len(each.faults) for each in checks)} faults")
    engine.dispose()


def build(archive: EventArchive, entries: int) -> None:
    """Records the register, and treaties with acts in turns until there are so many entries."""
    with timed(f"record {entries:,} entries"):
        for _ in archive.import_entries(facts(entries), expected={}, recorded_by="bench"):
            pass


def facts(entries: int) -> Iterator[PartyEntry | Definition | Act]:
    """The register, then the definitions, then acts of all treaties in turns."""
    parties = catalogue.parties()
    yield from parties
    given = list(catalogue.definitions(Register(parties)))
    states = [each.party for each in parties if len(each.party) == 3][:180]
    states += [each.party for each in parties if party_from(each.data).extinct_from()][:GONE]
    treaties = (entries - len(parties)) // (ACTS_A_TREATY + 1)
    for number in range(treaties):
        like = given[number % len(given)]
        yield Definition(
            id=f"definition {number}",
            treaty=f"treaty-{number}",
            title=like.title,
            identifiers=like.identifiers,
            depositaries=like.depositaries,
            clauses={key: each for key, each in like.clauses.items() if key != "parent"},
        )
    for number in range(entries - len(parties) - treaties):
        yield an_act(number, treaties, states)


def an_act(number: int, treaties: int, states: list[str]) -> Act:
    """Signatures first, then ratifications, in turns over all treaties."""
    turn, treaty = divmod(number, treaties)
    return Act(
        id=str(UUID(int=number + 1)),
        treaty=f"treaty-{treaty}",
        kind="signature" if turn < ACTS_A_TREATY // 2 else "ratification",
        party=states[(turn * 7 + treaty) % len(states)],
        received=date(1990, 1, 1) + timedelta(turn * 40 + treaty % 40),
        note="Deposited with the Secretary-General of the United Nations.",
    )


def seal(engine: sa.Engine, archive: EventArchive) -> None:
    """Seals what is not sealed yet."""
    signers: list[Signer] = KEYS
    sealer = Sealer(archive, engine, SystemClock(), signers=signers, pace=Pace(entries=10_000))
    left = archive.head().position - sealer.tree.size()
    if left:
        with timed(f"seal {left:,} entries"):
            sealer.catch_up()


def prove(prover: Prover, dossiers: Dossiers, what: str, *, at_end: bool) -> None:
    """Proves answers to random questions, each of another treaty, and checks them."""
    chance = random.Random(1 if at_end else 2)
    made, spent, checked, beyond = [], [], [], []
    for _ in range(QUESTIONS):
        question = a_question(dossiers, chance, at_end=at_end)
        began, busy = time.perf_counter(), time.process_time()
        document = prover.prove(question)
        made.append(time.perf_counter() - began)
        spent.append(time.process_time() - busy)
        text = json.dumps(document)
        acts = [each for each in document["entries"] if each["stream"].startswith("treaty:")]
        beyond.append(len(text) - len(json.dumps(acts)))
        began = time.perf_counter()
        check(json.loads(text), Trust(keys=[each.key for each in KEYS]))
        checked.append(time.perf_counter() - began)
    print(f"{QUESTIONS} proofs {what}")
    print(f"    made in       {told(made)}")
    print(f"      of which CPU {told(spent)}")
    print(f"    checked in    {told(checked)}")
    print(f"    beyond acts   median {statistics.median(beyond):,.0f} B, most {max(beyond):,} B")


def a_question(dossiers: Dossiers, chance: random.Random, *, at_end: bool = True) -> Question:
    """About a party of a treaty on some day, at the latest position or at a random one."""
    record = dossiers.record()
    position = None if at_end else chance.randint(record.position // 2, record.position)
    treaties = dossiers.treaties(record)
    treaty = treaties[chance.randrange(len(treaties))]
    entries = dossiers.entries(treaty, record)
    acts = [each.content for each in entries if isinstance(each.content, Act)]
    dossiers.forget() if hasattr(dossiers, "forget") else None
    return Question(
        treaty=treaty,
        party=str(acts[chance.randrange(len(acts))].party),
        as_of=date(1990, 1, 1) + timedelta(chance.randrange(12_000)),
        position=position,
    )


def told(seconds: list[float]) -> str:
    """Median, 95th percentile and worst, in milliseconds."""
    ordered = sorted(each * 1000 for each in seconds)
    ninety_fifth = ordered[int(len(ordered) * 0.95)]
    return f"median {statistics.median(ordered):.1f} ms, 95 % {ninety_fifth:.1f} ms, worst {ordered[-1]:.1f} ms"


class timed:  # noqa: N801 (read as a word: with timed("sealing"))
    """Prints how long the block took."""

    def __init__(self, what: str) -> None:
        self._what = what

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        print(f"{self._what:30} {time.perf_counter() - self._began:8.2f} s", flush=True)


if __name__ == "__main__":
    main()
