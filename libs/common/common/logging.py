"""Structured logs: one JSON object a line on standard output, with everything bound to the context."""

import logging
import re
import sys

import structlog

# Libraries that log a line per request at info level.
_QUIET = ("httpx", "httpcore", "httpx2", "botocore", "aiobotocore", "asyncio", "alembic", "anthropic")

# The password of an address, up to the last @ before the path, because a password may hold one itself.
_PASSWORD = re.compile(r"(://[^\s/:@\"']*):[^\s/\"']+@")

_to_json = structlog.processors.JSONRenderer(default=str)
_hand_on = structlog.stdlib.ProcessorFormatter.wrap_for_formatter

get_logger = structlog.stdlib.get_logger


def redact(text: str) -> str:
    """The text with the password of every address in it hidden; libraries put addresses into errors."""
    return _PASSWORD.sub(r"\1:***@", text)


def configure_logging(service: str, level: str) -> None:
    """Sends structlog and the standard library's logging through one JSON formatter."""

    def add_service(
        _logger: object, _method: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        event["service"] = service
        return event

    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        add_service,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        # Whether anybody reads it is asked first: the others are most of what a line costs.
        processors=[structlog.stdlib.filter_by_level, *shared, _hand_on],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _render(logger: logging.Logger, method: str, event: structlog.typing.EventDict) -> str:
    return redact(str(_to_json(logger, method, event)))
