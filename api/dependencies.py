"""The only wiring: how settings become the parts that answer and record, for HTTP and command line alike."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from hmac import compare_digest
from pathlib import Path
from threading import Event, RLock
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

import msgspec

from api.compiled import ROSTERS, Compiled, Parts
from api.proving import PROOF, Proving
from api.room import Room
from api.working import Working
from domain.acts import Act, Definition, Entry, PartyEntry
from domain.bounds import Bounds, Record
from domain.depositary import Depositary, Recording
from domain.errors import (
    Breach,
    Fault,
    Irregular,
    Lagging,
    Malformed,
    NotFound,
    Refusal,
    Unavailable,
)
from domain.family import depends_on
from domain.parties import Register
from domain.ports import REGISTER, IdempotencyKey, dossier_stream
from domain.treaty import TreatyFold
from infrastructure import catalogue
from infrastructure.archive import EventArchive
from infrastructure.bundle import bundled
from infrastructure.calendars import calendar
from infrastructure.clock import SystemClock
from infrastructure.database import SchemaState, migrate, open_engine, schema_state
from infrastructure.differences import Difference, Samples
from infrastructure.dossiers import Bounded, Dossiers
from infrastructure.feed import END, Feed, FeedEvent, FeedWanted, Place, source_of, with_parts
from infrastructure.feed import read_place as feed_place
from infrastructure.feeding import FeedWriter
from infrastructure.files import CAPACITY
from infrastructure.flat import TABLES, flat_rows
from infrastructure.heads import Heads, Snapshot
from infrastructure.importers.mapping import read_mapping
from infrastructure.importers.proposals import PROBLEMS
from infrastructure.importers.proposals import Finding as ImportFinding
from infrastructure.intake import Options as ImportOptions
from infrastructure.intake import Report as ImportReport
from infrastructure.intake import Watch, import_file
from infrastructure.keys import SCOPES, Keys
from infrastructure.misfits import misfits
from infrastructure.naming import read_aliases
from infrastructure.private_files import UnsafeKeys
from infrastructure.projector import Place as Projected
from infrastructure.projector import Projector, place_of
from infrastructure.proofs import Question as AuditQuestion
from infrastructure.queries import Change, ChangesWanted, PlaceOfChange, Queries, Standing, Wanted
from infrastructure.rebuild import Outrun, Rebuilt, rebuild
from infrastructure.release import release
from infrastructure.settings import Settings
from infrastructure.signing import Signer, kind_of
from infrastructure.syndication import FeedPage, atom, json_feed, title_of
from infrastructure.tokens import Tokens
from infrastructure.webhooks import office as webhooks
from infrastructure.wire import DATES, Read, read_objects, written_entry

if TYPE_CHECKING:
    from infrastructure.exporters import Outgoing

Fact = Act | Definition | PartyEntry
Told = TypeVar("Told", Fault, Breach)

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FAR_BEYOND = 10**18
"""No position reaches that, and no database counts much further."""

STILL_TO_COME = "is still to come: until then more may be recorded"

AROUND = 50
"""What a dossier that is kept in memory weighs beside its acts, in acts."""

PATIENCE = 3600.0
"""Seconds that a statement over the whole record may take where nobody waits for an answer."""

EVERY_SCOPE = frozenset({"admin"})
"""What the key of the settings may do; `admin` includes all other scopes."""

ATTESTATION = "record_attested"
"""The kind of act by which somebody vouches for what somebody else recorded."""

__all__ = [
    "ATTESTATION",
    "END",
    "PROOF",
    "SCOPES",
    "STILL_TO_COME",
    "TABLES",
    "AuditQuestion",
    "Caller",
    "Change",
    "ChangesWanted",
    "Feed",
    "FeedEvent",
    "FeedPage",
    "FeedWanted",
    "ImportReport",
    "Place",
    "PlaceOfChange",
    "Proving",
    "Service",
    "Settings",
    "Signer",
    "Snapshot",
    "Standing",
    "UnsafeKeys",
    "Wanted",
    "atom",
    "bundled",
    "calendar",
    "choose",
    "feed_place",
    "json_feed",
    "kind_of",
    "misfits",
    "open_service",
    "read_day",
    "read_place",
    "read_span",
    "title_of",
    "webhooks",
    "with_parts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a name that stands in every entry recorded, and the scopes of the key."""

    name: str
    scopes: frozenset[str] = frozenset()

    def may(self, scope: str) -> bool:
        """Whether the key has the scope, or the one that includes all."""
        return scope in self.scopes or "admin" in self.scopes


