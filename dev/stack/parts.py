"""What whoever speaks to a single service needs: the stack's messages and its bucket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr

from common.messaging.publisher import Bus
from common.objects import ObjectStore
from common.settings import S3Settings
from dev.stack.environment import BUCKET
from dev.stack.stack import Stack


@asynccontextmanager
async def parts_of(stack: Stack) -> AsyncIterator[tuple[Bus, ObjectStore]]:
    """The stack's NATS, connected, and the platform's bucket."""
    keys = stack.credentials
    settings = S3Settings(
        s3_endpoint_url=stack.edge_s3_url,
        s3_bucket=BUCKET,
        s3_access_key_id=SecretStr(keys["s3_access_key_id"]),
        s3_secret_access_key=SecretStr(keys["s3_secret_access_key"]),
    )
    bus = Bus(SecretStr(stack.nats_url), "dev")
    await bus.connect()
    try:
        async with ObjectStore(settings) as store:
            yield bus, store
    finally:
        await bus.close()
