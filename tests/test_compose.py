"""The containers' file says what the service needs: checked by its schema, then by running it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.postgres import free_port

ROOT = Path(__file__).parent.parent
PASSWORD = "not-a-secret"
READY_WITHIN_SECONDS = 90
LOADED_WITHIN_SECONDS = 300

Service = dict[str, Any]


@pytest.fixture(scope="module")
def services() -> dict[str, Service]:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    found: dict[str, Service] = compose["services"]
    return found


def test_the_file_follows_the_compose_specification() -> None:
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

    faults = list(Draft202012Validator(json.loads(schema.read_text())).iter_errors(compose))

    assert faults == []


def test_every_service_is_watched_and_is_restarted_when_it_fails(
    services: dict[str, Service],
) -> None:
    unwatched = [name for name, service in services.items() if "healthcheck" not in service]
    left_dead = [name for name, service in services.items() if "restart" not in service]

    assert (unwatched, left_dead) == ([], [])


def test_servers_of_any_number_do_not_get_in_each_others_way(
    services: dict[str, Service],
) -> None:
    ports = _filled_in(services["api"]["ports"], {})

    assert "container_name" not in services["api"]
    assert [re.fullmatch(r"127\.0\.0\.1:8000-\d+:8000", port) is not None for port in ports] == [
        True
    ]


def test_the_file_keeps_no_secret_and_does_not_start_without_one(
    services: dict[str, Service],
) -> None:
    with pytest.raises(KeyError, match="a password for the database is needed"):
        _filled_in(services, {})

    assert _filled_in(services, {"TIMELINE_DATABASE_PASSWORD": PASSWORD})


def test_only_who_projects_has_the_keys_that_sign_the_log(services: dict[str, Service]) -> None:
    volumes = {name: service.get("volumes", []) for name, service in services.items()}

    assert volumes["projector"] == ["signing-keys:/keys"]
    assert [name for name, each in volumes.items() if "signing-keys:/keys" in each] == ["projector"]
    assert services["projector"]["environment"]["TIMELINE_SIGNING_KEYS"] == "/keys/log.keys"
    assert (
        'install", "--directory", "--owner=timeline", "--mode=700", "/keys"'
        in (ROOT / "Dockerfile").read_text()
    )


def test_every_server_signs_webhooks_by_the_same_root_key(services: dict[str, Service]) -> None:
    api = services["api"]

    assert api["volumes"] == ["webhook-keys:/webhook-keys"]
    assert api["environment"]["TIMELINE_WEBHOOK_KEYS"].startswith("/webhook-keys/")
    assert '"--mode=700", "/webhook-keys"' in (ROOT / "Dockerfile").read_text()


def test_nothing_starts_before_what_it_depends_on(services: dict[str, Service]) -> None:
    order = _in_order_of_start(services)

    assert order[:2] == ["db", "migrate"]
    assert sorted(order[2:]) == ["api", "projector"]


def test_the_services_started_as_the_file_says_answer_a_question(
    services: dict[str, Service], postgres_database: str, tmp_path: Path
) -> None:
    filled = _filled_in(services, {"TIMELINE_DATABASE_PASSWORD": PASSWORD})
    host = _Host(database_url=postgres_database, folder=tmp_path)
    question = "/v1/treaties/open-skies/parties/RUS?as_of=2021-05-27"

    host.run_to_its_end(filled["migrate"])
    with (
        host.running("projector", filled["projector"]),
        host.running("api", filled["api"]) as first,
        host.running("api", filled["api"]) as second,
    ):
        answers = [httpx.get(f"http://127.0.0.1:{port}{question}") for port in (first, second)]
        checkpoints = [_checkpoint(port) for port in (first, second)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert [answer.json()["status"] for answer in answers] == ["party", "party"]
    assert answers[0].content == answers[1].content
    assert checkpoints[0].startswith("timeline.local/")
    assert checkpoints[0] == checkpoints[1]


def _checkpoint(port: int) -> str:
    """The checkpoint of the whole log, its keys included, once it is signed."""
    address = f"http://127.0.0.1:{port}"
    end_by = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < end_by:
        answer = httpx.get(f"{address}/v1/log/checkpoint")
        position = str(httpx.get(f"{address}/readyz").json()["position"])
        declared = httpx.get(f"{address}/v1/log/keys").json()["keys"]
        if answer.status_code == 200 and declared and answer.text.splitlines()[1] == position:
            return answer.text
        time.sleep(0.2)
    raise AssertionError("nobody signed the log")


@dataclass(frozen=True, kw_only=True)
class _Host:
    """The machine in the place of the containers: a port a service, the test's database for db."""

    database_url: str
    folder: Path

    def run_to_its_end(self, service: Service) -> None:
        """Runs a service that ends by itself, and demands that it ends well."""
        with self._log("migrate") as log:
            ended = subprocess.run(
                self._command(service, port=0),
                env=self._environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                timeout=LOADED_WITHIN_SECONDS,
                check=False,
            )
        assert ended.returncode == 0, self._logged("migrate")

    @contextmanager
    def running(self, name: str, service: Service) -> Iterator[int]:
        """Runs a service on a free port until the block ends, once its own health check passes."""
        port = free_port()
        with self._log(f"{name}-{port}") as log:
            process = subprocess.Popen(
                self._command(service, port=port),
                env=self._environment(service),
                cwd=self.folder,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait_until_healthy(f"{name}-{port}", service, process, port)
            yield port
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                ended = process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
        assert ended in {0, -signal.SIGTERM}, self._logged(f"{name}-{port}")

    def _wait_until_healthy(
        self, name: str, service: Service, process: subprocess.Popen[bytes], port: int
    ) -> None:
        check = [part.replace(":8000", f":{port}") for part in service["healthcheck"]["test"]]
        assert check[0] == "CMD"
        end_by = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            checked = subprocess.run(
                check[1:], env=self._environment(service), capture_output=True, check=False
            )
            if checked.returncode == 0:
                return
            assert process.poll() is None, self._logged(name)
            assert time.monotonic() < end_by, f"{checked.stderr!r}\n{self._logged(name)}"
            time.sleep(0.2)

    def _command(self, service: Service, port: int) -> list[str]:
        own = {"0.0.0.0": "127.0.0.1", "8000": str(port)}  # noqa: S104 - replaced, never bound
        return [own.get(part, part) for part in service["command"]]

    def _environment(self, service: Service) -> dict[str, str]:
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {**service["environment"], "PATH": path, "HOME": str(self.folder)}
        assert "@db:5432/" in environment["TIMELINE_DATABASE_URL"]
        environment["TIMELINE_DATABASE_URL"] = self.database_url
        if "TIMELINE_SIGNING_KEYS" in environment:
            environment["TIMELINE_SIGNING_KEYS"] = str(self.folder / "log.keys")
        if "TIMELINE_WEBHOOK_KEYS" in environment:
            environment["TIMELINE_WEBHOOK_KEYS"] = str(self.folder / "timeline.webhooks")
        return environment

    def _log(self, name: str) -> Any:
        return (self.folder / f"{name}.log").open("wb")

    def _logged(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")


def _in_order_of_start(services: Mapping[str, Service]) -> list[str]:
    order: list[str] = []
    while len(order) < len(services):
        ready = [
            name
            for name, service in services.items()
            if name not in order and set(service.get("depends_on", {})) <= set(order)
        ]
        assert ready, "services wait for each other in a circle"
        order += ready
    return order


def _filled_in(value: Any, variables: Mapping[str, str]) -> Any:
    """The value with ${NAME}, ${NAME:-default} and ${NAME:?message} replaced, as compose does."""
    if isinstance(value, dict):
        return {key: _filled_in(child, variables) for key, child in value.items()}
    if isinstance(value, list):
        return [_filled_in(child, variables) for child in value]
    if not isinstance(value, str):
        return value

    def replaced(found: re.Match[str]) -> str:
        name, operator, otherwise = found.group("name", "operator", "otherwise")
        if variables.get(name):
            return variables[name]
        if operator == ":?":
            raise KeyError(otherwise)
        return otherwise or ""

    return re.sub(
        r"\$\{(?P<name>\w+)(?:(?P<operator>:-|:\?)(?P<otherwise>[^}]*))?\}", replaced, value
    )