class Gauge(Protocol):
    """A number that is measured."""

    def set(self, value: float) -> None:
        """Set it."""
        ...


class Measured(Protocol):
    """The measurements of the record."""

    @property
    def log_position(self) -> Gauge:
        """The end of the log."""
        ...

    @property
    def projected_position(self) -> Gauge:
        """The end of what is projected."""
        ...

    @property
    def lag(self) -> Gauge:
        """The distance between the two."""
        ...

    @property
    def reachable(self) -> Gauge:
        """Whether the database answers."""
        ...

    @property
    def signed_position(self) -> Gauge:
        """The end of what a signed checkpoint covers."""
        ...

    @property
    def signed_at(self) -> Gauge:
        """When the latest checkpoint was signed, in seconds since 1970."""
        ...

    @property
    def cosignatures(self) -> Gauge:
        """The signatures of witnesses under the latest checkpoint."""
        ...

    @property
    def sealing_failures(self) -> Gauge:
        """Attempts of this process to seal the log that came to nothing."""
        ...

    @property
    def audited(self) -> Gauge:
        """Answers that this process derived again from the log."""
        ...

    @property
    def audit_differences(self) -> Gauge:
        """Those of them that were not what was served."""
        ...

    @property
    def webhooks_pending(self) -> Gauge:
        """Webhooks on their way."""
        ...

    @property
    def webhooks_failing(self) -> Gauge:
        """Those of them that failed at least once."""
        ...

    @property
    def webhooks_dead(self) -> Gauge:
        """Dead letters."""
        ...

    @property
    def webhooks_oldest(self) -> Gauge:
        """The age of the oldest webhook on its way."""
        ...

    @property
    def fold_hits(self) -> Gauge:
        """Folds found in memory."""
        ...

    @property
    def fold_misses(self) -> Gauge:
        """Folds made."""
        ...


