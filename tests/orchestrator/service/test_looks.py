"""The model looks at a page as a browser saw it: in words, and in a picture that the vendor accepts."""

import pytest

from common.contracts import Severity, Thumbnail, thumbnail_key
from orchestrator.db import turns
from tests.orchestrator.service.world import QUICK, World, crash, green, pages

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

PICTURE = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xdf\x01\0\x2b\x01\0"  # 480 by 300


@pytest.mark.parametrize("kept", [True, False], ids=["with its picture", "whose picture is gone"])
async def test_a_page_is_shown_to_the_model(world: World, *, kept: bool) -> None:
    app, first = await world.api.create_app(QUICK)
    asked = await world.build(app)
    await world.say(green(asked), seen=False)
    checked = pages(green(asked), crash().model_copy(update={"severity": Severity.WARNING}))
    if kept:
        async with world.objects() as store:
            await store.put(thumbnail_key(app, checked.artifact_digest, 0), PICTURE, "image/webp")
    picture = Thumbnail(number=0, route="/", size=len(PICTURE))
    await world.say(checked.model_copy(update={"thumbnails": (picture,)}))
    await world.deploy(app)
    await world.api.succeeded(app, first)
    run = await world.api.send(app, "Look and change [[script:look]]")
    await world.live(app, 2)
    await world.api.succeeded(app, run)
    called = [event for event in await world.api.log(app) if event.type == "tool.called"]
    assert [one.data["ok"] for one in called if one.data["tool"] == "look"] == [True, False]
    database = world.database()
    async with database.begin() as session:
        rows = await turns.turns_of(session, run)
        stored = await turns.conversation_of(session, rows)
    await database.close()
    seen, unknown = sorted(stored[rows[0].id].results.values(), key=lambda result: result.is_error)
    assert seen.picture == (PICTURE if kept else None)
    assert "which passed its check" in seen.text
    assert "warning: src/pages/Home.tsx:2:5 uncaught_error: TypeError" in seen.text
    assert (unknown.is_error, unknown.picture) == (True, None)
    assert unknown.text.endswith("The pages that were seen: /")
