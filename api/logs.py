"""The log of the service: one JSON object a line on standard error, with nothing secret in it."""

import logging
import sys

import orjson
import structlog
from structlog.processors import ExceptionRenderer, JSONRenderer, TimeStamper, add_log_level
from structlog.tracebacks import ExceptionDictTransformer
from structlog.typing import Processor

TOLD_BY_US = ("uvicorn.access",)
"""Libraries whose lines would say again what our own say."""

TRACEBACKS = ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
"""Where it broke and how, without what the variables held: keys and bodies are among them."""


def configure_logs(level: str) -> None:
    """Write what is at least as severe as the level, our own lines and the libraries' alike."""
    severity = logging.getLevelNamesMapping()[level.upper()]
    written: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_log_level,
        TimeStamper(fmt="iso", utc=True),
        TRACEBACKS,
    ]
    structlog.configure(
        processors=[*written, JSONRenderer(serializer=_bytes)],
        wrapper_class=structlog.make_filtering_bound_logger(severity),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *written],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                JSONRenderer(serializer=_text),
            ],
        )
    )
    logging.basicConfig(level=max(severity, logging.INFO), handlers=[handler], force=True)
    for name in TOLD_BY_US:
        logging.getLogger(name).disabled = True


def _bytes(line: dict[str, object], **_: object) -> bytes:
    return orjson.dumps(line, default=str)


def _text(line: dict[str, object], **_: object) -> str:
    return _bytes(line).decode()
