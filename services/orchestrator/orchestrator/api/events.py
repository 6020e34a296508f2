"""The event stream of an app."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import StreamingResponse

from orchestrator.api.context import Caller
from orchestrator.usecases import queries
from orchestrator.usecases.follow import Happening, as_sse, follow_app

HEARTBEAT_SECONDS = 15.0

router = APIRouter(prefix="/v1/apps", tags=["events"])


@router.get(
    "/{app_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
async def follow(
    app_id: str,
    request: Request,
    context: Caller,
    last_event_id: Annotated[
        int | None, Header(ge=0, description="Set by a reconnecting EventSource")
    ] = None,
    after: Annotated[int, Query(ge=0, description="Number of the last event already seen")] = 0,
) -> StreamingResponse:
    """Everything that happens to the app, as it happens, from any event on.

    Events with an `id` are stored: each comes once and in order, also after a reconnect. Those without
    (`message.delta` and `build.log` while they stream) pass by; their final text is stored.
    """
    db = context.resources.db
    await queries.get_app(db=db, team_id=context.team_id, app_id=app_id)
    happenings = follow_app(
        db=db,
        hub=context.hub,
        team_id=context.team_id,
        app_id=app_id,
        after=last_event_id if last_event_id is not None else after,
        heartbeat=HEARTBEAT_SECONDS,
    )
    stopping: asyncio.Event = request.app.state.stopping
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return StreamingResponse(_until(stopping, happenings), media_type="text/event-stream", headers=headers)


async def _until(stopping: asyncio.Event, happenings: AsyncIterator[Happening | None]) -> AsyncIterator[str]:
    """The stream, ended when the server stops: clients reconnect elsewhere and miss nothing."""
    stopped = asyncio.create_task(stopping.wait())
    try:
        while True:
            upcoming = asyncio.ensure_future(anext(happenings))
            await asyncio.wait({upcoming, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if not upcoming.done():
                upcoming.cancel()
                return
            yield as_sse(upcoming.result())
    finally:
        stopped.cancel()
