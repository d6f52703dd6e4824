"""Schemathesis against a real server in a folder of its own: `make fuzz` runs it at length, the suite in brief."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.serving import free_port, running_service

CONFIG = Path(__file__).parent / "schemathesis.toml"
KEY = "the key of the fuzzer"

AT_LENGTH = ("--max-examples", "60", "--continue-on-failure")


def fuzz(folder: Path, options: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    """What schemathesis found: it asks everything that the description says can be asked, and much that cannot."""
    settings = {"TIMELINE_API_KEY": KEY, "TIMELINE_LOG_REQUESTS": "false"}
    program = Path(sys.executable).parent / "schemathesis"
    with running_service(folder, free_port(), settings) as address:
        return subprocess.run(
            [
                *(program, "--config-file", CONFIG, "--no-color", "run"),
                *(f"{address}/openapi.json", "--header", f"Authorization: Bearer {KEY}"),
                *options,
            ],
            cwd=folder,
            check=False,
            stdout=None if options is AT_LENGTH else subprocess.PIPE,
        )


if __name__ == "__main__":
    with TemporaryDirectory() as folder:
        sys.exit(fuzz(Path(folder), AT_LENGTH).returncode)
