"""The service as a process of its own, over a folder, as a user starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import httpx

READY_WITHIN_SECONDS = 60


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_service(
    folder: Path, port: int, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """The address of `timeline serve` in this folder, once it answers; it is stopped in order."""
    address = f"http://127.0.0.1:{port}"
    timeline = Path(sys.executable).parent / "timeline"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIMELINE_")}
    with (folder / "serve.log").open("wb") as log:
        process = subprocess.Popen(
            [timeline, "serve", "--port", str(port)],
            cwd=folder,
            env={**kept, **(settings or {})},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(address, process, folder / "serve.log")
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end_by = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            if httpx.get(f"{address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        if process.poll() is not None or time.monotonic() > end_by:
            message = f"the service did not get ready:\n{log.read_text(errors='replace')}"
            raise AssertionError(message)
        time.sleep(0.05)
