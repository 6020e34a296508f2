"""The object store (S3 or R2): small whole objects by key."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple, Protocol, Self

from aiobotocore.config import AioConfig
from aiobotocore.session import AioSession, get_session
from aiohttp import ClientPayloadError
from botocore.exceptions import BotoCoreError, ClientError

from common.errors import AppError, NotFound, Unavailable
from common.settings import S3Settings

_CONCURRENCY = 32
_DELETIONS = 8
_CALL_SECONDS = 60.0
_LOOK_SECONDS = 10.0  # for what moves no object


_PIECE = 256 * 1024
_PART = 8 * 1024 * 1024  # of an upload in parts; R2 wants 5 MiB at least

_MISSING = {"404", "NoSuchKey", "NotFound"}


class _NoBucket(Unavailable):
    pass


class _BucketExists(Unavailable):
    pass


def _strip_expect(params: dict[str, Any], **_: object) -> None:
    # With `Expect: 100-continue` aiobotocore waits forever for servers that answer only once.
    params["headers"].pop("Expect", None)


@contextmanager
def _broken_reading(key: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientPayloadError, OSError, TimeoutError) as error:
        raise Unavailable(f"Reading the object '{key}' broke off; try again.", key=key) from error


class Entry(NamedTuple):
    """One object as a listing tells of it."""

    key: str
    modified: datetime
    size: int


class Readable(Protocol):
    """Content that may be larger than what one wants in memory; read from any thread."""

    @property
    def size(self) -> int:
        """How many bytes there are."""

    def read(self, start: int = 0, size: int | None = None) -> bytes:
        """The bytes from `start`, all of the rest unless `size` is given."""


class _Body(io.RawIOBase):
    """A part of some content as the file that an upload reads piece by piece."""

    def __init__(self, content: Readable, start: int, size: int) -> None:
        self._content = content
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = max(0, min(len(buffer), self._size - self._at))
        data = self._content.read(self._start + self._at, wanted)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


@cache
def _session() -> AioSession:
    """One for all stores of the process: each would read the descriptions of AWS's services again, 12 MB."""
    session: AioSession = get_session()
    return session


