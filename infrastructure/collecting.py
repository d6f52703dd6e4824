"""Python's search for objects that only hold each other, put off while very many objects are made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 100_000
"""Objects made since the last search before the next; Python's own 700 are found after every few acts."""

OLDER = (20, 50)
"""How many searches of one generation come before one of the next."""


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Search seldom: what is made here holds nothing that holds it, and goes when nobody holds it any more.

    It is for a command or a worker that does one thing; memory does not grow, since the search goes on.
    """
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *OLDER)
    try:
        yield
    finally:
        gc.set_threshold(*before)
