"""What is too much to be held in memory goes out while it is written, and only so much of it at the same time."""

import os
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO, TypeAlias

from api.refusals import RateExceeded

Write: TypeAlias = Callable[[BinaryIO], object]
"""Writes all of it; the output is closed for it."""

MOST = 2
"""Exports that one process writes at the same time; each holds a connection and a treaty."""

PIECE = 64 * 1024
"""Bytes that are passed on at once; a slow reader makes the writer wait."""

COME_AGAIN = 30
"""Seconds after which somebody who was sent away may ask again."""


class Exports:
    """The exports that are under way in this process."""

    def __init__(self, most: int = MOST) -> None:
        """Have at most so many at the same time."""
        self._free = threading.BoundedSemaphore(most)
        self._most = most

    def stream(self, write: Write) -> Iterator[bytes]:
        """The bytes as they are written, a piece at a time; raises `RateExceeded` if others take all places.

        An error of the writer is raised behind the last piece, so that the connection breaks and nobody takes what
        came for the whole. A reader who goes away stops the writer.
        """
        if not self._free.acquire(blocking=False):
            raise RateExceeded(f"{self._most} exports are under way here", retry_after=COME_AGAIN)
        source, sink = os.pipe()
        errors: list[Exception] = []
        thread = threading.Thread(
            target=self._written, args=(write, sink, errors), name="timeline-export", daemon=True
        )
        thread.start()
        return _pieces(os.fdopen(source, "rb"), thread, errors)

    def _written(self, write: Write, sink: int, errors: list[Exception]) -> None:
        try:
            with os.fdopen(sink, "wb") as out:
                write(out)
        except BrokenPipeError:
            pass  # the reader has gone
        except Exception as error:  # noqa: BLE001 (it is raised where the bytes are read)
            errors.append(error)
        finally:
            self._free.release()


def _pieces(source: BinaryIO, thread: threading.Thread, errors: list[Exception]) -> Iterator[bytes]:
    with source:
        while piece := source.read(PIECE):
            yield piece
    thread.join()
    if errors:
        raise errors[0]
