"""Dumps and restores of apps' databases: asked for once, whatever comes twice."""

from collections.abc import Awaitable, Callable
from typing import Any

from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Resources


async def request_once(
    resources: Resources, idempotency: Idempotency, request: Callable[[str | None], Awaitable[Any]]
) -> dict[str, Any]:
    """Has `request` ask the data service for a piece of work, told by what it knows a repetition.

    Should we end before the answer is kept, the same request finds the same piece of work there.
    """
    if (earlier := await idempotency.known_answer(resources.db)) is not None:
        return earlier
    once = None if idempotency.key is None else f"{idempotency.key} {idempotency.fingerprint}"
    made = await request(once)
    async with resources.db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        return await idempotency.answer(session, made=made)
