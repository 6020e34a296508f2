"""R2's S3 API through aiobotocore, and the same objects through an `r2_bucket` binding."""

import asyncio
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


async def test_a_body_that_is_not_what_was_signed_is_refused(edge: Edge, bucket: Any) -> None:
    sent: dict[str, Any] = {}

    def keep(request: Any, **_: Any) -> None:
        sent.update(url=request.url, headers=dict(request.headers))

    bucket.meta.events.register_last("before-send.s3.PutObject", keep)
    await bucket.put_object(Bucket=BUCKET, Key="k", Body=b"signed")
    headers = {name: text(value) for name, value in sent["headers"].items() if name.lower() != "expect"}
    async with httpx.AsyncClient() as client:
        assert (await client.put(sent["url"], content=b"signed", headers=headers)).status_code == 200
        forged = await client.put(sent["url"], content=b"forged", headers=headers)
    assert (forged.status_code, "XAmzContentSHA256Mismatch" in forged.text) == (400, True)
    assert await body(await bucket.get_object(Bucket=BUCKET, Key="k")) == b"signed"


def text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