class Service:
    """Everything that answers and records, over one database; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        """Open the database that the settings name; nothing is read or changed yet."""
        self.settings = settings
        self.engine = open_engine(settings.database_url, settings.database_options())
        self.archive = EventArchive(self.engine)
        self.queries = Queries(self.engine, self.archive)
        self._projected = 0
        self.heads = Heads(self.archive)
        self.dossiers = Dossiers(self.archive, self.heads)
        self.clock = SystemClock()
        self.depositary = Depositary(self.archive, self.dossiers, self.clock)
        self.feed = Feed(self.engine, self.archive)
        self.keys = Keys(self.engine, self.clock)
        self.proving = Proving(settings, self.engine, self.archive, self.dossiers, self.clock)
        self.working = Working(
            settings, self.engine, self.archive, self.clock, self.proving.keyring
        )
        options = webhooks.options_from(settings)
        self.webhooks = webhooks.Office(self.engine, self.archive, self.clock, options)
        self._tokens = _tokens(settings)
        self.kept = Bounded(4096)
        self._compiled = Room[Compiled](CAPACITY)
        self._at_hand = Room[Compiled](CAPACITY)
        self._rosters = Room[Parts](ROSTERS)
        self._turns: dict[str, AbstractContextManager[object]] = {}

    @cached_property
    def release(self) -> str:
        """Which code answers: no validator of another release is ours."""
        return release()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    # --- starting ---

    def prepare(self) -> None:
        """Bring the database to the current schema if that is allowed, and fill an empty record."""
        if self.settings.migrate == "auto":
            self.migrate()
            if self.archive.head().position == 0:
                self.load_catalogue()

    def migrate(self) -> None:
        """Bring the database to the current schema."""
        migrate(self.settings.database_url)

    def schema_state(self) -> SchemaState:
        """The revision of the database, and the one that this code needs."""
        return schema_state(self.engine)

    def readiness(self) -> dict[str, object]:
        """Whether questions can be answered, and how far the read model is behind the log.

        Raises `Unavailable` where the database is not reached.
        """
        state = self.schema_state()
        place = place_of(self.engine) if state.is_current else None
        return {
            "status": "ready" if state.is_current else "not_ready",
            "schema_current": state.is_current,
            "position": None if place is None else place.head,
            "projected": None if place is None else place.position,
            "lag": None if place is None else place.lag,
            "detail": _advice(state, place),
        }

    def measure(self, metrics: "Measured") -> None:
        """Set what is measured of the record; it never fails."""
        metrics.fold_hits.set(self.dossiers.hits)
        metrics.fold_misses.set(self.dossiers.misses)
        metrics.sealing_failures.set(self.working.failures)
        metrics.audited.set(self.working.asked)
        metrics.audit_differences.set(self.working.differing)
        try:
            readiness = self.readiness()
        except Unavailable:
            metrics.reachable.set(0)
            return
        metrics.reachable.set(1)
        gauges = {
            "position": metrics.log_position,
            "projected": metrics.projected_position,
            "lag": metrics.lag,
        }
        for name, gauge in gauges.items():
            value = readiness[name]
            if isinstance(value, int):
                gauge.set(value)
        with suppress(Refusal):
            latest = self.proving.checkpoint()
            metrics.signed_position.set(latest.checkpoint.size)
            metrics.signed_at.set(latest.made_at.timestamp())
            metrics.cosignatures.set(len(latest.cosigned_by))
        if readiness["schema_current"]:
            self._measure_webhooks(metrics)

    def _measure_webhooks(self, metrics: "Measured") -> None:
        try:
            backlog = self.webhooks.deliveries.backlog()
        except Unavailable:
            return
        metrics.webhooks_pending.set(backlog.pending)
        metrics.webhooks_failing.set(backlog.failing)
        metrics.webhooks_dead.set(backlog.dead)
        metrics.webhooks_oldest.set(backlog.oldest_seconds)

    def projector(self) -> Projector:
        """What keeps the read model level with the log; `run(stop)` works until it is told to stop."""
        writer = FeedWriter(self.engine, self.archive, self.clock)
        return Projector(self.engine, self.archive, feed=writer)

    def is_told(self, record: Record) -> bool:
        """Whether the feed holds all that follows from the record."""
        return self.feed.head().position >= record.position

    def flat(self, table: str, equal: Mapping[str, str], limit: int) -> Iterator[dict[str, object]]:
        """The rows of a flat table in their order, those in which the columns named have these values."""
        return flat_rows(self.engine, table, equal, limit)

    @property
    def event_source(self) -> str:
        """The `source` of the events of this record (CloudEvents 1.0): the name of its log, where it has one."""
        return source_of(self.settings.log_origin)

    def project(self, stop: Event) -> None:
        """Keep the read model level with the log until told to stop."""
        self.projector().run(stop)

    def rebuild(
        self,
        *,
        watch: Callable[[str, int, int], None],
        report: Callable[[Difference], None],
        samples: tuple[int, int] | None,
    ) -> Rebuilt:
        """Build the read model anew, compare it on so many days at so many positions, and switch to it.

        Raises `Unavailable`, also where the log grows faster than it is projected; then the old one goes on serving.
        """
        patient = replace(self.settings.database_options(), statement_timeout_seconds=PATIENCE)
        try:
            return rebuild(
                self.settings.database_url,
                patient,
                progress=watch,
                report=report,
                samples=None if samples is None else Samples(days=samples[0], positions=samples[1]),
            )
        except Outrun as error:
            raise Unavailable(str(error)) from error

    def deliver(self, stop: Event) -> None:
        """Tell those who subscribed, by webhooks, until told to stop."""
        from api.relying import RelyingAnswers  # noqa: PLC0415 (it answers by this service)

        self.webhooks.crew(RelyingAnswers(self)).run(stop)

    # --- asking ---

    def bounds(
        self,
        as_of: object = None,
        as_seen: object = None,
        as_recorded: object = None,
    ) -> Bounds:
        """The bounds of a question; left out, they are today, no bound, and the record as it stands.

        Raises `Malformed` for what is no day, position or instant, `NotFound` for a position not reached.
        """
        faults: list[Fault] = []
        day = read_day(as_of, "/as_of", faults)
        seen = read_day(as_seen, "/as_seen", faults)
        at = read_place(as_recorded, "/as_recorded", faults)
        if isinstance(at, datetime) and self.is_to_come(at):
            faults.append(Fault(pointer="/as_recorded", detail=STILL_TO_COME))
        if faults:
            raise Malformed(faults)
        return Bounds(as_of=day or self.clock.today(), as_seen=seen, record=self.record(at))

    def record(self, at: int | datetime | None = None) -> Record:
        """The record as it stands, or as it stood at a position or an instant."""
        return self.heads.now().record if at is None else self.dossiers.record(at)

    def is_to_come(self, instant: datetime) -> bool:
        """Whether more may still be recorded by that instant, so that it names no record yet."""
        last = self.heads.now().at
        return instant > self.clock.now() and (last is None or instant > last)

    def position_at(self, instant: datetime) -> int:
        """The last position recorded at that instant or before, 0 if there is none."""
        return self.archive.position_at(instant)

    def register(self, record: Record) -> Register:
        """The register of parties as it stood."""
        return self.dossiers.register(record)

    def treaties(self, record: Record) -> tuple[str, ...]:
        """The slugs of the treaties that had a definition, in order."""
        return self.dossiers.treaties(record)

    def entries(self, treaty: str, record: Record) -> tuple[Entry, ...]:
        """Everything on file about the treaty; raises `NotFound` for one that is not there."""
        self.known_treaty(treaty, record)
        return self.dossiers.entries(treaty, record)

    def known_treaty(self, treaty: str, record: Record) -> None:
        """Raise `NotFound` unless the treaty had a definition."""
        if treaty not in self.treaties(record):
            raise NotFound(f"there is no treaty {treaty}")

    def steps(self, treaty: str, upto: Record) -> tuple[Record, ...]:
        """The records after each transaction that can have changed what is said of the treaty, in order.

        What is said rests on the dossiers of the treaty and of those on which it depends, and on the register.
        """
        with self.fold(treaty, upto) as fold:
            family = [treaty, *fold.related]
        streams = [REGISTER, *map(dossier_stream, family)]
        instants: dict[datetime, int] = {}
        for stream in streams:
            for entry in self.archive.entries(stream, up_to=upto.position):
                last = max(entry.position, instants.get(entry.recorded_at, 0))
                instants[entry.recorded_at] = last
        return tuple(Record(position=each, at=at) for at, each in sorted(instants.items()))

    def party_entry(self, code: str, record: Record) -> Entry:
        """The latest entry of the register for the party; raises `NotFound` without one."""
        for entry in reversed(self.archive.entries(REGISTER, up_to=record.position)):
            if isinstance(entry.content, PartyEntry) and entry.content.party == code:
                return entry
        raise NotFound(f"there is no party {code}")

    def dependents(self, treaties: Iterable[str], record: Record) -> tuple[str, ...]:
        """The treaties whose course depends on any of these, near or far (parent, revising treaty, body)."""
        on = self.kept.get(("depends", record.position), lambda: self._dependences(record))
        found = list(dict.fromkeys(treaties))
        for each in found:
            found.extend(
                treaty for treaty, needed in on.items() if each in needed and treaty not in found
            )
        return tuple(found)

    def version(self, stream: str, record: Record) -> int:
        """How many entries the stream had."""
        return self.dossiers.version(stream, record)

    def compiled(self, treaty: str, record: Record, as_seen: date | None = None) -> Compiled:
        """The fold of the treaty with its answers; raises `NotFound` for one that is not there."""
        fold = self.dossiers.fold(treaty, record, as_seen=as_seen)
        lock = self._turns.setdefault(treaty, RLock())
        size = len(fold.dossier.acts) + AROUND
        compiled = self._compiled.get(id(fold))
        if compiled is None:
            compiled = self._compiled.put(id(fold), Compiled(fold, lock, self._rosters), size)
        self._at_hand.put((treaty, record.position, as_seen), compiled, size)
        return compiled

    def at_hand(self, treaty: str, record: Record, as_seen: date | None) -> Compiled | None:
        """The same if it was asked for before at that position, without asking or waiting for anybody."""
        return self._at_hand.get((treaty, record.position, as_seen))

    @contextmanager
    def fold(
        self, treaty: str, record: Record, as_seen: date | None = None
    ) -> Iterator[TreatyFold]:
        """The fold of the treaty, for one thread at a time, because it computes while it is read."""
        compiled = self.compiled(treaty, record, as_seen)
        with compiled.lock:
            yield compiled.fold

    def party(self, text: str, bounds: Bounds) -> str:
        """The code of the party that is meant on the day.

        Raises `NotFound` if there is none, `Malformed` if the name can mean several.
        """
        register = self.register(bounds.record)
        if text in register:
            return text
        found = register.find(text, bounds.as_of) or register.find(text.upper())
        if not found:
            near = register.near(text)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise NotFound(f"there is no party {text}{hint}")
        if len(found) > 1:
            detail = f"{text} can mean {' or '.join(found)} on that day: name one by its code"
            raise Malformed([Fault(pointer="/party", detail=detail)])
        return found[0]

    def wait_for(self, position: int) -> None:
        """Wait, as long as the settings allow, until the record holds that position; else `Lagging`."""
        if not self.heads.wait_for(position, self.settings.wait_seconds):
            raise Lagging(f"position {position} is not there yet", retry_after=1)

    def follow(self, stop: Event) -> None:
        """Keep up with the log until told to stop, so that no question has to ask where it ends."""
        self.heads.follow(stop)

    def is_projected(self, record: Record) -> bool:
        """Whether the read model holds the whole record; it never goes back while we look."""
        if record.position > self._projected:
            self._projected = max(self._projected, self.queries.reached().position)
        return record.position <= self._projected

    # --- recording ---

    def record_objects(
        self,
        objects: Sequence[object],
        *,
        recorded_by: str,
        treaty: str | None = None,
        pointer: Callable[[int], str] = "/{}".format,
        key: IdempotencyKey | None = None,
        expected: Mapping[str, int] | None = None,
    ) -> Recording:
        """Record what the objects say, all of it or nothing, through the one door in.

        Raises `Malformed` with every fault of all of them, each beneath the pointer of its object,
        `Irregular`, `Conflict`, `KeyReused`, `Unavailable` or `Full`.
        """
        read = self.read(objects, treaty=treaty)
        if any(one.faults for one in read):
            raise Malformed(self._all_faults(read, pointer))
        facts = [one.fact for one in read if one.fact is not None]
        try:
            return self.record_facts(facts, recorded_by=recorded_by, key=key, expected=expected)
        except Malformed as refusal:
            raise Malformed([placed(each, pointer) for each in refusal.faults]) from refusal
        except Irregular as refusal:
            raise Irregular([placed(each, pointer) for each in refusal.breaches]) from refusal

    def _all_faults(self, read: Sequence[Read], pointer: Callable[[int], str]) -> list[Fault]:
        """What the form has of faults, and what treaty law has beside them; one fault a place."""
        found: dict[str, Fault] = {}
        further = self.depositary.faults([one.fact for one in read])
        for index, (one, more) in enumerate(zip(read, further, strict=True)):
            at_fault = {each.pointer for each in one.faults}
            for each in (*one.faults, *(each for each in more if not _follows(each, at_fault))):
                place = pointer(index) + each.pointer
                found.setdefault(place, Fault(pointer=place, detail=each.detail))
        return list(found.values())

    def read(self, objects: Sequence[object], *, treaty: str | None = None) -> list[Read]:
        """What the objects say, each with its faults; parties are called as the register calls them now."""
        return read_objects(objects, self.register(self.record()), treaty)

    def record_facts(
        self,
        facts: Sequence[Fact],
        *,
        recorded_by: str,
        key: IdempotencyKey | None = None,
        expected: Mapping[str, int] | None = None,
    ) -> Recording:
        """Record all of the facts or none, through the one door in."""
        recording = self.depositary.record(
            facts, recorded_by=recorded_by, key=key, expected=expected
        )
        self.heads.take_in(recording.new)
        return recording

    def import_options(
        self,
        *,
        recorded_by: str,
        form: str | None = None,
        mapping: Path | None = None,
        aliases: Path | None = None,
        strict: bool = False,
        rehearse: bool = False,
    ) -> ImportOptions:
        """How files are to be imported; raises `Malformed` for a mapping or names that cannot be read."""
        names = None
        if aliases is not None:
            with aliases.open("rb") as file:
                names = read_aliases(file, self.register(self.record()))
        return ImportOptions(
            recorded_by=recorded_by,
            format=form,
            mapping=None if mapping is None else read_mapping(mapping.read_bytes()),
            aliases=names,
            strict=strict,
            rehearse=rehearse,
        )

    def import_file(
        self, file: BinaryIO, name: str, options: ImportOptions, watch: Watch = lambda _: None
    ) -> ImportReport:
        """Record what the file says and the record does not have."""
        report = import_file(file, self, replace(options, name=name), watch)
        self.heads.catch_up()
        return report

    def export_to(
        self, out: BinaryIO, treaties: Sequence[str], bounds: Bounds, form: str, table: str
    ) -> int:
        """Write the record in the form, and say how many lines, rows or acts."""
        return self.outgoing(treaties, bounds, form, table).write(out)

    def outgoing(
        self, treaties: Sequence[str], bounds: Bounds, form: str, table: str
    ) -> "Outgoing":
        """An export of the record within the bounds, which is still to be written."""
        from infrastructure import exporters  # noqa: PLC0415 (Arrow is loaded where it is asked for)

        asked = exporters.opened(
            self,
            treaties,
            as_of=bounds.as_of,
            as_seen=bounds.as_seen,
            at=bounds.record.position,
        )
        return exporters.Outgoing(asked=asked, form=form, table=table)

    def told(self, findings: Iterable[ImportFinding]) -> Iterator[dict[str, object]]:
        """Findings as plain data: line, severity, problem and detail always, the rest where there is any."""
        for each in findings:
            yield {"line": each.line, "severity": each.severity, **msgspec.to_builtins(each)}

    def meaning(self, problem: str) -> str:
        """What a finding of this name is about."""
        return PROBLEMS[problem].meaning

    def written(self, entry: Entry, record: Record | None = None) -> dict[str, object]:
        """The entry as it is shown, with its place in the record, and who else vouched for it by then."""
        if not isinstance(entry.content, Act):
            return written_entry(entry)
        known = self._attestations(entry.content.treaty, record or self.record())
        return written_entry(entry, known.get(entry.content.id, ()))

    def _attestations(self, treaty: str, record: Record) -> Mapping[str, tuple[str, ...]]:
        """For each act of the treaty that somebody else vouches for, by its id: who does."""
        version = self.dossiers.version(dossier_stream(treaty), record)
        return self.kept.get(
            ("attested", treaty, version), lambda: _attested(self.dossiers.entries(treaty, record))
        )

    def load_catalogue(self, *, treaties_only: bool = False) -> catalogue.Loaded:
        """Load the built-in treaties and, unless told otherwise, their acts."""
        loaded = catalogue.load(self.depositary, treaties_only=treaties_only)
        self.heads.catch_up()  # whoever asks next asks a record in which it stands
        return loaded

    # --- keys ---

    def caller(self, token: str) -> Caller | None:
        """Who holds the key; None if nobody does, or does no longer."""
        given = self.settings.api_key
        if given is not None and _same(given.get_secret_value(), token):
            return Caller(name=self.settings.api_key_name, scopes=EVERY_SCOPE)
        if self._tokens is not None and "." in token:
            holder = self._tokens.holder(token)
            return None if holder is None else Caller(name=holder.name, scopes=holder.scopes)
        key = self.keys.holder(token)
        return None if key is None else Caller(name=key.name, scopes=frozenset(key.scopes))

    # --- parts ---

    def _dependences(self, record: Record) -> Mapping[str, tuple[str, ...]]:
        found = {}
        for treaty in self.treaties(record):
            with self.fold(treaty, record) as fold:
                found[treaty] = depends_on(fold.dossier.now)
        return found


def _tokens(settings: Settings) -> Tokens | None:
    """Who checks the tokens of the issuer that the settings name, if they name one."""
    if settings.oidc_issuer is None or settings.oidc_jwks is None:
        return None
    return Tokens(
        issuer=settings.oidc_issuer,
        audience=settings.oidc_audience,
        keys_address=settings.oidc_jwks,
        name_claim=settings.oidc_name_claim,
    )


def _advice(state: SchemaState, place: Projected | None) -> str | None:
    """What the operator has to do, if anything."""
    if not state.is_current:
        return "run `timeline migrate`"
    if place is not None and place.is_beyond:
        return "the read model holds more than the log: run `timeline rebuild`"
    return None


def open_service(settings: Settings) -> Service:
    """The service over the database that the settings name."""
    return Service(settings)


def choose(options: Mapping[str, object]) -> Settings:
    """The settings of the environment, with these options put before them where they are given.

    Raises `pydantic.ValidationError`, a ValueError, that names each setting at fault.
    """
    return Settings.model_validate(
        {
            **Settings().model_dump(),
            **{name: each for name, each in options.items() if each is not None},
        }
    )


def _attested(entries: Iterable[Entry]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, dict[str, None]] = {}
    recorders: dict[str, str] = {}
    for entry in entries:
        act = entry.content
        if not isinstance(act, Act):
            continue
        recorders[act.id] = entry.recorded_by
        if act.kind != ATTESTATION or act.concerns is None:
            continue
        if recorders.get(act.concerns) != entry.recorded_by:
            found.setdefault(act.concerns, {})[entry.recorded_by] = None
    return {identifier: tuple(names) for identifier, names in found.items()}


def _follows(fault: Fault, at_fault: AbstractSet[str]) -> bool:
    """Whether another fault says as much: one at the same place, or a date that is given but cannot be read."""
    dates = {f"{fault.pointer}/{name}" for name in DATES}
    return fault.pointer in at_fault or not dates.isdisjoint(at_fault)


def placed(found: Told, pointer: Callable[[int], str]) -> Told:
    """The fault or breach beneath the pointer of its object, which the depositary had only numbered."""
    index, slash, rest = found.pointer.removeprefix("/").partition("/")
    if not index.isdigit():
        return replace(found, pointer=pointer(0) + found.pointer)
    return replace(found, pointer=pointer(int(index)) + slash + rest)


def read_day(given: object, pointer: str, faults: list[Fault]) -> date | None:
    """The day that is given; anything else is added to the faults."""
    if given is None or isinstance(given, date):
        return given
    if isinstance(given, str) and DAY.fullmatch(given) is not None:
        try:
            return date.fromisoformat(given)
        except ValueError:
            pass
    detail = f"must be a day like 2021-06-16, not {str(given)[:40]}"
    faults.append(Fault(pointer=pointer, detail=detail))
    return None


def read_span(first: object, last: object, faults: list[Fault]) -> tuple[date | None, date | None]:
    """The first and the last day that are given; what is none, or ends before it begins, is added to the faults."""
    begins, ends = read_day(first, "/from", faults), read_day(last, "/to", faults)
    if begins is not None and ends is not None and ends < begins:
        faults.append(Fault(pointer="/to", detail="is before from"))
    return begins, ends


def read_place(given: object, pointer: str, faults: list[Fault]) -> int | datetime | None:
    """The position or the instant that is given; anything else is added to the faults."""
    match given:
        case None | datetime():
            return given
        case int() if not isinstance(given, bool) and 0 <= given < FAR_BEYOND:
            return given
        case str() if given.isascii() and given.isdigit() and len(given) <= 18:
            return int(given)
        case str() if (instant := _instant(given)) is not None:
            return instant
    detail = f"must be a position or an instant like 2026-11-22T12:00:00Z, not {str(given)[:40]}"
    faults.append(Fault(pointer=pointer, detail=detail))
    return None


def _instant(text: str) -> datetime | None:
    try:
        instant = datetime.fromisoformat(text.replace(" ", "+")) if "T" in text else None
        return None if instant is None or instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _same(one: str, other: str) -> bool:
    """Whether two secrets are the same, in a time that says nothing about either."""
    digests = (
        hashlib.sha256(each.encode("utf-8", "surrogatepass")).digest() for each in (one, other)
    )
    return compare_digest(*digests)
