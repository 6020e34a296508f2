"""The connection on which Postgres announces what was stored."""

import asyncio
from contextlib import suppress

import pytest
from pydantic import SecretStr
from sqlalchemy import make_url

from common.errors import Unavailable
from common.listener import listen
from tests.tcp import tcp_server


async def test_a_listener_whose_other_end_has_vanished_ends_and_can_begin_anew(postgres_url: str) -> None:
    """As after a failover without a farewell: nothing comes any more, and nobody says that it is over."""
    address = make_url(postgres_url)
    frozen, heard, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if not frozen.is_set():
                    writer.write(data)
        writer.close()

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(address.host, address.port)
        await asyncio.gather(carry(reader, back), carry(there, writer))
        ended.set()

    async with tcp_server(between) as port:
        url = address.set(host="127.0.0.1", port=port)
        secret = SecretStr(url.set(drivername="postgresql").render_as_string(hide_password=False))
        listening = asyncio.create_task(
            listen(secret, "events", lambda _payload: heard.set(), check_seconds=0.05, answer_seconds=0.2)
        )
        await heard.wait()
        frozen.set()
        with pytest.raises(Unavailable, match="no longer answers"):
            await asyncio.wait_for(listening, 120)
        await ended.wait()
