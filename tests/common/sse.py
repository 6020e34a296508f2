"""A service of one file, for the tests of `common.serve`: endless answers, bodies, secrets in errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import StreamingResponse

from common.app import build_app
from common.logging import configure_logging
from common.serve import serve
from common.settings import ServiceSettings, load

router = APIRouter()


@router.get("/events")
async def events(request: Request) -> StreamingResponse:
    async def stream() -> AsyncIterator[bytes]:
        yield b"data: begun\n\n"
        await request.app.state.stopping.wait()
        yield b"data: goodbye\n\n"

    return StreamingResponse(stream(), media_type="text/event-stream")


@router.get("/stuck")
async def stuck() -> StreamingResponse:
    async def stream() -> AsyncIterator[bytes]:
        yield b"begun\n"
        await asyncio.Event().wait()

    return StreamingResponse(stream())


@router.get("/flood")
async def flood() -> StreamingResponse:
    async def stream() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 65536
                await asyncio.sleep(0)
        finally:
            print("flood ended", flush=True)  # noqa: T201

    return StreamingResponse(stream())


@router.post("/upload")
async def upload(request: Request) -> int:
    return len(await request.body())


@router.get("/broken")
async def broken() -> None:
    raise RuntimeError("postgresql://role:hunter2@db/app")


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    yield
    print("ended in order", flush=True)  # noqa: T201


if __name__ == "__main__":
    settings = load(ServiceSettings)
    configure_logging("sse", settings.log_level)
    app = build_app(title="SSE", description="", lifespan=lifespan, routers=[router])
    serve(app, settings)
