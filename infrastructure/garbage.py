"""How often garbage is looked for while very many objects are made that are kept for a while."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Collecting:
    """Whether the collector of this process works; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._put_off = 0
        self._was_on = False

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Within the block no garbage is looked for; after the last such block it is again.

        To fold thousands of acts makes millions of objects that are kept until the batch is done,
        and to look through them again and again takes a third of the time.
        """
        with self._lock:
            if self._put_off == 0:
                self._was_on = gc.isenabled()
                gc.disable()
            self._put_off += 1
        try:
            yield
        finally:
            with self._lock:
                self._put_off -= 1
                if self._put_off == 0 and self._was_on:
                    gc.enable()


collecting = Collecting()
"""The collector of this process."""
