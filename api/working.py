"""The wiring of what works beside the service: who seals, collects signatures, audits, verifies; of `dependencies`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import TypeAlias

import sqlalchemy as sa
import structlog

from domain.errors import NotFound, Unavailable
from domain.ports import Clock
from infrastructure.agreement import Agreement
from infrastructure.archive import EventArchive
from infrastructure.auditor import Answerer, Auditor, Difference
from infrastructure.keyring import Keyring
from infrastructure.logtree import KeptCheckpoint
from infrastructure.private_files import UnsafeKeys
from infrastructure.sealing import Pace, Sealer
from infrastructure.settings import Settings
from infrastructure.signing import Signer
from infrastructure.verification import Progress, Verification

log = structlog.get_logger("timeline")

Worker: TypeAlias = Callable[[Event], None]
"""What works in a thread of its own until it is told to stop."""

PATIENCE_SECONDS = 10.0
"""How long keys that cannot be used are left alone before they are looked at again."""

AUDITED = 50
"""Answers that are derived again when the record is verified deeply."""


class Changed(Event):
    """Set once somebody is told to stop, or a file is another than it was."""

    def __init__(self, stop: Event, path: Path) -> None:
        """Watch the file as it is now."""
        super().__init__()
        self._stop = stop
        self._path = path
        self._before = self._now()

    def is_set(self) -> bool:
        """Whether there is a reason to stop."""
        return self._stop.is_set() or self.is_another()

    def is_another(self) -> bool:
        """Whether the file is another than it was."""
        return self._now() != self._before

    def wait(self, timeout: float | None = None) -> bool:
        """Wait to be told to stop, so long at most; a change of the file is seen after that."""
        self._stop.wait(timeout)
        return self.is_set()

    def _now(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_mode


class Working:
    """What works beside one service, and what it has seen; safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        engine: sa.Engine,
        archive: EventArchive,
        clock: Clock,
        keyring: Keyring,
    ) -> None:
        """Nothing begins yet."""
        self._settings = settings
        self._engine = engine
        self._archive = archive
        self._clock = clock
        self._keyring = keyring
        self._sealer: Sealer | None = None
        self._auditor: Auditor | None = None
        self._failed = 0
        self.differing = 0

    @property
    def asked(self) -> int:
        """How many answers were derived again."""
        return 0 if self._auditor is None else self._auditor.asked

    @property
    def failures(self) -> int:
        """How often the log could not be sealed."""
        sealer = self._sealer
        return self._failed + (0 if sealer is None else sealer.failures)

    def beside_projecting(self) -> Mapping[str, Worker]:
        """What a process that projects does beside it, by the names of its threads."""
        if self._settings.signing != "inside":
            return {}
        return {"timeline-sealer": self.seal, **self.collecting()}

    def collecting(self) -> Mapping[str, Worker]:
        """Who collects the signatures of witnesses, if there are any."""
        return {"timeline-collector": self.collect} if self._settings.witnesses else {}

    def beside_serving(self, served: Answerer) -> Mapping[str, Worker]:
        """What a process that serves does beside it, besides projecting."""
        every_seconds = self._settings.audit_every_seconds
        if not every_seconds:
            return {}
        self._auditor = Auditor(self._archive, served, on_difference=self._count)
        auditor = self._auditor
        return {"timeline-auditor": lambda stop: auditor.run(stop, every_seconds=every_seconds)}

    # --- sealing ---

    def sealer(self, signers: Sequence[Signer]) -> Sealer:
        """Who seals the log with these keys, at the pace of the settings."""
        pace = Pace(
            entries=self._settings.checkpoint_entries, seconds=self._settings.checkpoint_seconds
        )
        return Sealer(self._archive, self._engine, self._clock, signers=signers, pace=pace)

    def seal_once(self) -> KeptCheckpoint:
        """Declare the keys, seal and sign all that is recorded, and give the checkpoint; raises `UnsafeKeys`.

        Raises `NotFound` where nothing is recorded.
        """
        if not self._archive.head().position:
            raise NotFound("there is nothing to seal: the record is empty")
        sealer = self.sealer(self._keyring.signers())
        sealer.declare()
        sealer.catch_up()
        kept = sealer.tree.checkpoint()
        assert kept is not None  # it was just signed
        return kept

    def seal(self, stop: Event) -> None:
        """Seal the log until told to stop, and then what is left; with other keys once the file has others.

        Keys that cannot be used are told of, and looked at again.
        """
        while not stop.is_set():
            with suppress(UnsafeKeys, Unavailable):
                self._keyring.signers()  # a first key is made before its file is watched
            changed = Changed(stop, self._keyring.path)
            sealer = self._opened()
            if sealer is None:
                self._failed += 1
                stop.wait(PATIENCE_SECONDS)
                continue
            self._sealer = sealer
            sealer.run(changed)
            if not changed.is_another():  # a key that was taken out signs nothing more
                sealer.finish()
            self._failed += sealer.failures
            self._sealer = None

    def _opened(self) -> Sealer | None:
        try:
            signers = self._keyring.signers()
        except UnsafeKeys as unsafe:
            log.error("the log is not signed", why=str(unsafe))  # noqa: TRY400 (it says all)
        except Unavailable as error:
            log.warning("sealing waits", error=str(error))
        else:
            log.info("sealing", keys=[f"{each.key.name}+{each.key.id.hex()}" for each in signers])
            return self.sealer(signers)
        return None

    def collect(self, stop: Event) -> None:
        """Collect the signatures of the witnesses until told to stop."""
        from infrastructure.cosigning import (  # noqa: PLC0415 (an HTTP client, where there is somebody to ask)
            Collector,
            witnesses_from,
        )

        witnesses = witnesses_from(self._settings.witnesses)
        log.info("collecting signatures", witnesses=[each.key.name for each in witnesses])
        collector = Collector(
            self._engine,
            self._clock,
            witnesses,
            timeout_seconds=self._settings.witness_timeout_seconds,
        )
        collector.run(stop, every_seconds=self._settings.witness_every_seconds)

    def _count(self, _: Difference) -> None:
        self.differing += 1

    # --- verifying ---

    def verification(self, served: Answerer) -> Verification:
        """What looks whether the record is what it was, with the read model and what is served."""

        def answers(progress: Progress) -> Iterator[str]:
            auditor = Auditor(self._archive, served)
            for done in range(1, AUDITED + 1):
                question = auditor.question()
                if question is None:
                    return  # nothing is on record that can be asked about
                found = auditor.compare(question)
                if found is not None:
                    yield _told(found)
                progress("answers", done, AUDITED)

        return Verification(
            self._engine,
            self._archive,
            read_model=Agreement(self._engine, self._archive).differences,
            answers=answers,
        )


def _told(found: Difference) -> str:
    asked = found.question
    return (
        f"{found.member} of {asked.party} in {asked.treaty} on {asked.as_of} at position {asked.position} "
        f"is {str(found.served)[:80]}, and {str(found.derived)[:80]} follows from the log"
    )
