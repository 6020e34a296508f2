"""Running a service's app: the body of every `python -m <service>`."""

import uvicorn
from fastapi import FastAPI

from common.settings import ServiceSettings

_GRACEFUL_SECONDS = 5


def serve(app: FastAPI, settings: ServiceSettings) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests finish for a few seconds."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACEFUL_SECONDS,
    )