class ObjectStore:
    """One bucket. `put` and `get` hold the whole object in memory; `upload` and `download` a part of it."""

    def __init__(self, settings: S3Settings, bucket: str | None = None) -> None:
        self._settings = settings
        self.bucket = bucket or settings.s3_bucket
        self._context: Any = None
        self._client: Any = None

    async def __aenter__(self) -> Self:
        self._context = _session().create_client(
            "s3",
            endpoint_url=self._settings.s3_endpoint_url,
            region_name=self._settings.s3_region,
            aws_access_key_id=self._settings.s3_access_key_id.get_secret_value(),
            aws_secret_access_key=self._settings.s3_secret_access_key.get_secret_value(),
            config=AioConfig(
                connect_timeout=3,
                read_timeout=30,
                max_pool_connections=_CONCURRENCY,
                retries={"mode": "standard", "max_attempts": 3},
                s3={"addressing_style": "path"},
                # R2 rejects the checksum trailers that botocore adds by default.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )
        self._client = await self._context.__aenter__()
        self._client.meta.events.register_last("before-call.s3", _strip_expect)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._context.__aexit__(kind, error, trace)

    async def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        """Stores the object, replacing one of the same key; raises Unavailable."""
        await self._call("put_object", Key=key, Body=data, ContentType=content_type)

    async def get(self, key: str) -> bytes:
        """The object's bytes; raises NotFound."""
        response = await self._call("get_object", Key=key)
        with _broken_reading(key):
            async with asyncio.timeout(_CALL_SECONDS), response["Body"] as body:
                data: bytes = await body.read()
        return data

    async def upload(
        self, key: str, content: Readable, content_type: str = "application/octet-stream"
    ) -> None:
        """Stores the object, hardly any of which is in memory at a time; raises Unavailable."""
        if content.size <= _PART:
            body = _Body(content, 0, content.size)
            await self._call("put_object", Key=key, Body=body, ContentType=content_type)
            return
        begun = await self._call("create_multipart_upload", Key=key, ContentType=content_type)
        named = {"Key": key, "UploadId": begun["UploadId"]}
        try:
            parts = []
            for number, start in enumerate(range(0, content.size, _PART), 1):
                body = _Body(content, start, min(_PART, content.size - start))
                done = await self._call("upload_part", **named, PartNumber=number, Body=body)
                parts.append({"PartNumber": number, "ETag": done["ETag"]})
            await self._call("complete_multipart_upload", **named, MultipartUpload={"Parts": parts})
        except BaseException:
            with suppress(AppError):  # the store forgets unfinished uploads by itself after a week
                await self._call("abort_multipart_upload", **named)
            raise

    async def download(self, key: str, file: BinaryIO) -> None:
        """Writes the object to the file, a piece at a time; raises NotFound."""
        response = await self._call("get_object", Key=key)
        with _broken_reading(key):
            async with asyncio.timeout(_CALL_SECONDS), response["Body"] as body:
                async for piece in body.iter_chunks(_PIECE):
                    await asyncio.to_thread(file.write, piece)
                await asyncio.to_thread(file.flush)

    async def exists(self, key: str) -> bool:
        """Whether there is such an object; raises Unavailable, also for a missing bucket."""
        return await self.modified(key) is not None

    async def modified(self, key: str) -> datetime | None:
        """When the object was stored last, to the second; None when there is none."""
        try:
            head = await self._call("head_object", Key=key)
        except NotFound:
            return None
        modified: datetime = head["LastModified"]
        return modified

    async def delete(self, key: str) -> None:
        """Removes the object; no error when there is none. Raises Unavailable."""
        await self._call("delete_object", Key=key)

    async def entries(self, prefix: str) -> AsyncIterator[list[Entry]]:
        """The objects whose keys begin with `prefix`, a page at a time."""
        more: dict[str, str] = {}
        while True:
            page = await self._call("list_objects_v2", Prefix=prefix, **more)
            yield [
                Entry(found["Key"], found["LastModified"], found["Size"])
                for found in page.get("Contents", ())
            ]
            if not page.get("IsTruncated"):
                return
            more = {"ContinuationToken": page["NextContinuationToken"]}

    async def delete_prefix(self, prefix: str) -> int:
        """Deletes every object whose key begins with `prefix`; how many there were."""
        count = 0
        async for page in self.entries(prefix):
            await self.delete_all([entry.key for entry in page])
            count += len(page)
        return count

    async def delete_all(self, keys: Sequence[str]) -> None:
        """Deletes these objects.

        One by one: S3's request for many needs a checksum that not every store takes in the same form.
        """
        gate = asyncio.Semaphore(_DELETIONS)

        async def delete(key: str) -> None:
            async with gate:
                await self.delete(key)

        for outcome in await asyncio.gather(*map(delete, keys), return_exceptions=True):
            if outcome is not None:
                raise outcome

    async def ensure_bucket(self) -> None:
        """Creates the bucket unless it is there."""
        try:
            await self._call("head_bucket")
        except _NoBucket:
            with suppress(_BucketExists):  # somebody else's was faster
                await self._call("create_bucket")

    async def ping(self) -> None:
        """For readiness: raises Unavailable unless the bucket is there and may be read."""
        await self._call("head_bucket")

    async def _call(self, operation: str, **arguments: object) -> Any:
        moves = operation in {"get_object", "put_object", "upload_part", "complete_multipart_upload"}
        try:
            async with asyncio.timeout(_CALL_SECONDS if moves else _LOOK_SECONDS):
                return await getattr(self._client, operation)(Bucket=self.bucket, **arguments)
        except ClientError as error:
            raise self._refusal(error, operation, arguments.get("Key")) from error
        except (BotoCoreError, OSError, TimeoutError) as error:
            raise Unavailable(
                "The object store cannot be reached; try again.", operation=operation
            ) from error

    def _refusal(self, error: ClientError, operation: str, key: object) -> AppError:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code == "NoSuchBucket" or (key is None and code in _MISSING):
            # For a caller no missing object, but a store that is not set up yet.
            return _NoBucket(f"The object store has no bucket '{self.bucket}'.", operation=operation)
        if code in _MISSING:
            return NotFound(f"The object store has no '{key}'.", key=key)
        if code in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            return _BucketExists(f"The bucket '{self.bucket}' is there already.", operation=operation)
        return Unavailable(f"The object store refused {operation}: {code}.", operation=operation)
