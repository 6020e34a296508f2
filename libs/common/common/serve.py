"""Running a service's app: the body of every `python -m <service>`."""

import asyncio
from types import FrameType

import uvicorn
from fastapi import FastAPI

from common.settings import ServiceSettings

_GRACEFUL_SECONDS = 5


class _Server(uvicorn.Server):
    """Tells the app at once that it has to stop, so that endless responses end."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        stopping: asyncio.Event | None = getattr(self._app.state, "stopping", None)
        if stopping is not None:
            stopping.set()
        super().handle_exit(sig, frame)

    def __init__(self, app: FastAPI, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._app = app


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests finish for a few seconds."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
    _Server(app, config).run()
