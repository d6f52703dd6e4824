"""Documents behind the sources of acts, kept by their digest; their bytes can be erased, the digest stays.

Facts name a document by its digest alone, so that personal data need stand in no entry, which nobody can erase.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import sqlalchemy as sa

from domain.errors import Erased, Fault, Malformed, NotFound
from domain.ports import Clock
from infrastructure.database import glancing, writing
from infrastructure.tables import document

LARGEST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What is known of a document; the type is what its first bytes say, and no more to be trusted than they are."""

    sha256: str
    media_type: str
    size: int
    kept_at: datetime
    kept_by: str
    erased_at: datetime | None = None
    erased_by: str | None = None
    erased_because: str | None = None


class Documents:
    """Keeps documents in one database; safe to share between threads."""

    def __init__(
        self, engine: sa.Engine, clock: Clock, *, largest_bytes: int = LARGEST_BYTES
    ) -> None:
        """Keep documents up to a size."""
        self._engine = engine
        self._clock = clock
        self._largest_bytes = largest_bytes

    def keep(self, content: bytes, *, kept_by: str) -> Document:
        """Keep the bytes, once, and say what they are.

        Raises `Malformed` for none or too many of them, `Erased` for a document that was erased.
        """
        if not 0 < len(content) <= self._largest_bytes:
            detail = f"a document has 1 to {self._largest_bytes} bytes, not {len(content)}"
            raise Malformed([Fault(pointer="", detail=detail)])
        new = Document(
            sha256=sha256(content).hexdigest(),
            media_type=media_type(content),
            size=len(content),
            kept_at=self._clock.now(),
            kept_by=kept_by,
        )
        with writing(self._engine) as connection:
            known = _find(connection, new.sha256)
            if known is None:
                connection.execute(
                    sa.insert(document).values(
                        content=content,
                        **{name: getattr(new, name) for name in _KEPT},
                    )
                )
        return new if known is None else _standing(known)

    def find(self, digest: str) -> Document:
        """What is known of a document, erased or not; raises `NotFound`."""
        with glancing(self._engine) as connection:
            known = _find(connection, digest)
        if known is None:
            raise NotFound(f"there is no document {digest[:64]}")
        return known

    def content(self, digest: str) -> bytes:
        """The bytes of a document; raises `NotFound`, or `Erased` where they once were here."""
        known = _standing(self.find(digest))
        query = sa.select(document.c.content).where(document.c.sha256 == known.sha256)
        with glancing(self._engine) as connection:
            return bytes(connection.scalar(query) or b"")

    def erase(self, digest: str, *, erased_by: str, because: str) -> Document:
        """Erase the bytes of a document for ever; its digest stays, with who erased it and why.

        Raises `NotFound`, or `Erased` if they are gone already.
        """
        known = _standing(self.find(digest))
        erased = replace(
            known, erased_at=self._clock.now(), erased_by=erased_by, erased_because=because
        )
        with writing(self._engine) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA secure_delete=ON")  # the pages are overwritten
            connection.execute(
                sa.update(document)
                .where(document.c.sha256 == known.sha256, document.c.erased_at.is_(None))
                .values(content=None, **{name: getattr(erased, name) for name in _ERASED})
            )
        if self._engine.dialect.name == "sqlite":
            with glancing(self._engine) as connection:  # and no journal holds them any more
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return erased


def media_type(content: bytes) -> str:
    """What the bytes seem to be, by how they begin."""
    for beginning, name in _BEGINNINGS.items():
        if content.startswith(beginning):
            return name
    if content.startswith(b"PK\x03\x04"):
        return next(
            (name for folder, name in _OFFICE.items() if folder in content[:4096]),
            "application/zip",
        )
    return _text_type(content)


def _text_type(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return "application/octet-stream"
    if _CONTROL.search(text):
        return "application/octet-stream"
    start = text.lstrip("\ufeff \t\r\n")[:200].lower()
    if start.startswith(("<!doctype html", "<html")):
        return "text/html; charset=utf-8"
    return "application/xml" if start.startswith("<?xml") else "text/plain; charset=utf-8"


def _find(connection: sa.Connection, digest: str) -> Document | None:
    columns = [document.c[name] for name in (*_KEPT, *_ERASED)]
    query = sa.select(*columns).where(document.c.sha256 == digest.lower())
    row = connection.execute(query).mappings().first()
    return None if row is None else Document(**row)


def _standing(known: Document) -> Document:
    if known.erased_at is not None:
        raise Erased(
            f"document {known.sha256} was erased on {known.erased_at.date()}: {known.erased_because}"
        )
    return known


_KEPT = ("sha256", "media_type", "size", "kept_at", "kept_by")
_ERASED = ("erased_at", "erased_by", "erased_because")
_BEGINNINGS: Mapping[bytes, str] = {
    b"%PDF-": "application/pdf",
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF8": "image/gif",
    b"II*\x00": "image/tiff",
    b"MM\x00*": "image/tiff",
    b"{\\rtf": "application/rtf",
    b"\xd0\xcf\x11\xe0": "application/msword",
}
_OFFICE: Mapping[bytes, str] = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"application/vnd.oasis.opendocument.text": "application/vnd.oasis.opendocument.text",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f]")
