"""Bearer tokens: reading them from a request, and the guard of the internal APIs."""

import secrets
from collections.abc import Awaitable, Callable

from fastapi import Request
from pydantic import SecretStr

from common.errors import Unauthorized


def bearer_token(request: Request) -> str:
    """The request's bearer token; raises Unauthorized when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Unauthorized("Send your key in the header 'Authorization: Bearer <key>'.")
    return token.strip()


def require_service_token(expected: SecretStr) -> Callable[[Request], Awaitable[None]]:
    """A dependency that lets a request pass only with this service's token."""
    wanted = expected.get_secret_value().encode()

    async def check(request: Request) -> None:
        if not secrets.compare_digest(bearer_token(request).encode(), wanted):
            raise Unauthorized("This service token is not valid here.")

    return check
