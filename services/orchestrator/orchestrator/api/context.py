"""What an endpoint gets: the caller's team and the process-wide resources."""

from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Header, Path, Query, Request
from fastapi.security import HTTPBearer

from common.auth import bearer_token
from orchestrator.settings import Settings
from orchestrator.usecases import keys
from orchestrator.usecases.follow import EventHub
from orchestrator.usecases.resources import Resources


@dataclass(frozen=True)
class Context:
    """`resources`, `hub` and `settings` are the process's, `team_id` is the caller's."""

    resources: Resources
    hub: EventHub
    settings: Settings
    team_id: str


# Declares the scheme in the OpenAPI document; the check itself is ours.
_scheme = HTTPBearer(auto_error=False, description="An API key: `osk_…`")


async def get_context(request: Request, _: Annotated[object, Depends(_scheme)]) -> Context:
    state = request.app.state
    resources: Resources = state.resources
    key = await keys.authenticate(db=resources.db, key=bearer_token(request))
    structlog.contextvars.bind_contextvars(team_id=key.team_id)
    return Context(resources, state.hub, state.settings, key.team_id)


Caller = Annotated[Context, Depends(get_context)]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
        description="Makes a repeated request harmless: it gets the first one's answer for 24 hours.",
    ),
]  # fmt: skip
Limit = Annotated[int, Query(ge=1, le=200, description="Items a page")]
Cursor = Annotated[
    str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$", description="`next` of the page before")
]
_HIGHEST_VERSION = 2**31 - 1
VersionPath = Annotated[int, Path(ge=0, le=_HIGHEST_VERSION)]
VersionQuery = Annotated[
    int | None, Query(ge=0, le=_HIGHEST_VERSION, description="The newest version, if not given")
]
BaseQuery = Annotated[
    int | None, Query(ge=0, le=_HIGHEST_VERSION, description="The version before, if not given")
]
VersionCursor = Annotated[
    int | None, Query(ge=0, le=_HIGHEST_VERSION, description="`next` of the page before")
]
