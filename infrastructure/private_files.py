"""Files for the eyes of their owner alone: written once, and read only while nobody else can read them."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path

READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class UnsafeKeys(Exception):
    """A file of keys is missing, can be read by others, or holds something else."""


def keep_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a new file with these lines, on the disk when this returns; raises `UnsafeKeys` if there is one already."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise UnsafeKeys(f"no keys can be kept in {path}: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        os.fchmod(descriptor, 0o600)
        file.writelines(lines)
        file.flush()
        os.fsync(descriptor)


def kept_lines(path: Path) -> list[str]:
    """The lines of the file that are not blank; raises `UnsafeKeys` where others can read it, or it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & READABLE_BY_OTHERS:
                raise UnsafeKeys(f"{path} can be read by others than its owner: chmod 600 it")
            return [line for line in file.read().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeKeys(f"no keys can be read from {path}: {error}") from error
