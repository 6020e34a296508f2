"""GoTrue's API as auth-js speaks it, below `/<ref>/auth/v1`."""

from fastapi import APIRouter

from data.api.auth import account, factors, mails, providers, session, wellknown
from data.api.auth.dialect import PREFIX, AuthRoute, not_offered, preflight

router = APIRouter(prefix=PREFIX, tags=["auth"], route_class=AuthRoute)
for part in (session, account, providers, mails, factors, wellknown):
    router.include_router(part.router)
router.add_api_route("/{path:path}", preflight, methods=["OPTIONS"], include_in_schema=False)
router.add_api_route(
    "/{path:path}", not_offered, methods=["GET", "POST", "PUT", "PATCH", "DELETE"], include_in_schema=False
)
