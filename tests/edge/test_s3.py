"""R2's S3 API through aiobotocore, and the same objects through an `r2_bucket` binding."""

import asyncio
import base64
import hashlib
import os
from typing import Any

import httpx
import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from dev.edge.launcher import Edge
from tests.edge.conftest import S3_CONFIG
from tests.edge.workers import BROTLI, HTML, form

BUCKET = "assets"
READER = """
export default { async fetch(request, env) {
  const key = decodeURIComponent(new URL(request.url).pathname.slice(1));
  const object = await env.B.get(key, { range: request.headers });
  if (object === null) return new Response("none", { status: 404 });
  const headers = new Headers({ etag: object.httpEtag });
  object.writeHttpMetadata(headers);
  return new Response(object.body, { headers, encodeBody: "manual" });
} };
"""


@pytest.fixture
async def bucket(s3: Any) -> Any:
    await s3.create_bucket(Bucket=BUCKET)
    return s3


async def body(answer: Any) -> bytes:
    async with answer["Body"] as stream:
        return bytes(await stream.read())


def failure(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    response = error.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Code"]


@pytest.mark.parametrize(
    "key", ["plain", "a/b c+d/é~'(1)*!.tar", "q?x=1&y#z", "%2e%2e", "sources/" + "a" * 64]
)
async def test_objects_come_back_as_they_were_put(bucket: Any, key: str) -> None:
    content = os.urandom(200_000)
    put = await bucket.put_object(
        Bucket=BUCKET, Key=key, Body=content, ContentType="application/x-tar", Metadata={"kind": "source"}
    )
    got = await bucket.get_object(Bucket=BUCKET, Key=key)
    assert await body(got) == content
    assert (got["ETag"], got["ContentType"]) == (put["ETag"], "application/x-tar")
    head = await bucket.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentLength"], head["Metadata"]) == (len(content), {"kind": "source"})
    assert [item["Key"] for item in (await bucket.list_objects_v2(Bucket=BUCKET))["Contents"]] == [key]
    await bucket.delete_object(Bucket=BUCKET, Key=key)
    with pytest.raises(ClientError) as error:
        await bucket.get_object(Bucket=BUCKET, Key=key)
    assert failure(error) == (404, "NoSuchKey")


async def test_ranges(bucket: Any) -> None:
    await bucket.put_object(Bucket=BUCKET, Key="k", Body=b"0123456789")
    for asked, content, described in (
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=-2", b"89", "bytes 8-9/10"),
    ):
        got = await bucket.get_object(Bucket=BUCKET, Key="k", Range=asked)
        assert (await body(got), got["ContentRange"]) == (content, described)
    with pytest.raises(ClientError) as error:
        await bucket.get_object(Bucket=BUCKET, Key="k", Range="bytes=10-")
    assert failure(error) == (416, "InvalidRange")


async def test_listing_by_prefix_delimiter_and_page(bucket: Any) -> None:
    for key in ("a/1", "a/2", "a/3", "b/1"):
        await bucket.put_object(Bucket=BUCKET, Key=key, Body=b"")
    pages = bucket.get_paginator("list_objects_v2").paginate(
        Bucket=BUCKET, Prefix="a/", PaginationConfig={"PageSize": 2}
    )
    assert [[item["Key"] for item in page["Contents"]] async for page in pages] == [["a/1", "a/2"], ["a/3"]]
    grouped = await bucket.list_objects_v2(Bucket=BUCKET, Delimiter="/")
    assert [item["Prefix"] for item in grouped["CommonPrefixes"]] == ["a/", "b/"]
    keys = [{"Key": key} for key in ("a/1", "a/2", "a/3", "missing")]
    await bucket.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})
    assert [item["Key"] for item in (await bucket.list_objects_v2(Bucket=BUCKET))["Contents"]] == ["b/1"]


async def test_multipart_uploads(bucket: Any) -> None:
    parts = [os.urandom(9 * 1024 * 1024), os.urandom(9 * 1024 * 1024), b"end"]
    upload = (await bucket.create_multipart_upload(Bucket=BUCKET, Key="big"))["UploadId"]
    at = {"Bucket": BUCKET, "Key": "big", "UploadId": upload}
    done = [await bucket.upload_part(**at, PartNumber=n, Body=part) for n, part in enumerate(parts, 1)]
    tags = [{"PartNumber": number, "ETag": part["ETag"]} for number, part in enumerate(done, 1)]
    await bucket.complete_multipart_upload(**at, MultipartUpload={"Parts": tags})
    assert await body(await bucket.get_object(Bucket=BUCKET, Key="big")) == b"".join(parts)
    other = (await bucket.create_multipart_upload(Bucket=BUCKET, Key="never"))["UploadId"]
    await bucket.abort_multipart_upload(Bucket=BUCKET, Key="never", UploadId=other)
    assert (await bucket.list_objects_v2(Bucket=BUCKET))["KeyCount"] == 1


