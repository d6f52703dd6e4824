"""Files for the eyes of their owner alone: written once, and read only while nobody else can read them."""

import os
import stat
from collections.abc import Iterable
from pathlib import Path
from tempfile import mkstemp

READABLE_BY_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class UnsafeKeys(Exception):
    """A file of keys is missing, can be read by others, or holds something else."""


class KeysExist(UnsafeKeys):
    """There is a file of keys already, which is never written over."""


def keep_lines(path: Path, lines: Iterable[str]) -> None:
    """Write a new file with these lines, whole or not at all, on the disk when this returns.

    Raises `UnsafeKeys` where it cannot be written, `KeysExist` if there is one already.
    """
    try:
        new = _written(path, lines)
        try:
            os.link(new, path)
        finally:
            new.unlink()
    except FileExistsError as error:
        raise KeysExist(f"no keys can be kept in {path}: File exists") from error
    except OSError as error:
        raise UnsafeKeys(f"no keys can be kept in {path}: {error.strerror}") from error


def replace_lines(path: Path, lines: Iterable[str]) -> None:
    """Put these lines in the place of those that the file holds, whole or not at all; raises `UnsafeKeys`."""
    try:
        _written(path, lines).replace(path)
    except OSError as error:
        raise UnsafeKeys(f"no keys can be kept in {path}: {error.strerror}") from error


def kept_lines(path: Path) -> list[str]:
    """The lines of the file that are not blank; raises `UnsafeKeys` where others can read it, or it cannot be read."""
    try:
        with path.open(encoding="utf-8") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & READABLE_BY_OTHERS:
                raise UnsafeKeys(f"{path} can be read by others than its owner: chmod 600 it")
            return [line for line in file.read().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UnsafeKeys(f"no keys can be read from {path}: {error}") from error


def _written(path: Path, lines: Iterable[str]) -> Path:
    """A file beside the path that holds these lines and is on the disk."""
    descriptor, name = mkstemp(dir=path.parent, prefix=f".{path.name}.")  # for the owner alone
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        os.fsync(descriptor)
    return Path(name)
