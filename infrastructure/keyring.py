"""The keys of one log: those in its file, and those that the log names; made, put beside each other, taken out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.acts import SigningKey
from domain.ports import SIGNING
from infrastructure.archive import EventArchive
from infrastructure.private_files import UnsafeKeys
from infrastructure.signing import (
    Signer,
    kept,
    newest,
    opened,
    renewed,
    replaced,
    with_second_kind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A key that the log names as its own, and where and when it said last whether it is in use."""

    key: str
    in_use: bool
    position: int
    recorded_at: datetime


class Keyring:
    """The keys of one log; whoever seals takes what is in the file once it changes."""

    def __init__(self, path: Path, archive: EventArchive, *, origin: str | None) -> None:
        """Keep keys in this file; `origin` is the name of the log, one of its own unless given."""
        self.path = path
        self._archive = archive
        self._origin = origin

    def declared(self) -> Sequence[Declared]:
        """The keys that the log names, each as it was named last, in the order in which they came."""
        found: dict[str, Declared] = {}
        for entry in self._archive.entries(SIGNING):
            key = entry.content
            assert isinstance(key, SigningKey)  # nothing else stands in that stream
            found[key.key] = Declared(
                key=key.key,
                in_use=key.in_use,
                position=entry.position,
                recorded_at=entry.recorded_at,
            )
        return tuple(found.values())

    def signers(self) -> Sequence[Signer]:
        """The keys that sign, of which a log that never had any gets its first here; raises `UnsafeKeys`."""
        return self._opened(self._origin)

    def in_file(self) -> Sequence[Signer]:
        """The keys of the file, none where it is not there; raises `UnsafeKeys`."""
        return kept(self.path) if self.path.exists() else ()

    def make(self, origin: str | None = None) -> Sequence[Signer]:
        """Make the first key of a log, in this name; raises `UnsafeKeys`, also where there are keys."""
        if self.path.exists():
            raise UnsafeKeys(f"there are keys in {self.path}, and they stay what they are")
        return self._opened(origin or self._origin)

    def add_second_kind(self) -> Sequence[Signer]:
        """Put a key of type ML-DSA-44 beside those of the file; raises `UnsafeKeys`, also where there is one."""
        found = with_second_kind(self.signers())
        replaced(self.path, found)
        return found

    def rotate(self) -> Sequence[Signer]:
        """Put new keys beside those of the file, so that both sign for a while; raises `UnsafeKeys`."""
        old = kept(self.path)
        if len(newest(old)) < len(old):
            raise UnsafeKeys(f"{self.path} holds old keys beside new ones: take those out first")
        both = (*old, *renewed(old))
        replaced(self.path, both)
        return both

    def retire(self) -> Sequence[Signer]:
        """Take the old keys out of the file where there are new ones; raises `UnsafeKeys`."""
        found = kept(self.path)
        left = newest(found)
        if len(left) == len(found):
            raise UnsafeKeys(
                f"{self.path} holds no new keys beside the old ones: rotate them first"
            )
        replaced(self.path, left)
        return left

    def replace(self) -> Sequence[Signer]:
        """Put new keys in the place of all that the file holds, which somebody stole; raises `UnsafeKeys`."""
        new = renewed(kept(self.path))
        replaced(self.path, new)
        return new

    def _opened(self, origin: str | None) -> Sequence[Signer]:
        contents = [entry.content for entry in self._archive.entries(SIGNING)]
        declared = [each for each in contents if isinstance(each, SigningKey)]
        return opened(self.path, origin=origin, declared=declared)
