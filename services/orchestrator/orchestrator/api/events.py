"""The event stream of an app."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import StreamingResponse

from orchestrator.api.context import Caller, OwnedApp
from orchestrator.usecases.follow import StreamEvent, as_sse, follow_app

_HIGHEST = 2**63 - 1

router = APIRouter(prefix="/v1/apps", tags=["events"])


@router.get(
    "/{app_id}/events",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events"}},
)
async def follow(
    app: OwnedApp,
    context: Caller,
    last_event_id: Annotated[
        int | None, Header(ge=0, le=_HIGHEST, description="Set by a reconnecting EventSource")
    ] = None,
    after: Annotated[int, Query(ge=0, le=_HIGHEST, description="Number of the last event already seen")] = 0,
) -> StreamingResponse:
    """Everything that happens to the app, as it happens, from any event on.

    Events with an `id` are stored: each comes once and in order, also after a reconnect. Those without
    (`message.delta` and `build.log` while they stream) pass by; their final text is stored.
    """
    stream = follow_app(
        db=context.resources.db,
        hub=context.hub,
        app_id=app.id,
        after=last_event_id if last_event_id is not None else after,
        heartbeat=context.settings.event_heartbeat_seconds,
    )
    headers = {"cache-control": "no-cache", "x-accel-buffering": "no"}
    return StreamingResponse(_as_text(stream), media_type="text/event-stream", headers=headers)


async def _as_text(stream: AsyncIterator[StreamEvent | None]) -> AsyncIterator[str]:
    async for event in stream:
        yield as_sse(event)