async def test_a_large_object_streams_through(bucket: Any) -> None:
    content = os.urandom(20 * 1024 * 1024)
    await bucket.put_object(Bucket=BUCKET, Key="large", Body=content)
    assert await body(await bucket.get_object(Bucket=BUCKET, Key="large")) == content


async def test_buckets_are_made_found_and_removed(s3: Any) -> None:
    with pytest.raises(ClientError) as missing:
        await s3.head_bucket(Bucket=BUCKET)
    assert failure(missing)[0] == 404
    with pytest.raises(ClientError) as nowhere:
        await s3.put_object(Bucket=BUCKET, Key="k", Body=b"")
    assert failure(nowhere) == (404, "NoSuchBucket")
    await s3.create_bucket(Bucket=BUCKET)
    await s3.head_bucket(Bucket=BUCKET)
    with pytest.raises(ClientError) as again:
        await s3.create_bucket(Bucket=BUCKET)
    assert failure(again) == (409, "BucketAlreadyOwnedByYou")
    await s3.put_object(Bucket=BUCKET, Key="k", Body=b"x")
    assert [item["Name"] for item in (await s3.list_buckets())["Buckets"]] == [BUCKET]
    with pytest.raises(ClientError) as full:
        await s3.delete_bucket(Bucket=BUCKET)
    assert failure(full) == (409, "BucketNotEmpty")
    await s3.delete_object(Bucket=BUCKET, Key="k")
    await s3.delete_bucket(Bucket=BUCKET)
    assert (await s3.list_buckets())["Buckets"] == []


async def test_new_buckets_do_not_disturb_requests(bucket: Any) -> None:
    async def work(number: int) -> None:
        for turn in range(12):
            key = f"{number}-{turn}"
            await bucket.put_object(Bucket=BUCKET, Key=key, Body=key.encode() * 5000)
            assert await body(await bucket.get_object(Bucket=BUCKET, Key=key)) == key.encode() * 5000

    others = (bucket.create_bucket(Bucket=name) for name in ("second", "third"))
    await asyncio.gather(*(work(number) for number in range(4)), *others)
    assert (await bucket.list_objects_v2(Bucket=BUCKET))["KeyCount"] == 48


@pytest.mark.parametrize(
    ("wrong", "expected"), [("secret", (403, "SignatureDoesNotMatch")), ("access", (401, "Unauthorized"))]
)
async def test_wrong_keys_are_refused(edge: Edge, wrong: str, expected: tuple[int, str]) -> None:
    keys = {"access": edge.s3_access_key_id, "secret": edge.s3_secret_access_key, wrong: "f" * 32}
    async with get_session().create_client(
        "s3",
        endpoint_url=edge.s3_url,
        region_name="auto",
        aws_access_key_id=keys["access"],
        aws_secret_access_key=keys["secret"],
        config=S3_CONFIG,
    ) as client:
        with pytest.raises(ClientError) as error:
            await client.list_buckets()
    assert failure(error) == expected


async def test_unsigned_tampered_and_presigned_requests(edge: Edge, bucket: Any) -> None:
    await bucket.put_object(Bucket=BUCKET, Key="k", Body=b"content")
    signed = await bucket.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "k"})
    expired = await bucket.generate_presigned_url(
        "get_object", Params={"Bucket": BUCKET, "Key": "k"}, ExpiresIn=0
    )
    put = await bucket.generate_presigned_url("put_object", Params={"Bucket": BUCKET, "Key": "new"})
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{edge.s3_url}/{BUCKET}/k")).status_code == 403
        assert (await client.get(signed)).content == b"content"
        assert (await client.get(signed.replace("/k?", "/other?"))).status_code == 403
        assert (await client.get(expired)).status_code in {400, 403}
        assert (await client.put(put, content=b"by link")).status_code == 200
    assert await body(await bucket.get_object(Bucket=BUCKET, Key="new")) == b"by link"


async def test_a_worker_reads_the_same_objects_while_they_are_written(
    api: httpx.AsyncClient, app: httpx.AsyncClient, bucket: Any
) -> None:
    bindings = [{"type": "r2_bucket", "name": "B", "bucket_name": BUCKET}]
    assert (await api.put("/workers/scripts/site", files=form(READER, bindings=bindings))).is_success
    assert (await app.get("/a/0")).status_code == 404

    async def write_then_read(number: int) -> None:
        content = str(number).encode() * 20_000
        await bucket.put_object(Bucket=BUCKET, Key=f"a/{number}", Body=content, ContentType="image/png")
        answer = await app.get(f"/a/{number}")
        assert (answer.status_code, answer.content) == (200, content)
        assert answer.headers["content-type"] == "image/png"

    await asyncio.gather(*(write_then_read(number) for number in range(40)))
    ranged = await app.get("/a/1", headers={"range": "bytes=0-4"})
    assert ranged.content == b"11111"


