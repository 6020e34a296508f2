"""Uploads: pictures of a team's, which only it sees, and hostile ones, which are refused."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from tests import pictures
from tests.orchestrator.service.replica import another_replica
from tests.orchestrator.service.world import World
from tests.pictures import PNG

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


async def test_a_picture_is_told_from_its_bytes_and_given_back(world: World) -> None:
    headers = {"content-type": "text/html"}
    answer = await world.api.http.post("/v1/uploads?name=../My%20logo.html", content=PNG, headers=headers)
    made = answer.json()
    assert answer.status_code == 201, answer.text
    told = {key: made[key] for key in ("name", "media_type", "width", "height", "size")}
    assert told == {
        "name": "My-logo-html.png", "media_type": "image/png", "width": 64, "height": 48, "size": len(PNG),
    }  # fmt: skip
    read = await world.api.http.get(f"/v1/uploads/{made['id']}")
    assert read.content == PNG
    assert read.headers["content-type"] == "image/png"
    assert read.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in read.headers["content-security-policy"]
    assert read.headers["content-disposition"] == 'inline; filename="My-logo-html.png"'
    for method in ("GET", "DELETE"):
        other = await world.other.http.request(method, f"/v1/uploads/{made['id']}")
        assert (other.status_code, other.json()["code"]) == (404, "upload_not_found")
    assert (await world.api.http.delete(f"/v1/uploads/{made['id']}")).status_code == 204
    assert (await world.api.http.get(f"/v1/uploads/{made['id']}")).status_code == 404


async def test_the_same_upload_twice_is_one(world: World) -> None:
    key = {"idempotency-key": secrets.token_hex(8)}
    first, again = [await world.api.http.post("/v1/uploads", content=PNG, headers=key) for _ in range(2)]
    assert first.json() == again.json()
    other = await world.api.http.post("/v1/uploads", content=pictures.gif(1, 1), headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


HOSTILE = {
    "no bytes": (b"", 422, "picture_invalid"),
    "a page": (b"<html><script>alert(1)</script>", 422, "picture_invalid"),
    "a drawing": (b"<svg onload='alert(1)'/>", 422, "picture_invalid"),
    "half a picture": (PNG[:-20], 422, "picture_invalid"),
    "a bomb": (pictures.png_saying(60_000, 60_000), 413, "picture_too_large"),
    "too many bytes": (PNG + bytes(3_750_000), 413, "payload_too_large"),
}


@pytest.mark.parametrize(("content", "status", "code"), HOSTILE.values(), ids=HOSTILE)
async def test_what_is_no_fit_picture_is_refused(
    world: World, content: bytes, status: int, code: str
) -> None:
    answer = await world.api.http.post("/v1/uploads", content=content)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_a_body_without_end_is_cut_off_at_the_limit(world: World) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield PNG
        while sent < 20_000_000:
            sent += 100_000
            yield bytes(100_000)
            await asyncio.sleep(0)

    answer = await world.api.http.post("/v1/uploads", content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, "payload_too_large")


async def test_a_message_takes_only_pictures_of_its_team(world: World) -> None:
    theirs = (await world.other.http.post("/v1/uploads", content=PNG)).json()["id"]
    mine = (await world.api.http.post("/v1/uploads", content=PNG)).json()["id"]
    before = (await world.api.get("/v1/apps"))["items"]
    for attachments, status, code in (
        ([theirs], 404, "upload_not_found"),
        ([mine, theirs], 404, "upload_not_found"),
        (["upl_unknown"], 404, "upload_not_found"),
        (["../etc/passwd"], 422, "invalid_request"),
        ([mine] * 6, 422, "invalid_request"),
        ("upl_unknown", 422, "invalid_request"),
    ):
        body = {"prompt": "A list", "attachments": attachments}
        answer = await world.api.http.post("/v1/apps", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), attachments
    assert (await world.api.get("/v1/apps"))["items"] == before
    assert (await world.api.http.delete(f"/v1/uploads/{mine}")).status_code == 204, "it is nobody's still"


async def test_a_picture_belongs_to_one_app(world: World) -> None:
    picture = (await world.api.http.post("/v1/uploads", content=PNG)).json()["id"]
    body = {"prompt": "A list [[script:quick]]", "attachments": [picture]}
    made = await world.api.post("/v1/apps", body)
    other = await world.api.http.post("/v1/apps", json=body)
    assert (other.status_code, other.json()["code"]) == (409, "upload_in_use")
    app = made["app"]["id"]
    again = {"content": "More [[script:quick]]", "attachments": [picture, picture]}
    sent = await world.api.post(f"/v1/apps/{app}/messages", again)
    assert [one["id"] for one in sent["message"]["attachments"]] == [picture]
    large = pictures.jpeg(8, 8) + bytes(3_700_000)
    ids = [(await world.api.http.post("/v1/uploads", content=large)).json()["id"] for _ in range(3)]
    body = {"content": "All of them", "attachments": ids}
    refused = await world.api.http.post(f"/v1/apps/{app}/messages", json=body)
    assert (refused.status_code, refused.json()["code"]) == (413, "attachments_too_large")
    await world.api.http.delete(f"/v1/apps/{app}")


async def test_a_team_has_so_much_room_and_a_body_so_much_time(world: World) -> None:
    async with another_replica(world, UPLOADS_TEAM_BYTES="0", UPLOAD_SECONDS="1") as narrow:
        full = await narrow.http.post("/v1/uploads", content=PNG)
        assert (full.status_code, full.json()["code"]) == (413, "uploads_full")
        url = narrow.http.base_url
        reader, writer = await asyncio.open_connection(url.host, url.port)
        head = f"POST /v1/uploads HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {world.stack.api_key}\r\n"
        writer.write(f"{head}content-length: 1000\r\nconnection: close\r\n\r\n".encode() + PNG)
        async with asyncio.timeout(120):
            answer = await reader.read()
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b'"upload_too_slow"' in answer
