"""The least that an answer over HTTP costs in Python, beside the data service.

`python -m bench.plain` serves on the service's own server and event loop: it runs one prepared statement on
one connection and sends what comes of it. It reads no key, no token and no query, and serves one client.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any

import asyncpg
import httpx
import uvicorn
from asyncpg.prepared_stmt import PreparedStatement
from starlette.types import Receive, Scope, Send

_PORT = "BENCH_PLAIN_PORT"
_PREFIX = "BENCH_PLAIN_"


@dataclass(frozen=True)
class Asked:
    """A query of one text, and as whom it is asked of which database."""

    url: str
    role: str
    claims: str
    query: str

    async def prepared(self) -> tuple[Any, PreparedStatement]:
        """A connection of its own, and the statement on it."""
        connection = await asyncpg.connect(self.url)
        await connection.execute("SELECT set_config('request.jwt.claims', $1, false)", self.claims)
        await connection.execute(f'SET ROLE "{self.role}"')
        return connection, await connection.prepare(self.query)


class Plain:
    """An ASGI app that answers every request alike."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._statement: PreparedStatement | None = None

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        if self._statement is None:
            _, self._statement = await self._asked.prepared()
        body = (await self._statement.fetchval()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served(asked: Asked, port: int) -> AsyncIterator[str]:
    """The app's address, in a process of its own."""
    environment = {f"{_PREFIX}{name.upper()}": value for name, value in asdict(asked).items()}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.plain", env={**os.environ, **environment, _PORT: str(port)}
    )
    try:
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=8), timeout=60) as http:
            (await http.get(url)).raise_for_status()  # once it listens
        yield url
    finally:
        process.terminate()
        await process.wait()


def main() -> None:
    asked = Asked(*(os.environ[f"{_PREFIX}{field.name.upper()}"] for field in fields(Asked)))
    uvicorn.run(
        Plain(asked),
        port=int(os.environ[_PORT]),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        access_log=False,
        log_level="warning",
        server_header=False,
    )


if __name__ == "__main__":
    main()