async def test_precompressed_objects_stay_as_they_are(
    api: httpx.AsyncClient, app: httpx.AsyncClient, bucket: Any
) -> None:
    await bucket.put_object(
        Bucket=BUCKET, Key="page", Body=BROTLI, ContentEncoding="br", ContentType="text/html"
    )
    got = await bucket.get_object(Bucket=BUCKET, Key="page")
    assert got["ContentEncoding"] == "br"
    assert await body(got) == BROTLI
    bindings = [{"type": "r2_bucket", "name": "B", "bucket_name": BUCKET}]
    await api.put("/workers/scripts/site", files=form(READER, bindings=bindings))
    assert (await app.get("/page")).content == HTML


async def test_copies_conditions_and_the_older_listing(bucket: Any) -> None:
    put = await bucket.put_object(Bucket=BUCKET, Key="from", Body=b"content", ContentType="text/css")
    await bucket.copy_object(Bucket=BUCKET, Key="to", CopySource=f"{BUCKET}/from")
    copied = await bucket.get_object(Bucket=BUCKET, Key="to")
    assert (await body(copied), copied["ContentType"]) == (b"content", "text/css")
    with pytest.raises(ClientError) as fresh:
        await bucket.get_object(Bucket=BUCKET, Key="from", IfNoneMatch=put["ETag"])
    assert failure(fresh)[0] == 304
    with pytest.raises(ClientError) as taken:
        await bucket.put_object(Bucket=BUCKET, Key="from", Body=b"other", IfNoneMatch="*")
    assert failure(taken) == (412, "PreconditionFailed")
    assert [item["Key"] for item in (await bucket.list_objects(Bucket=BUCKET))["Contents"]] == ["from", "to"]


@pytest.mark.parametrize("size", [9, 9 * 1024 * 1024], ids=["small", "streamed"])
async def test_a_body_that_is_not_what_was_signed_is_refused(edge: Edge, bucket: Any, size: int) -> None:
    sent: dict[str, Any] = {}

    def keep(request: Any, **_: Any) -> None:
        sent.update(url=request.url, headers=dict(request.headers))

    signed, forged = b"1" * size, b"2" * size
    bucket.meta.events.register_last("before-send.s3.PutObject", keep)
    await bucket.put_object(Bucket=BUCKET, Key="k", Body=signed)
    headers = {name: text(value) for name, value in sent["headers"].items() if name.lower() != "expect"}
    async with httpx.AsyncClient(timeout=120) as client:
        assert (await client.put(sent["url"], content=signed, headers=headers)).status_code == 200
        answer = await client.put(sent["url"], content=forged, headers=headers)
    assert (answer.status_code, "XAmzContentSHA256Mismatch" in answer.text) == (400, True)
    assert await body(await bucket.get_object(Bucket=BUCKET, Key="k")) == signed


CHECKSUMS = {
    # of b"123456789", from the catalogue of parametrised CRCs and from md5sum, sha1sum, sha256sum
    "ContentMD5": "25f9e794323b453885f5181f1b624d0b",
    "ChecksumCRC32": "cbf43926",
    "ChecksumCRC32C": "e3069283",
    "ChecksumCRC64NVME": "ae8b14860a799888",
    "ChecksumSHA1": "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
    "ChecksumSHA256": "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
}


async def test_a_body_is_stored_only_with_the_checksum_it_has(bucket: Any) -> None:
    at = {"Bucket": BUCKET, "Key": "k"}
    upload = (await bucket.create_multipart_upload(**at))["UploadId"]
    for name, digest in CHECKSUMS.items():
        given = {name: base64.b64encode(bytes.fromhex(digest)).decode()}
        await bucket.put_object(**at, Body=b"123456789", **given)
        for put in (
            bucket.put_object(**at, Body=b"123456780", **given),
            bucket.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"other", **given),
        ):
            with pytest.raises(ClientError) as error:
                await put
            assert failure(error) == (400, "BadDigest"), name
    assert await body(await bucket.get_object(**at)) == b"123456789"


async def test_a_streamed_body_is_stored_only_with_the_checksum_it_has(bucket: Any) -> None:
    content = os.urandom(9 * 1024 * 1024)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    with pytest.raises(ClientError) as error:
        await bucket.put_object(Bucket=BUCKET, Key="k", Body=content[::-1], ChecksumSHA256=digest)
    assert failure(error) == (400, "BadDigest")
    with pytest.raises(ClientError) as missing:
        await bucket.head_object(Bucket=BUCKET, Key="k")
    assert failure(missing)[0] == 404
    await bucket.put_object(Bucket=BUCKET, Key="k", Body=content, ChecksumSHA256=digest)
    assert await body(await bucket.get_object(Bucket=BUCKET, Key="k")) == content


async def test_a_checksum_that_is_none_is_refused(bucket: Any) -> None:
    with pytest.raises(ClientError) as error:
        await bucket.put_object(Bucket=BUCKET, Key="k", Body=b"", ChecksumSHA256="c2hvcnQ=")
    assert failure(error) == (400, "InvalidDigest")


def text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
