"""What an endpoint gets: the caller's team and the process-wide resources."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import structlog
from fastapi import Depends, Header, Path, Query, Request
from fastapi.security import HTTPBearer
from pydantic import Field, JsonValue

from common.auth import bearer_token
from common.conditions import EntityTags, Preconditions
from common.pages import CURSOR
from common.parameters import PLAIN_DIGITS
from orchestrator.clients.platform import Actor
from orchestrator.db.models import App
from orchestrator.errors import AppNotFound
from orchestrator.usecases import keys
from orchestrator.usecases.resources import Resources


@dataclass(frozen=True)
class Context:
    """`resources` is the process's, `team_id` the caller's, `key_id` the API key's.

    `app` is the one the path names, or None when it names none or another team's.
    """

    resources: Resources
    team_id: str
    key_id: str
    app: App | None

    @property
    def actor(self) -> Actor:
        """Who does what other services record."""
        return Actor(self.team_id, self.key_id)


# Declares the scheme in the OpenAPI document; the check itself is ours.
key_scheme = HTTPBearer(auto_error=False, description="An API key: `osk_…`")


async def get_context(request: Request, _: Annotated[object, Depends(key_scheme)]) -> Context:
    resources: Resources = request.app.state.resources
    app_id = request.path_params.get("app_id")
    access = await keys.authenticate(db=resources.db, key=bearer_token(request), app_id=app_id)
    structlog.contextvars.bind_contextvars(team_id=access.team_id)
    return Context(resources, access.team_id, access.key_id, access.app)


Caller = Annotated[Context, Depends(get_context)]


async def limit_team(context: Caller) -> AsyncIterator[None]:
    """Has a team's requests take turns, so that one that sends many at once does not keep out the others.

    Most of all when they wait for the same app: each would do so with a database connection in its hands.
    """
    async with context.resources.requests.hold(context.team_id):
        yield


TAKES_TURNS = Depends(limit_team, scope="function")
"""For the routes whose answer is no stream: it ends when the endpoint returns."""


async def get_owned_app(app_id: str, context: Caller) -> App:
    if context.app is None:
        raise AppNotFound.of(app_id)
    structlog.contextvars.bind_contextvars(app_id=app_id)
    return context.app


OwnedApp = Annotated[App, Depends(get_owned_app)]
"""The path's app, found with the key in one statement: the team's, and there a moment ago.

Who changes it locks its row, which finds out whether it has been deleted meanwhile.
"""
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
        description="Makes a repeated request harmless: it gets the first one's answer for 24 hours.",
    ),
]  # fmt: skip
Cursor = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z0-9_]+$", description=CURSOR)]
_VersionNumber = Annotated[int, Field(ge=0, le=2**31 - 1), PLAIN_DIGITS]
VersionPath = Annotated[_VersionNumber, Path()]
VersionQuery = Annotated[_VersionNumber | None, Query(description="The newest version, if not given")]
BaseQuery = Annotated[_VersionNumber | None, Query(description="The version before, if not given")]
VersionCursor = Annotated[_VersionNumber | None, Query(description=CURSOR)]

_TAGS: dict[str, JsonValue] = {"pattern": r'^(\*|((W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)?)$'}


def _preconditions(
    request: Request,
    if_match: Annotated[  # noqa: ARG001  # declared here, read below: a header may have several lines
        str, Header(description="ETags of which the file must have one", json_schema_extra=_TAGS)
    ] = "",
    if_none_match: Annotated[  # noqa: ARG001
        str, Header(description="ETags of which the file must have none", json_schema_extra=_TAGS)
    ] = "",
) -> Preconditions:
    lines = request.headers.getlist
    return Preconditions(EntityTags.parse(lines("if-match")), EntityTags.parse(lines("if-none-match")))


Conditions = Annotated[Preconditions, Depends(_preconditions)]
