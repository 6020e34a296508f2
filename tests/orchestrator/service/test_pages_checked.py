"""What a browser saw of a build: kept with it, told once, its pictures for the app's own team alone."""

import pytest

from common.contracts import PageFinding, PagesChecked, PagesState, Severity, Thumbnail, thumbnail_key
from common.ids import new_id
from tests.orchestrator.service.world import QUICK, World, green

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

PICTURE = b"RIFF\x10\0\0\0WEBPVP8 tiny"
FINDING = PageFinding(
    kind="uncaught_error",
    severity=Severity.ERROR,
    message="TypeError: Cannot read properties of undefined (reading 'map')",
    route="/birds",
    widths=(390, 1280),
    file="src/pages/Home.tsx",
    line=12,
    column=18,
)


async def test_what_a_browser_saw_is_told_once_and_shown_with_the_build(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await world.build(app)
    artifact = green(asked).artifact
    assert artifact is not None
    await world.say(green(asked), seen=False)
    checked = PagesChecked(
        build_id=asked.build_id,
        app_id=app,
        run_id=run,
        artifact_digest=artifact.digest,
        state=PagesState.FAILED,
        message=f"/birds: {FINDING.message}",
        findings=(FINDING,),
        thumbnails=(
            Thumbnail(number=0, route="/", size=len(PICTURE)),
            Thumbnail(number=1, route="/birds", size=9),
        ),
        routes=("/", "/birds"),
        duration_ms=700,
    )  # fmt: skip
    async with world.objects() as store:
        await store.put(thumbnail_key(app, artifact.digest, 0), PICTURE, "image/webp")
    await world.say(checked)
    await world.say(checked.model_copy(update={"state": PagesState.PASSED}))
    event = await world.api.event(app, lambda one: one.type == "pages.checked")
    assert (event.data["state"], event.data["build_id"]) == ("failed", asked.build_id)
    assert event.data["findings"] == [FINDING.model_dump(mode="json")]
    url = f"/v1/apps/{app}/builds/{asked.build_id}"
    shown = (await world.api.get(url))["pages"]
    assert (shown["state"], shown["routes"]) == ("failed", ["/", "/birds"])
    assert shown["findings"] == event.data["findings"]
    picture = await world.api.http.get(f"{url}/thumbnails/0")
    assert (picture.status_code, picture.content) == (200, PICTURE)
    assert picture.headers["content-type"] == "image/webp"
    assert picture.headers["x-content-type-options"] == "nosniff"
    for path in (f"{url}/thumbnails/1", f"{url}/thumbnails/2"):
        answer = await world.api.http.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "thumbnail_not_found")
    assert (await world.other.http.get(f"{url}/thumbnails/0")).status_code == 404


async def test_pages_of_an_unknown_build_change_nothing(world: World) -> None:
    app, run = await world.api.create_app(QUICK)
    asked = await world.build(app)
    await world.say(green(asked), seen=False)
    artifact = green(asked).artifact
    assert artifact is not None
    unknown = PagesChecked(
        build_id=new_id("build"), app_id=app, artifact_digest=artifact.digest, state=PagesState.PASSED,
        duration_ms=1,
    )  # fmt: skip
    await world.say(unknown)
    await world.say(unknown.model_copy(update={"build_id": asked.build_id, "state": PagesState.UNCHECKED}))
    event = await world.api.event(app, lambda one: one.type == "pages.checked")
    assert (event.data["build_id"], event.data["state"]) == (asked.build_id, "unchecked")
    assert (await world.api.get(f"/v1/apps/{app}/builds/{asked.build_id}"))["pages"]["state"] == "unchecked"
    await world.deploy(app)
    await world.api.succeeded(app, run)
    ended = await world.api.event(app, lambda one: one.type == "run.succeeded")
    assert ended.data["pages"] == "unchecked"
