"""Traces for OpenTelemetry: a span for each request and for each statement it makes, with nothing secret in them."""

from typing import Any

import sqlalchemy as sa
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NAME = "diplomatic-timeline"
PARENT = frozenset({b"traceparent", b"tracestate"})
"""The headers by which a request belongs to a trace that somebody else began (W3C Trace Context)."""

SEND_TIMEOUT_SECONDS = 5
LONGEST_STATEMENT = 2_000


def sending_to(address: str) -> TracerProvider:
    """Spans that are gathered and sent to this address by OTLP over HTTP; `shutdown` sends the rest."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 (loaded where it is wanted)
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 (the same)

    provider = TracerProvider(resource=Resource.create({"service.name": NAME}))
    exporter = OTLPSpanExporter(endpoint=address, timeout=SEND_TIMEOUT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


class Tracing:
    """A span for each request, named after its route; headers, queries and bodies are not in it."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        """Trace what passes on its way to the application."""
        self._app = app
        self._tracer = tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        carrier = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in PARENT
        }
        attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
        with self._tracer.start_as_current_span(
            scope["method"],
            context=TraceContextTextMapPropagator().extract(carrier),
            kind=SpanKind.SERVER,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                await self._app(scope, receive, _noting(span, send))
            except Exception:
                span.set_status(StatusCode.ERROR)
                raise
            finally:
                _name(span, scope)


def trace_statements(engine: sa.Engine, tracer: Tracer) -> None:
    """A span for each statement that is made within a request; what is sent beside it (parameters) is not in it."""

    def begin(_: Any, __: Any, statement: str, ___: Any, context: Any, ____: Any) -> None:
        if get_current_span().is_recording():
            context.timeline_span = tracer.start_span(
                statement.split(maxsplit=1)[0].upper(),
                kind=SpanKind.CLIENT,
                attributes={
                    "db.system.name": engine.dialect.name,
                    "db.query.text": statement[:LONGEST_STATEMENT],
                },
            )

    def end(_: Any, __: Any, ___: Any, ____: Any, context: Any, _____: Any) -> None:
        _end(context)

    def fail(error: sa.engine.ExceptionContext) -> None:
        _end(error.execution_context, StatusCode.ERROR)

    sa.event.listen(engine, "before_cursor_execute", begin)
    sa.event.listen(engine, "after_cursor_execute", end)
    sa.event.listen(engine, "handle_error", fail)


def _end(context: Any, status: StatusCode | None = None) -> None:
    span: Span | None = getattr(context, "timeline_span", None)
    if span is None:
        return
    if status is not None:
        span.set_status(status)
    span.end()


def _noting(span: Span, send: Send) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            span.set_attribute("http.response.status_code", message["status"])
            if message["status"] >= 500:
                span.set_status(StatusCode.ERROR)
        await send(message)

    return noting


def _name(span: Span, scope: Scope) -> None:
    route = getattr(scope.get("route"), "path", None)
    if route is not None:
        span.update_name(f"{scope['method']} {route}")
        span.set_attribute("http.route", route)
    span.set_attribute("timeline.request_id", scope.get("state", {}).get("request_id", ""))
