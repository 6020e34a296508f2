"""The event stream of an app."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BeforeValidator, Field

from common.auth import bearer_token
from common.clock import utcnow
from common.contracts.events import AppEvent
from common.parameters import PLAIN_DIGITS
from orchestrator.api.context import key_scheme
from orchestrator.usecases import follow
from orchestrator.usecases.feeds import Follower, StreamEvent
from orchestrator.usecases.resources import Resources

EventNumber = Annotated[int, Field(ge=0, le=2**63 - 1), PLAIN_DIGITS]

router = APIRouter(prefix="/v1/apps", tags=["events"])


async def open_stream(
    app_id: str, request: Request, _: Annotated[object, Depends(key_scheme)]
) -> AsyncIterator[Follower]:
    """Before the response begins: what is wrong with the request can still be told with a status."""
    resources: Resources = request.app.state.resources
    stream = follow.open_stream(db=resources.db, hub=resources.hub, key=bearer_token(request), app_id=app_id)
    async with stream as follower:
        yield follower


@router.get(
    "/{app_id}/events",
    response_class=EventSourceResponse,
    response_description="Server-sent events; `event` repeats the `type` of the data",
)
async def follow_events(
    request: Request,
    follower: Annotated[Follower, Depends(open_stream)],
    last_event_id: Annotated[
        EventNumber | None,
        # An EventSource that has seen no id yet may send it empty.
        BeforeValidator(lambda value: None if value == "" else value),
        Header(description="Set by a reconnecting EventSource; it outranks `after`"),
    ] = None,
    after: Annotated[EventNumber, Query(description="Number of the last event already seen")] = 0,
) -> AsyncIterator[AppEvent]:
    """Everything that happens to the app, as it happens, from any event on.

    Events with an `id` are stored: each comes once and in order, also after a reconnect. Those without
    (`message.delta` and `build.log` while they stream, `tool.started`, `file.progress`) are live only; what
    they lead to is stored. The stream ends after about an hour, and when the key is revoked or the app
    deleted.
    """
    resources: Resources = request.app.state.resources
    stream = follow.follow_app(
        db=resources.db,
        hub=resources.hub,
        follower=follower,
        after=last_event_id if last_event_id is not None else after,
        heartbeat=resources.settings.event_heartbeat_seconds,
        seconds=resources.settings.event_stream_seconds,
    )
    async for event in stream:
        # The annotation is what FastAPI documents as the data.
        yield _server_sent(event)  # type: ignore[misc]


def _server_sent(event: StreamEvent | None) -> ServerSentEvent:
    if event is None:
        return ServerSentEvent(comment=utcnow().isoformat(timespec="seconds"))
    number = str(event.seq) if event.seq is not None else None
    return ServerSentEvent(id=number, event=event.type, raw_data=event.data)
