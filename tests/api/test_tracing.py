"""Traces: a span for each request with its statements beneath, in the caller's trace, sent where the settings say."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from fastapi import Request
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from api.main import create_app
from infrastructure.settings import Settings
from tests.api.clients import ACTS, KEY, OPERATOR, RUSSIA, client_over, notice

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def client(database: str, spans: InMemorySpanExporter) -> Iterator[TestClient]:
    """A client of an application whose spans are kept in memory."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    settings = Settings(
        database_url=database,
        migrate="never",
        projector="external",
        log_requests=False,
        api_key=KEY,
    )
    app = create_app(settings, traces=provider)

    @app.get("/fail")
    def fail(_: Request) -> None:
        raise ZeroDivisionError("a fault of ours")

    with TestClient(app, raise_server_exceptions=False) as client:
        spans.clear()
        yield client


def served(spans: InMemorySpanExporter) -> list[ReadableSpan]:
    return [each for each in spans.get_finished_spans() if each.kind is SpanKind.SERVER]


def told(span: ReadableSpan) -> dict[str, object]:
    return dict(span.attributes or {})


def test_a_request_is_a_span_of_its_route_in_the_trace_of_its_caller(
    client: TestClient, spans: InMemorySpanExporter
) -> None:
    client.get(f"{RUSSIA}?as_of=2021-06-16", headers={"traceparent": PARENT, "X-Request-Id": "r-1"})

    (span,) = served(spans)
    assert span.name == "GET /v1/treaties/{treaty}/parties/{party}"
    assert f"{span.context.trace_id:032x}" in PARENT
    assert span.parent is not None
    assert f"{span.parent.span_id:016x}" in PARENT
    assert told(span) == {
        "http.request.method": "GET",
        "url.path": RUSSIA,
        "http.route": "/v1/treaties/{treaty}/parties/{party}",
        "http.response.status_code": 200,
        "timeline.request_id": "r-1",
    }


def test_the_statements_of_a_request_are_beneath_it_without_what_they_carry(
    client: TestClient, spans: InMemorySpanExporter
) -> None:
    client.post(ACTS, json=notice("POL", note="a confidential note"), headers=OPERATOR)

    (request,) = served(spans)
    statements = [each for each in spans.get_finished_spans() if each.kind is SpanKind.CLIENT]
    inserts = [each for each in statements if each.name == "INSERT"]
    assert inserts
    assert {each.context.trace_id for each in statements} == {request.context.trace_id}
    assert all(told(each)["db.system.name"] == "sqlite" for each in statements)
    everything = repr([(each.name, told(each)) for each in spans.get_finished_spans()])
    assert "confidential" not in everything
    assert KEY not in everything


def test_a_fault_is_an_error_and_says_nothing_of_itself(
    client: TestClient, spans: InMemorySpanExporter
) -> None:
    client.get("/fail")
    client.get("/nowhere")

    fault, nowhere = served(spans)
    assert (fault.status.status_code, fault.status.description) == (StatusCode.ERROR, None)
    assert fault.events == ()
    assert (nowhere.name, nowhere.status.status_code) == ("GET", StatusCode.UNSET)


def test_a_statement_that_fails_ends_its_span(
    client: TestClient, spans: InMemorySpanExporter
) -> None:
    engine = client.app.state.service.engine  # type: ignore[attr-defined]  # our app
    with engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE api_key RENAME TO gone")
    spans.clear()

    client.post(ACTS, json={}, headers={"Authorization": "Bearer nobody"})

    failed = [each for each in spans.get_finished_spans() if each.kind is SpanKind.CLIENT]
    assert [each.status.status_code for each in failed][-1] is StatusCode.ERROR


def test_spans_are_sent_where_the_settings_say(database: str) -> None:
    heard: list[tuple[str, bytes]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Collector) as collector:
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        address = f"http://127.0.0.1:{collector.server_port}/v1/traces"
        with client_over(database, migrate="never", traces_to=address) as client:
            client.get("/healthz")
        collector.shutdown()
        thread.join()

    assert {path for path, _ in heard} == {"/v1/traces"}
    assert b"GET /healthz" in b"".join(body for _, body in heard)
    assert b"diplomatic-timeline" in b"".join(body for _, body in heard)
