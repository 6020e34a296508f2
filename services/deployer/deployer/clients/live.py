"""Loads live apps as a browser would, to see whether they are what was deployed."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import httpx

MARKER = "x-overskill-deployment"
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Answer:
    """`problem` says why there was no answer at all."""

    status: int
    served_as: str | None
    digest: str
    problem: str | None = None


class LiveApps(Protocol):
    """What the deployer sees of apps as their visitors do."""

    async def load(self, url: str, timeout: float) -> Answer:  # noqa: ASYNC109  # httpx enforces it
        """The answer to one GET within `timeout` seconds; never raises for network or app."""


class HttpLiveApps(LiveApps):
    """`LiveApps` over HTTP; never raises for what the network or the app does."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def load(self, url: str, timeout: float) -> Answer:  # noqa: ASYNC109
        try:
            response = await self._client.get(url, timeout=timeout)
        except httpx.HTTPError as error:
            return Answer(0, None, "", f"{type(error).__name__} {error}".strip())
        digest = hashlib.sha256(response.content).hexdigest()
        return Answer(response.status_code, response.headers.get(MARKER), digest)


class OriginTransport(httpx.AsyncBaseTransport):
    """Connects elsewhere than the URL's name says, which is still sent as Host and in TLS.

    With `origin` everything goes there, for networks in which the public name does not resolve. Without
    it only `*.localhost` is special: RFC 6761 gives it to the loopback, but few resolvers outside browsers
    know.
    """

    def __init__(self, origin: str | None) -> None:
        self._host, _, port = (origin or "").partition(":")
        self._port = int(port) if port else None
        self._inner = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=100, keepalive_expiry=30))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends the request to the origin, with the URL's own name in Host and TLS."""
        name = request.url.host
        if self._host:
            request.extensions["sni_hostname"] = name
            request.url = request.url.copy_with(host=self._host, port=self._port or request.url.port)
        elif name.endswith(".localhost"):
            request.url = request.url.copy_with(host=LOOPBACK)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Closes the connections of the inner transport."""
        await self._inner.aclose()


@asynccontextmanager
async def live_apps(origin: str | None) -> AsyncIterator[HttpLiveApps]:
    """A client for the time of the context; `origin` is APP_ORIGIN_OVERRIDE."""
    headers = {"user-agent": "overskill-deployer", "accept": "*/*", "accept-encoding": "br, gzip"}
    async with httpx.AsyncClient(transport=OriginTransport(origin), headers=headers) as client:
        yield HttpLiveApps(client)
