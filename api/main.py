"""The application: routes, refusals told as problems, and what runs beside them."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from api.asking import NotModified
from api.auditing import served_by
from api.beside import beside
from api.dependencies import Service, Settings, open_service
from api.door import Door
from api.express import Express
from api.metrics import Metrics
from api.outgoing import Exports
from api.presenting import json_bytes
from api.problems import (
    BY_STATUS,
    MEDIA_TYPE,
    TYPES,
    Problem,
    outward,
    problem,
    problem_of,
    retry_after,
)
from api.refusals import NotKnown
from api.routes import (
    acts,
    comparisons,
    documents,
    explanations,
    exports,
    feeds,
    health,
    log,
    parties,
    questions,
    recording,
    schemas,
    subscriptions,
    tables,
    timemaps,
    treaties,
)
from api.schemas import lift_shapes
from api.streaming import stream_of
from domain.errors import Fault, Malformed, Refusal, Unavailable
from domain.plain import escaped

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_log = structlog.get_logger("timeline")

DESCRIPTION = """Who was bound by which treaty on which day, as known when, and why.

Every read takes three bounds: `as_of` (whose law on which day), `as_seen` (with only what could be known then),
`as_recorded` (with only what this record held then). Every answer names the record it was given from.
"""


class Described(FastAPI):
    """An application whose description holds every shape that a body refers to."""

    def openapi(self) -> dict[str, Any]:
        """The description, with the shapes of bodies that are read by hand among the others."""
        if self.openapi_schema is None:
            document = super().openapi()
            lift_shapes(document, document["components"]["schemas"])
        return super().openapi()


def create_app(
    settings: Settings | None = None,
    service: Service | None = None,
    traces: "TracerProvider | None" = None,
) -> FastAPI:
    """The application over the database that the settings name; nothing is touched before it starts."""
    opened = service or open_service(settings or Settings())
    traces = traces or _traces(opened.settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(opened.prepare)
        app.state.stream.open(asyncio.get_running_loop())
        with beside({**_work_of(opened), "timeline-stream": app.state.stream.run}):
            yield
        app.state.stream.close()
        opened.close()
        if traces is not None:
            await run_in_threadpool(traces.shutdown)

    app = Described(
        title="diplomatic-timeline",
        summary="The diplomatic record of treaties, and answers from it for any day.",
        description=DESCRIPTION,
        version="1",
        lifespan=lifespan,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.state.service = opened
    app.state.parameters = {}
    app.state.metrics = Metrics()
    app.state.exports = Exports()
    app.state.stream = stream_of(opened)
    for router in (
        treaties,
        parties,
        questions,
        comparisons,
        timemaps,
        acts,
        recording,
        tables,
        feeds,
        log,
        documents,
        exports,
        subscriptions,
        health,
        schemas,
        explanations,
    ):
        app.include_router(router.router)
    _tell_refusals(app)
    app.add_middleware(Express, service=opened)
    if traces is not None:
        _trace(app, opened, traces)
    app.add_middleware(
        Door,
        settings=opened.settings,
        metrics=app.state.metrics,
        methods=lambda scope: _methods(app, scope),
    )
    return app


def _traces(settings: Settings) -> "TracerProvider | None":
    if settings.traces_to is None:
        return None
    from api.tracing import sending_to  # noqa: PLC0415 (loaded where it is wanted)

    return sending_to(settings.traces_to)


def _trace(app: FastAPI, service: Service, traces: "TracerProvider") -> None:
    from api.tracing import NAME, Tracing, trace_statements  # noqa: PLC0415 (the same)

    tracer = traces.get_tracer(NAME)
    trace_statements(service.engine, tracer)
    app.add_middleware(Tracing, tracer=tracer)


def _work_of(service: Service) -> dict[str, Callable[[threading.Event], None]]:
    """What runs beside the application: following the log, auditing, and what another process may do instead."""
    work: dict[str, Callable[[threading.Event], None]] = {"timeline-follower": service.follow}
    if service.settings.projector == "inside":
        work["timeline-projector"] = service.project
        work |= service.working.beside_projecting()
    work |= service.working.beside_serving(served_by(service))
    if service.settings.webhooks == "inside":
        work["timeline-webhooks"] = service.deliver
    return work


def _tell_refusals(app: FastAPI) -> None:
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(NotModified, _not_modified)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _by_framework)


async def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # what the handler is for
    headers: dict[str, str] = {}
    seconds = retry_after(refusal)
    if seconds is not None:
        headers["Retry-After"] = str(seconds)
    if isinstance(refusal, NotKnown):
        headers["WWW-Authenticate"] = 'Bearer realm="timeline"'
    told = problem_of(refusal)
    if isinstance(refusal, Unavailable) and refusal.__cause__ is not None:
        told["detail"] = outward(refusal)
        _log.warning("unavailable", detail=str(refusal), cause=str(refusal.__cause__))
    return _problem_response(told, headers)


async def _not_modified(_: Request, same: Exception) -> Response:
    assert isinstance(same, NotModified)  # what the handler is for
    return Response(status_code=304, headers=dict(same.headers))


async def _not_valid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # what the handler is for
    faults = [_fault(each) for each in error.errors()]
    return _problem_response(problem_of(Malformed(faults)), {})


def _fault(error: Any) -> Fault:
    """A fault of the framework as one of ours: the first step of its place says where, not what."""
    place = error["loc"][1:]
    return Fault(
        pointer="".join(f"/{escaped(str(step))}" for step in place),
        detail=str(error["msg"])[:1].lower() + str(error["msg"])[1:],
    )


async def _by_framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # what the handler is for
    name = BY_STATUS.get(error.status_code)
    if name is None:
        return Response(status_code=error.status_code, headers=dict(error.headers or {}))
    detail = "there is nothing at this address" if name == "not-found" else str(error.detail)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_methods(request.app, request.scope))
    return _problem_response(problem(TYPES[name], detail), headers)


def _methods(app: FastAPI, scope: Scope) -> list[str]:
    """Everything that can be done to the address, by whichever of its routes; nothing where there is none."""
    found = {
        method
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if any(
            each.matches({**scope, "method": method})[0] is Match.FULL for each in app.router.routes
        )
    }
    if not found:
        return []
    return sorted(found | ({"HEAD"} if "GET" in found else set()) | {"OPTIONS"})


def _problem_response(told: Problem, headers: dict[str, str]) -> Response:
    return Response(
        content=json_bytes(told),
        status_code=told["status"],
        media_type=MEDIA_TYPE,
        headers={"Cache-Control": "no-store", **headers},
    )
