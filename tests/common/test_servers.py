import asyncpg
import nats
import pytest
from nats.js.api import StreamConfig

from common.testing.nats import Nats
from common.testing.servers import Running


async def test_a_module_gets_a_database_of_its_own(postgres_url: str) -> None:
    connection = await asyncpg.connect(postgres_url)
    try:
        assert await connection.fetchval("SELECT current_user = current_database()")
        assert not await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = current_user")
        await connection.execute("CREATE SCHEMA room")
    finally:
        await connection.close()


async def test_passwords_are_checked(postgres_url: str) -> None:
    wrong = postgres_url.replace("@", "x@")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)


async def test_jetstream_keeps_messages_over_a_restart(nats_server: Running[Nats]) -> None:
    client = await nats.connect(nats_server.server.url)
    await client.jetstream().add_stream(StreamConfig(name="S", subjects=["s.>"]))
    await client.jetstream().publish("s.one", b"kept")
    await client.close()
    nats_server.stop()
    nats_server.start()
    client = await nats.connect(nats_server.server.url)
    message = await client.jetstream().get_msg("S", 1)
    await client.close()
    assert message.data == b"kept"
