"""Pictures on messages: what the model is shown, what becomes of them in the app, and how long they stay."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.orchestrator.service.replica import another_replica
from tests.orchestrator.service.test_crashes import crash
from tests.orchestrator.service.world import World
from tests.pictures import PNG, jpeg

pytestmark = [pytest.mark.xdist_group("orchestrator-crashes"), pytest.mark.asyncio(loop_scope="session")]

ATTACH = "Take my logo [[script:attach]]"


async def upload(world: World, content: bytes = PNG, name: str = "logo.png") -> str:
    answer = await world.api.http.post("/v1/uploads", params={"name": name}, content=content)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def new_app(world: World, *uploads: str, prompt: str = ATTACH) -> tuple[str, str]:
    made = await world.api.post("/v1/apps", {"prompt": prompt, "attachments": list(uploads)})
    return made["app"]["id"], made["run"]["id"]


def images(body: dict[str, Any]) -> list[tuple[int, int, dict[str, Any]]]:
    """The pictures that a request to the model has: in which message, in which place, and what."""
    return [
        (number, place, block)
        for number, message in enumerate(body["messages"])
        for place, block in enumerate(message["content"])
        if block["type"] == "image"
    ]


async def test_a_picture_is_shown_cached_and_used(world: World) -> None:
    picture, photo = await upload(world), await upload(world, jpeg(640, 480), "photo.png")
    app, run = await new_app(world, picture, photo)
    await world.live(app)
    await world.api.succeeded(app, run)
    asked = await world.asked_model(app)
    assert len(asked) == 2
    shown = [images(body) for _, body in asked]
    assert [block["source"]["media_type"] for _, _, block in shown[0]] == ["image/png", "image/jpeg"]
    assert shown[1] == shown[0], "once, where they were"
    opening = asked[0][1]["messages"][0]["content"]
    assert "1. logo.png (png, 64 x 48 pixels" in opening[-1]["text"]
    assert "2. photo.jpg (jpeg, 640 x 480 pixels" in opening[-1]["text"]
    first, second = (entry["usage"] for entry, _ in asked)
    whole = first["input_tokens"] + first["cache_creation_input_tokens"] + first["cache_read_input_tokens"]
    assert second["cache_read_input_tokens"] == whole
    called = [event for event in await world.api.log(app) if event.type == "tool.called"]
    used = [event.data["ok"] for event in called if event.data["tool"] == "use_attachment"]
    assert used == [True, False, False]
    stored = await world.api.http.get(f"/v1/apps/{app}/files/public/logo.png")
    assert (stored.status_code, stored.content) == (200, PNG)
    messages = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    assert [one["name"] for one in messages[0]["attachments"]] == ["logo.png", "photo.jpg"]
    assert messages[1]["attachments"] == []


async def test_a_later_message_knows_them_by_name_and_can_use_them(world: World) -> None:
    app, first = await new_app(world, await upload(world), prompt="A page [[script:quick]]")
    await world.live(app)
    await world.api.succeeded(app, first)
    body = {"content": ATTACH, "attachments": [await upload(world, jpeg(8, 8), "logo.png")]}
    sent = await world.api.post(f"/v1/apps/{app}/messages", body)
    assert sent["message"]["attachments"][0]["name"] == "logo.jpg"
    again = {"content": "Once more [[script:quick]]", "attachments": [await upload(world)]}
    await world.live(app, 2)
    await world.api.succeeded(app, sent["run"]["id"])
    stored = await world.api.http.get(f"/v1/apps/{app}/files/public/logo.png")
    assert stored.content == PNG
    requests = [body for _, body in await world.asked_model(app)]
    assert [len(images(body)) for body in requests] == [1, 1, 1, 1]
    told = "".join(block.get("text", "") for block in requests[-1]["messages"][0]["content"])
    assert "<attachments>\nlogo.png (png, 64 x 48 pixels" in told
    named = (await world.api.post(f"/v1/apps/{app}/messages", again))["message"]["attachments"]
    assert named[0]["name"] == "logo-2.png"
    await world.api.http.delete(f"/v1/apps/{app}")


async def test_answers_to_questions_bring_the_pictures_of_the_request(world: World) -> None:
    app, run = await new_app(world, await upload(world), prompt="A booking page [[script:asks]]")
    await world.api.ended(app, run)
    answered = await world.api.post(f"/v1/runs/{run}/answers", {"answers": ["Blue", "Me"]})
    await world.api.event(
        app, lambda event: event.type == "tool.called" and event.data["run_id"] == answered["run"]["id"]
    )
    _, body = (await world.asked_model(app))[-1]
    assert len(images(body)) == 1
    await world.api.http.delete(f"/v1/apps/{app}")


async def test_a_model_that_sees_nothing_is_told_of_them_in_words(world: World) -> None:
    await world.stack.kill("orchestrator")
    try:
        async with another_replica(world, MODEL_SEES="false") as blind:
            answer = await blind.http.post("/v1/uploads?name=logo.png", content=PNG)
            body = {"prompt": ATTACH, "attachments": [answer.json()["id"]]}
            app = (await blind.post("/v1/apps", body))["app"]["id"]
            await world.build(app)
            asked = [body for _, body in await world.asked_model(app)]
            assert [images(body) for body in asked] == [[], []]
            assert "Pictures that you cannot see" in asked[0]["messages"][0]["content"][-1]["text"]
    finally:
        await world.stack.start("orchestrator")
        await world.stack.wait_ready("orchestrator")


async def test_a_crash_loses_no_picture(world: World) -> None:
    app, run = await new_app(world, await upload(world), await upload(world, jpeg(640, 480), "photo.jpg"))
    await crash(world)
    await world.live(app)
    await world.api.succeeded(app, run)
    bodies = [body for _, body in await world.asked_model(app)]
    assert {len(images(body)) for body in bodies} == {2}
    assert len({str(images(body)) for body in bodies}) == 1
    stored = await world.api.http.get(f"/v1/apps/{app}/files/public/logo.png")
    assert stored.content == PNG


async def test_pictures_go_with_their_app(world: World) -> None:
    kept, picture = await upload(world), await upload(world)
    app, run = await new_app(world, picture)
    await world.live(app)
    await world.api.succeeded(app, run)
    refused = await world.api.http.delete(f"/v1/uploads/{picture}")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload_in_use")
    await world.api.http.delete(f"/v1/apps/{app}")
    assert (await world.api.http.get(f"/v1/uploads/{picture}")).status_code == 404
    async with asyncio.timeout(120):
        while await left(world, picture):
            await asyncio.sleep(0.1)
    assert (await world.api.http.get(f"/v1/uploads/{kept}")).status_code == 200


async def left(world: World, picture: str) -> int:
    database = world.database()
    async with database.begin() as session:
        found = await session.scalar(text("SELECT count(*) FROM uploads WHERE id = :id"), {"id": picture})
    await database.close()
    return int(found or 0)
