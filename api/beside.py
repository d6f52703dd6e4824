"""What runs in threads beside something else: begun with it, and told to stop when it ends."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

ENDS_WITHIN_SECONDS = 10


@contextmanager
def beside(
    work: Mapping[str, Callable[[threading.Event], None]], stop: threading.Event | None = None
) -> Iterator[None]:
    """Each work in a thread of its name while the block runs; at its end all are told to stop, and waited for."""
    stop = stop or threading.Event()
    threads = [
        threading.Thread(target=each, args=(stop,), name=name, daemon=True)
        for name, each in work.items()
    ]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in threads:
            each.join(timeout=ENDS_WITHIN_SECONDS)
