"""The object store against the local edge, and against a store that is away or breaks off."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import SecretStr

from common.errors import NotFound, Unavailable
from common.objects import ObjectStore
from common.settings import S3Settings
from common.testing.budget import within
from dev.edge.launcher import Edge, running_edge
from tests.patience import patiently
from tests.tcp import tcp_server


def settings(url: str, edge: Edge | None = None) -> S3Settings:
    return S3Settings(
        s3_endpoint_url=url,
        s3_access_key_id=SecretStr(edge.s3_access_key_id if edge else "key"),
        s3_secret_access_key=SecretStr(edge.s3_secret_access_key if edge else "secret"),
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def edge(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Edge]:
    async with running_edge(tmp_path_factory.mktemp("edge")) as running:
        yield running


@pytest_asyncio.fixture
async def store(edge: Edge) -> AsyncIterator[ObjectStore]:
    async with ObjectStore(settings(edge.s3_url, edge)) as opened:
        await patiently(opened.ensure_bucket)
        yield opened


async def test_objects_are_kept_replaced_and_deleted(store: ObjectStore) -> None:
    await store.put("sources/a b+c/ü.tar", b"first")
    await store.put("sources/a b+c/ü.tar", b"\x00second", content_type="text/plain")
    assert await store.get("sources/a b+c/ü.tar") == b"\x00second"
    assert await store.exists("sources/a b+c/ü.tar")
    await store.delete("sources/a b+c/ü.tar")
    await store.delete("sources/a b+c/ü.tar")
    assert not await store.exists("sources/a b+c/ü.tar")


@pytest.mark.parametrize("size", [0, 1, 3 * 1024**2])
async def test_objects_of_any_size_come_back_whole(store: ObjectStore, size: int) -> None:
    data = bytes(size)
    await store.put("size", data)
    assert await store.get("size") == data


@dataclass
class Dripping:
    """Content of which never more than a little is asked for at once."""

    data: bytes
    most: int = 0

    @property
    def size(self) -> int:
        return len(self.data)

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        part = self.data[start : None if size is None else start + size]
        self.most = max(self.most, len(part))
        return part


@pytest.mark.parametrize("size", [0, 1, 8 * 1024**2, 17 * 1024**2 + 1])
async def test_large_objects_go_and_come_a_piece_at_a_time(
    store: ObjectStore, tmp_path: Path, size: int
) -> None:
    content = Dripping(random.Random(size).randbytes(size))
    await store.upload("large", content)
    with (tmp_path / "copy").open("w+b") as file:
        await store.download("large", file)
        assert (tmp_path / "copy").read_bytes() == content.data
    assert content.most <= 1024**2


async def test_many_at_once(store: ObjectStore) -> None:
    await asyncio.gather(*(store.put(f"many/{number}", str(number).encode()) for number in range(60)))
    found = await asyncio.gather(*(store.get(f"many/{number}") for number in range(60)))
    assert found == [str(number).encode() for number in range(60)]


async def test_all_below_a_prefix_is_deleted_however_much_it_is(store: ObjectStore) -> None:
    """S3 lists at most a thousand keys a page."""
    keys = [f"sources/one/{number}.tar" for number in range(1001)]
    for start in range(0, len(keys), 100):
        await asyncio.gather(*(store.put(key, b"") for key in keys[start : start + 100]))
    await store.put("sources/one2/kept.tar", b"")
    assert await store.delete_prefix("sources/one/") == len(keys)
    assert await store.delete_prefix("sources/one/") == 0
    assert [entry.key async for page in store.entries("sources/") for entry in page] == [
        "sources/one2/kept.tar"
    ]


async def test_a_missing_object_is_not_found(store: ObjectStore) -> None:
    with pytest.raises(NotFound, match=r"'sources/none\.tar'"):
        await store.get("sources/none.tar")


async def test_ensuring_a_bucket_may_be_repeated_also_at_once(edge: Edge) -> None:
    async with ObjectStore(settings(edge.s3_url, edge), bucket="crowd") as store:
        with pytest.raises(Unavailable, match="no bucket 'crowd'"):
            await store.ping()
        await asyncio.gather(*(store.ensure_bucket() for _ in range(5)))
        await store.ensure_bucket()
        await store.ping()


async def test_a_missing_bucket_is_no_missing_object(edge: Edge) -> None:
    # Work that meets a store not set up yet has to be tried again, not given up.
    async with ObjectStore(settings(edge.s3_url, edge), bucket="nowhere") as store:
        with pytest.raises(Unavailable, match="no bucket 'nowhere'"):
            await store.put("key", b"x")
        with pytest.raises(Unavailable, match="no bucket 'nowhere'"):
            await store.get("key")


async def test_wrong_keys_are_unavailable_and_not_told(edge: Edge) -> None:
    async with ObjectStore(settings(edge.s3_url)) as store:
        with pytest.raises(Unavailable, match="refused") as raised:
            await store.put("key", b"x")
    assert "secret" not in str(raised.value)


async def test_a_store_that_is_down_is_unavailable_soon() -> None:
    began = time.monotonic()
    async with ObjectStore(settings("http://127.0.0.1:1")) as store:
        with pytest.raises(Unavailable, match="cannot be reached"):
            await store.get("key")
    assert time.monotonic() - began < within(10)


async def test_an_object_that_breaks_off_is_unavailable_not_short() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\ncontent-type: text/plain\r\n\r\nonly this")

    async with tcp_server(answer) as port, ObjectStore(settings(f"http://127.0.0.1:{port}")) as store:
        with pytest.raises(Unavailable, match="broke off"):
            await store.get("key")


async def test_the_store_comes_back(tmp_path: Path) -> None:
    async with running_edge(tmp_path) as first:
        opened = ObjectStore(settings(first.s3_url, first))
        await opened.__aenter__()
        await patiently(opened.ensure_bucket)
        await opened.put("key", b"kept")
        port = int(first.s3_url.rsplit(":", 1)[1])
        keys = (first.s3_access_key_id, first.s3_secret_access_key)
    with pytest.raises(Unavailable):
        await opened.ping()
    async with running_edge(tmp_path, ports=(0, 0, port), s3_keys=keys):
        assert await opened.get("key") == b"kept"
    await opened.__aexit__(None, None, None)
