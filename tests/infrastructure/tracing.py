"""A process of ours watched by the kernel, and stopped wherever it asks the disk to keep what was written."""

import ctypes
import os
import platform
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SYNCS = {"x86_64": {74, 75, 306, 277}, "aarch64": {82, 83, 267, 84}}
"""The numbers of fsync, fdatasync, syncfs and sync_file_range on each kind of machine."""

SEIZE, INTERRUPT, SYSCALL, SYSCALL_INFO = 0x4206, 0x4207, 24, 0x420E
TRACESYSGOOD = 1
ENTRY, EXIT = 1, 2
OF_A_SYSCALL = signal.SIGTRAP | 0x80
WALL = 0x40000000


class _Info(ctypes.Structure):
    _fields_ = (
        ("op", ctypes.c_uint8),
        ("padding", ctypes.c_uint8 * 3),
        ("arch", ctypes.c_uint32),
        ("instruction", ctypes.c_uint64),
        ("stack", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
        ("arguments", ctypes.c_uint64 * 6),
        ("more", ctypes.c_uint64 * 4),
    )


@dataclass(frozen=True, slots=True)
class Sync:
    """A file that the process asks the disk to keep; it `begins` before the disk has heard of it."""

    file: Path
    begins: bool


class Traced:
    """A process that runs from one of its syncs to the next; all calls are from one thread."""

    def __init__(self, process_id: int) -> None:
        """Watch the process from now on; raises OSError where that is not allowed."""
        self._id = process_id
        self._syncs = SYNCS[platform.machine()]
        self._ptrace(SEIZE, 0, TRACESYSGOOD)
        self._ptrace(INTERRUPT)
        os.waitpid(process_id, WALL)

    def syncs(self) -> Iterator[Sync]:
        """Each sync as it begins and as it ends; the process stands still meanwhile. Ends with the process."""
        file: Path | None = None
        pass_on = 0
        while True:
            self._ptrace(SYSCALL, 0, pass_on)
            _, status = os.waitpid(self._id, WALL)
            if not os.WIFSTOPPED(status):
                return
            pass_on = 0
            if os.WSTOPSIG(status) == OF_A_SYSCALL:
                info = self._info()
                if info.op == ENTRY and info.number in self._syncs:
                    file = Path(f"/proc/{self._id}/fd/{info.arguments[0]}").readlink()
                    yield Sync(file, begins=True)
                elif info.op == EXIT and file is not None:
                    yield Sync(file, begins=False)
                    file = None
            elif status >> 16 == 0:
                pass_on = os.WSTOPSIG(status)

    def kill(self) -> None:
        """End it where it stands."""
        os.kill(self._id, signal.SIGKILL)
        os.waitpid(self._id, WALL)

    def _info(self) -> _Info:
        info = _Info()
        self._ptrace(SYSCALL_INFO, ctypes.sizeof(info), ctypes.addressof(info))
        return info

    def _ptrace(self, request: int, address: int = 0, data: int = 0) -> None:
        done = _libc().ptrace(
            ctypes.c_long(request),
            ctypes.c_long(self._id),
            ctypes.c_void_p(address),
            ctypes.c_void_p(data),
        )
        if done == -1:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))


def can_trace() -> bool:
    """Whether processes can be watched here: Linux on a machine whose numbers are known, and allowed to."""
    if not sys.platform.startswith("linux") or platform.machine() not in SYNCS:
        return False
    with _sleeper() as process_id:
        try:
            Traced(process_id)
        except OSError:
            return False
    return True


@contextmanager
def _sleeper() -> Iterator[int]:
    process_id = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    try:
        yield process_id
    finally:
        os.kill(process_id, signal.SIGKILL)
        os.waitpid(process_id, WALL)


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.restype = ctypes.c_long
    return libc
