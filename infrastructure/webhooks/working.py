"""The threads that deliver: one that looks at what happened, and workers that send, until told to stop."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

import structlog

from domain.errors import Unavailable
from domain.ports import Clock
from infrastructure.private_files import UnsafeKeys
from infrastructure.webhooks.deliveries import Claim, Deliveries
from infrastructure.webhooks.posting import Outcome
from infrastructure.webhooks.secrets import Roots
from infrastructure.webhooks.telling import Teller

log = structlog.get_logger("timeline")

AGENT = "diplomatic-timeline"
MEDIA_TYPE = "application/cloudevents+json; charset=utf-8"
LOOK_SECONDS = 1.0
FAULT_SECONDS = 5.0
FORGET_EVERY_SECONDS = 3_600.0


class Waking(Protocol):
    """Waits until there may be something to do."""

    def wait(self, timeout_seconds: float) -> bool:
        """Whether there may be, before the time was over."""
        ...


class Send(Protocol):
    """Sends one request, and says what came of it."""

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Send it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Sends what is due, one webhook after another."""

    deliveries: Deliveries
    clock: Clock
    roots: Callable[[], Roots]
    send: Send
    troubled: bool = True
    """Whether it also serves receivers in trouble; who does not is there for the others."""

    def step(self) -> bool:
        """Send one webhook, if one is due; says whether there was one.

        Raises `UnsafeKeys` before anything is taken, where nothing could be signed.
        """
        if not self.deliveries.has_due(troubled=self.troubled):
            return False
        roots = self.roots()
        claim = self.deliveries.claim(troubled=self.troubled)
        if claim is None:
            return False
        self.deliveries.settle(claim, self._sent(claim, roots))
        return True

    def run(self, stop: threading.Event, woken: threading.Event) -> None:
        """Send what is due until told to stop; whatever goes wrong is logged and tried again."""
        while not stop.is_set():
            was_there = _kept_going(self.step)
            if was_there is None:
                stop.wait(FAULT_SECONDS)
            elif not was_there:
                woken.wait(LOOK_SECONDS)

    def _sent(self, claim: Claim, roots: Roots) -> Outcome:
        try:
            signed = roots.headers(
                claim.subscription,
                claim.signing,
                message=claim.message,
                at=self.clock.now(),
                body=claim.body,
            )
        except UnsafeKeys as error:
            log.warning("webhook not signed", subscription=str(claim.subscription), why=str(error))
            return Outcome(seconds=0, error="it could not be signed here")
        headers = {"Content-Type": MEDIA_TYPE, "User-Agent": AGENT, **signed}
        return self.send(claim.url, headers, claim.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """All that delivers in this process."""

    teller: Teller
    workers: tuple[Worker, ...]
    keep: timedelta
    waking: Callable[[], AbstractContextManager[Waking]]
    """What can be waited on until more may have been recorded or told."""

    def run(self, stop: threading.Event) -> None:
        """Tell and send until told to stop; what is being sent then is sent to its end."""
        woken = threading.Event()
        threads = [
            threading.Thread(
                target=each.run, args=(stop, woken), name=f"timeline-webhooks-{number}", daemon=True
            )
            for number, each in enumerate(self.workers)
        ]
        for each in threads:
            each.start()
        with self.waking() as waker:
            self._look(stop, woken, waker)
        woken.set()
        for each in threads:
            each.join()

    def _look(self, stop: threading.Event, woken: threading.Event, waker: Waking) -> None:
        forgets_at = 0.0
        while not stop.is_set():
            woken.clear()
            if _kept_going(self._tell):
                woken.set()
                continue
            if time.monotonic() >= forgets_at:
                _kept_going(self._forget)
                forgets_at = time.monotonic() + FORGET_EVERY_SECONDS
            waker.wait(LOOK_SECONDS)

    def _tell(self) -> bool:
        return self.teller.tell() > 0

    def _forget(self) -> bool:
        return self.teller.forget(self.keep) > 0


def _kept_going(step: Callable[[], bool]) -> bool | None:
    """Whether there was something to do; a fault is logged, and nobody knows."""
    try:
        return step()
    except Unavailable as error:
        log.warning("webhooks wait", error=str(error))
    except UnsafeKeys as error:
        log.warning("webhooks wait", error=str(error))
    except Exception:
        log.exception("webhooks failed")
    return None
