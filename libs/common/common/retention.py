"""Retention: every table has a rule of what it keeps, and a loop removes the rest in small transactions."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, delete, select, tuple_

from common.clock import utcnow
from common.database import Database
from common.errors import AppError
from common.logging import get_logger
from common.metrics import RETENTION_REMOVED

BATCH = 200
_PAUSE_SECONDS = 3600.0

Removal = Callable[[Database], AsyncIterator[int]]
"""Removes what is no longer kept, a batch a transaction; tells after each how much that was."""

logger = get_logger(__name__)


@dataclass(frozen=True)
class Rule:
    """`keeps` says for people what stays and for how long. Without `remove` something else sees to that."""

    keeps: str
    remove: Removal | None = None


def older_than(model: Any, column: Any, age: timedelta, *only: ColumnElement[bool]) -> Removal:
    """Removes rows whose `column` is older than `age`, of those that `only` chooses.

    Several replicas may do so at once: each takes rows that no other has locked.
    """

    async def remove(db: Database) -> AsyncIterator[int]:
        key = tuple(model.__table__.primary_key.columns)
        removed = BATCH
        while removed == BATCH:
            old = select(*key).where(column < utcnow() - age, *only).order_by(column).limit(BATCH)
            chosen = old.with_for_update(skip_locked=True, of=model).cte("chosen")
            statement = delete(model).where(tuple_(*key).in_(select(chosen))).returning(key[0])
            async with db.begin() as session:
                removed = len((await session.execute(statement)).all())
            yield removed

    return remove


async def apply_rules(db: Database, rules: Mapping[str, Rule]) -> None:
    """Removes once all that the rules do not keep; a rule that fails does not keep the others from it."""
    for name, rule in rules.items():
        if rule.remove is None:
            continue
        try:
            async for removed in rule.remove(db):
                RETENTION_REMOVED.labels(name).inc(removed)
        except AppError as error:
            logger.warning("retention interrupted", rule=name, reason=error.message)


async def retention_loop(db: Database, rules: Mapping[str, Rule]) -> None:
    """Applies the rules once an hour."""
    while True:
        await apply_rules(db, rules)
        await asyncio.sleep(_PAUSE_SECONDS)
