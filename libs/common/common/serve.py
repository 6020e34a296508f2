"""Running a service's app: the body of every `python -m <service>`."""

import asyncio
import resource
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from prometheus_client import start_http_server

from common.settings import ServiceSettings

_GRACEFUL_SECONDS = 5
_IDLE_SECONDS = (
    75  # clients and proxies keep connections for less: one closed as they use it fails the request
)


class _Server(uvicorn.Server):
    """Tells the app at once that it has to stop, so that endless responses end.

    Has the kernel disconnect a client that takes nothing for too long, which uvicorn would wait for.
    """

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        stopping: asyncio.Event | None = getattr(self._app.state, "stopping", None)
        if stopping is not None:
            stopping.set()
        super().handle_exit(sig, frame)

    def __init__(self, app: FastAPI, config: uvicorn.Config, send_timeout_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._send_timeout = round(send_timeout_seconds * 1000)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            for listening in server.sockets:  # the connections inherit it
                listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, self._send_timeout)


def serve(app: FastAPI, settings: ServiceSettings, *, fast: bool = False) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests finish for a few seconds.

    `fast` takes a parser and an event loop written in C, which the service has to bring: httptools, uvloop.
    Metrics have a port and a thread of their own, so whoever reaches the API does not reach them.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # every open stream is a file
    with _metrics(settings):
        _Server(app, server_config(app, settings, fast=fast), settings.send_timeout_seconds).run()


def server_config(app: FastAPI, settings: ServiceSettings, *, fast: bool = False) -> uvicorn.Config:
    """How uvicorn serves the app."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        http="common.joined:JoiningProtocol" if fast else "h11",
        loop="uvloop" if fast else "asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # uvicorn takes any text from a trusted proxy for an address
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
        timeout_keep_alive=_IDLE_SECONDS,
    )


@contextmanager
def _metrics(settings: ServiceSettings) -> Iterator[None]:
    try:
        server, thread = start_http_server(settings.metrics_port, settings.host)
    except OSError as error:
        raise SystemExit(f"METRICS_PORT {settings.metrics_port} cannot be opened: {error.strerror}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
