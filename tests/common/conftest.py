"""A database with tables, a connected bus, and what was logged."""

import logging
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio
import structlog
from pydantic import SecretStr

from common.database import Database
from common.messaging.publisher import Bus
from common.messaging.streams import CONSUMERS
from tests.common.messages import PATIENT, QUICK, SHORT
from tests.common.tables import MIGRATIONS, SCHEMA, empty


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), SCHEMA)
    await database.migrate(MIGRATIONS)
    await empty(database)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def bus(nats_url: str) -> AsyncIterator[Bus]:
    bus = Bus(SecretStr(nats_url), "tests", consumers=(*CONSUMERS, QUICK, SHORT, PATIENT))
    await bus.connect()
    yield bus
    await bus.close()


class Logged(logging.Handler):
    """The events logged through structlog, with the bound context."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.msg, dict):
            self.events.append({"level": record.levelname.lower(), **record.msg})

    def named(self, event: str) -> list[dict[str, Any]]:
        return [entry for entry in self.events if entry["event"] == event]


@pytest.fixture
def log() -> Iterator[Logged]:
    """What is logged; loggers that another test has configured for good end here too."""
    before = structlog.get_config()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logged, root = Logged(), logging.getLogger()
    level = root.level
    root.addHandler(logged)
    root.setLevel(logging.DEBUG)
    yield logged
    root.removeHandler(logged)
    root.setLevel(level)
    structlog.configure(**before)
