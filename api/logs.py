"""The log of the service: one JSON object a line on standard error, with nothing secret in it."""

import logging
import sys

import orjson
import structlog


def configure_logs(level: str) -> None:
    """Write what is at least as severe as the level, our own lines and the libraries' alike."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.dict_tracebacks,
            structlog.processors.JSONRenderer(serializer=_written),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _written(line: dict[str, object], **_: object) -> bytes:
    return orjson.dumps(line, default=str)
