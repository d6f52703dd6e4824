"""Whether the service is alive and ready, and what it measures."""

from fastapi import APIRouter, Request, Response

from api.asking import service_of
from api.metrics import CONTENT_TYPE, Metrics
from api.presenting import JSON, json_bytes, response
from api.problems import outward
from api.schemas import Health, Readiness
from domain.errors import Unavailable

router = APIRouter(tags=["health"])

UNCACHED = {"Cache-Control": "no-store"}


@router.get("/healthz", summary="Alive", responses={200: {"model": Health}})
async def healthz() -> Response:
    """That the process answers; it says nothing about the database."""
    return response(json_bytes({"status": "ok"}), JSON, UNCACHED)


@router.get(
    "/readyz", summary="Ready", responses={200: {"model": Readiness}, 503: {"model": Readiness}}
)
def readyz(request: Request) -> Response:
    """Whether questions can be answered: database, schema, and how far the read model is behind the log."""
    service = service_of(request)
    try:
        readiness = service.readiness()
    except Unavailable as error:
        readiness = {
            "status": "not_ready",
            "schema_current": False,
            "position": None,
            "projected": None,
            "lag": None,
            "detail": outward(error),
        }
    status = 200 if readiness["status"] == "ready" else 503
    return response(json_bytes(readiness), JSON, UNCACHED, status)


@router.get("/metrics", summary="Measurements for Prometheus", response_class=Response)
def metrics(request: Request) -> Response:
    """Requests, latency, positions and lag, in the text format of Prometheus."""
    measured: Metrics = request.app.state.metrics
    service_of(request).measure(measured)
    return response(measured.written(), CONTENT_TYPE, UNCACHED)
