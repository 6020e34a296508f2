"""Versions, files and deployments as a user handles them."""

import asyncio
import json
from collections.abc import Callable

import pytest
from sqlalchemy import text

from common.contracts import BuildMode
from dev.stack.client import Event
from orchestrator.db import apps
from orchestrator.domain.tree import FileRef, Tree
from tests.orchestrator.service import rows
from tests.orchestrator.service.world import World, deployed, green, red, superseded, undeployable

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

HOME = "src/pages/Home.tsx"
ENDS = {"run.succeeded", "run.answered", "run.waiting", "run.failed", "run.cancelled"}


async def test_a_file_written_by_hand_makes_a_version_and_loses_nothing(world: World) -> None:
    app, _ = await world.app()
    url = f"/v1/apps/{app}/files/{HOME}"
    read = await world.api.http.get(url)
    assert read.headers["x-content-type-options"] == "nosniff"
    guard = {"if-match": read.headers["etag"]}
    content = "export function Home() { return <h1>Grüße</h1>; }\n".encode()
    made = await world.api.http.put(url, content=content, headers=guard)
    assert (made.status_code, made.json()["number"], made.json()["origin"]) == (201, 2, "upload")
    assert (await world.api.http.get(url)).content == content
    assert (await world.api.http.get(f"{url}?version=1")).content == read.content
    assert (await world.api.http.put(url, content=b"lost", headers=guard)).status_code == 412
    assert (await world.api.http.delete(f"/v1/apps/{app}/files/src/lib/quick.ts")).status_code == 201
    diff = await world.api.get(f"/v1/apps/{app}/versions/3/diff?base=1")
    assert (diff["added"], diff["changed"], diff["removed"]) == ([], [HOME], ["src/lib/quick.ts"])
    assert (await world.api.post(f"/v1/apps/{app}/versions/1/restore"))["number"] == 4
    assert (await world.api.get(f"/v1/apps/{app}/versions/4/diff?base=1")) == {
        "base": 1,
        "version": 4,
        "added": [],
        "changed": [],
        "removed": [],
    }
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 4


async def test_a_version_from_before_a_rule_cannot_be_restored_and_says_why(world: World) -> None:
    app, _ = await world.app()
    styles = b"a {}\n@plugin './x';\n"
    old = {"src/lib/utils.js": FileRef.of(b""), "src/old.css": FileRef.of(styles)}
    database = world.database()
    async with database.begin() as session:
        await apps.put_blobs(session, app, {FileRef.of(content).digest: content for content in (b"", styles)})
        for files in (old, {}):
            await apps.add_version(
                session, app_id=app, tree=Tree(files), origin="upload", title="", summary=""
            )
    await database.close()
    answer = await world.api.http.post(f"/v1/apps/{app}/versions/2/restore")
    assert (answer.status_code, answer.json()["code"]) == (422, "file_not_allowed")
    assert (answer.json()["path"], "line" in answer.json()) == ("src/lib/utils.js", False)
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 3


async def test_of_ten_who_write_at_once_all_are_kept(world: World) -> None:
    app, _ = await world.app()
    answers = await asyncio.gather(
        *(
            world.api.http.put(f"/v1/apps/{app}/files/src/notes/n{n}.ts", content=b"export {};")
            for n in range(10)
        )
    )
    assert sorted(answer.json()["number"] for answer in answers) == list(range(2, 12))
    files = {file["path"] for file in (await world.api.get(f"/v1/apps/{app}/files"))["files"]}
    assert {f"src/notes/n{n}.ts" for n in range(10)} <= files


async def test_a_version_goes_to_production_once_it_is_built_for_it(world: World) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    asked = (await world.api.post(path, {"environment": "production"}))["deployment"]
    again = (await world.api.post(path, {"environment": "staging"}))["deployment"]
    assert {asked["state"], again["state"]} == {"building"}
    assert asked["build_id"] == again["build_id"], "what is being built is not built twice"
    build = await world.build(app, 2)
    assert build.mode is BuildMode.PRODUCTION
    await world.say(green(build))
    for nth in (2, 3):
        await world.say(deployed(await world.deployment(app, nth)))
    await world.api.event(app, finished(asked["id"]))
    await world.api.event(app, finished(again["id"]))
    live = (await world.api.get(f"/v1/apps/{app}"))["live"]
    assert set(live) == {"preview", "production", "staging"}
    listed = await world.api.get("/v1/apps")
    assert next(item["live"] for item in listed["items"] if item["id"] == app) == live
    third = (await world.api.post(path, {"environment": "production", "version": 1}))["deployment"]
    assert third["state"] == "deploying", "what was built is not built again"
    assert len(world.builds(app)) == 2


async def test_a_run_succeeds_although_a_later_deployment_went_live_before_its_own(world: World) -> None:
    app, _ = await world.app()
    run = (await world.api.post(f"/v1/apps/{app}/messages", {"content": "Add a list."}))["run"]["id"]
    await world.say(green(await world.build(app, 2)))
    asked = await world.deployment(app, 2)
    later = (await world.api.post(f"/v1/apps/{app}/deployments", {"environment": "preview", "version": 1}))[
        "deployment"
    ]
    await world.say(deployed(await world.deployment(app, 3)))
    await world.say(superseded(asked, later["id"]))
    ended = await world.api.event(app, lambda event: event.data.get("run_id") == run and event.type in ENDS)
    assert ended.type == "run.succeeded"
    assert (ended.data["version"], ended.data["deployment_id"]) == (2, later["id"])
    own = await world.api.get(f"/v1/apps/{app}/deployments/{asked.deployment_id}")
    assert (own["state"], own["result"]["superseded_by"]) == ("superseded", later["id"])
    live = (await world.api.get(f"/v1/apps/{app}"))["live"]["preview"]
    assert (live["deployment_id"], live["version"]) == (later["id"], 1)
    refused = await world.api.http.post(f"/v1/apps/{app}/deployments/{asked.deployment_id}/rollback")
    assert refused.json()["code"] == "deployment_never_live"


async def test_a_build_that_fails_fails_what_waited_for_it(world: World) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    asked = (await world.api.post(path, {"environment": "production"}))["deployment"]
    said = red(await world.build(app, 2))
    await world.say(said)
    await world.api.event(app, finished(asked["id"]))
    build = await world.api.get(f"/v1/apps/{app}/builds/{asked['build_id']}")
    assert build["result"] == {
        "category": "type",
        "message": said.message,
        "diagnostics": [said.diagnostics[0].model_dump(mode="json")],
        "problems": 0,
        "problem_files": 0,
        "artifact": None,
        "duration_ms": said.duration_ms,
    }
    failed = await world.api.get(f"{path}/{asked['id']}")
    assert (failed["state"], failed["result"]["problem"]["code"]) == ("failed", "build_failed")
    again = (await world.api.post(path, {"environment": "production"}))["deployment"]
    assert again["build_id"] != asked["build_id"], "a failed build is tried anew"


async def test_a_deployment_that_missed_the_end_of_its_build_goes_on(world: World) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    asked = (await world.api.post(path, {"environment": "production"}))["deployment"]
    await world.build(app, 2)
    database = world.database()
    async with database.begin() as session:
        ended = (
            "UPDATE builds SET state = 'succeeded', artifact = repeat('a', 64), "
            """pages = '{"state": "passed"}' WHERE id = :build"""
        )
        await session.execute(text(ended), {"build": asked["build_id"]})
        old = "UPDATE deployments SET requested_at = now() - interval '1 minute' WHERE id = :deployment"
        await session.execute(text(old), {"deployment": asked["id"]})
    await database.close()
    assert (await world.deploy(app, 2)).artifact == "a" * 64
    await world.api.event(app, finished(asked["id"]))
    assert (await world.api.get(f"{path}/{asked['id']}"))["state"] == "deployed"


async def test_a_rollback_waits_for_who_holds_its_build(world: World) -> None:
    """Old builds are removed under their lock: a rollback must not rely on one that is just going."""
    app, _ = await world.app()
    asked = await world.deployment(app)
    database = world.database()
    async with database.begin() as session:
        await session.execute(text("SELECT 1 FROM builds WHERE id = :id FOR UPDATE"), {"id": asked.build_id})
        path = f"/v1/apps/{app}/deployments/{asked.deployment_id}/rollback"
        answer = asyncio.create_task(world.api.http.post(path, timeout=120))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        async with asyncio.timeout(60):
            while not await session.scalar(waiting):
                assert not answer.done()
                await asyncio.sleep(0.02)
    await database.close()
    assert (await answer).status_code in {202, 503}  # 503: it waited for longer than it may


async def test_a_rollback_puts_an_earlier_deployment_live_without_a_build(world: World) -> None:
    app, _ = await world.app()
    first = await world.deployment(app)
    run = await world.api.send(app, "A note [[script:leisurely]]")
    second = await world.live(app, 2)
    await world.api.succeeded(app, run)
    path = f"/v1/apps/{app}/deployments"
    rollback = (await world.api.post(f"{path}/{first.deployment_id}/rollback"))["deployment"]
    assert (rollback["version"], rollback["rollback_of"]) == (1, first.deployment_id)
    asked = await world.deployment(app, 3)
    assert (asked.rollback_of, asked.artifact) == (first.deployment_id, first.artifact)
    await world.say(deployed(asked, replaced=second.deployment_id))
    await world.api.event(app, finished(rollback["id"]))
    assert (await world.api.get(f"/v1/apps/{app}"))["live"]["preview"]["version"] == 1
    states = {item["id"]: item["state"] for item in (await world.api.get(path))["items"]}
    assert states[second.deployment_id] == "rolled_back"
    assert states[first.deployment_id] == "deployed"
    assert len(world.builds(app)) == 2
    onwards = (await world.api.post(f"{path}/{second.deployment_id}/rollback"))["deployment"]
    assert onwards["version"] == 2
    await world.say(undeployable(await world.deployment(app, 4)))
    await world.api.event(app, finished(onwards["id"]))
    assert (await world.api.get(f"/v1/apps/{app}"))["live"]["preview"]["version"] == 1


async def test_the_log_is_empty_when_the_builder_has_no_such_build(world: World) -> None:
    app, _ = await world.app()
    build = (await world.build(app)).build_id
    log = f"GET /v1/builds/{build}/log"
    world.builder.bodies[log] = b"built in 900 ms"
    assert (await world.api.http.get(f"/v1/apps/{app}/builds/{build}/log")).text == "built in 900 ms"
    world.builder.answers[log] = 404
    world.builder.bodies[log] = b'{"code": "build_not_found", "detail": "There is no such build."}'
    gone = await world.api.http.get(f"/v1/apps/{app}/builds/{build}/log")
    assert (gone.status_code, gone.text) == (200, "")


async def test_a_lost_artifact_is_built_anew_for_the_next_deployment(world: World) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    asked = (await world.api.post(path, {"environment": "preview"}))["deployment"]
    deployment = await world.deployment(app, 2)
    database = world.database()
    async with database.begin() as session:  # what holds the build holds up who tells of its deployment
        await session.execute(
            text("SELECT 1 FROM builds WHERE id = :id FOR UPDATE"), {"id": asked["build_id"]}
        )
        holder = await session.scalar(text("SELECT pg_backend_pid()"))
        await world.say(undeployable(deployment, "artifact_missing"))
        await rows.someone_waits_for(database, holder)
        mine = "SELECT 1 FROM deployments WHERE id = :id FOR UPDATE NOWAIT"
        await session.execute(text(mine), {"id": asked["id"]})
    await database.close()
    await world.api.event(app, finished(asked["id"]))
    again = (await world.api.post(path, {"environment": "preview"}))["deployment"]
    assert (again["state"], again["build_id"] != asked["build_id"]) == ("building", True)
    assert (await world.build(app, 2)).build_id == again["build_id"]


async def test_secrets_go_to_the_deployer_and_never_come_back(world: World) -> None:
    app, _ = await world.app()
    url = f"/v1/apps/{app}/env/production/API_TOKEN"
    assert (await world.api.http.put(url, json={"value": "s3cret"})).status_code == 204
    assert (await world.api.http.delete(url)).status_code == 204
    me, keys = await world.api.get("/v1/me"), (await world.api.get("/v1/keys"))["items"]
    for method in ("PUT", "DELETE"):
        sent = world.deployer.headers[f"{method} /v1/apps/{app}/secrets/production/API_TOKEN"]
        assert sent["x-overskill-team"] == me["team_id"]
        assert sent["x-overskill-key"] in {key["id"] for key in keys}
    refusal = f"PUT /v1/apps/{app}/secrets/production/API_TOKEN"
    world.deployer.answers[refusal] = 422
    refused = await world.api.http.put(url, json={"value": "too long"})
    assert (refused.status_code, refused.json()["code"]) == (422, "told")
    world.deployer.answers[refusal] = 204
    await world.deployer.stop()
    down = await world.api.http.put(url, json={"value": "s3cret"})
    await world.deployer.start()
    assert (down.status_code, down.json()["code"]) == (503, "unavailable")
    assert "s3cret" not in (world.stack.config.state / "logs" / "orchestrator.log").read_text()


async def test_what_the_deployer_tells_of_secrets_is_passed_on(world: World) -> None:
    app, _ = await world.app()
    url, asked = f"/v1/apps/{app}/env/staging", f"/v1/apps/{app}/secrets/staging"
    event = {
        "id": f"sev_{'0' * 26}", "at": "2026-01-01T00:00:00Z", "action": "copied", "names": ["A"],
        "source": "preview", "deployment_id": None, "team_id": None, "key_id": None,
    }  # fmt: skip
    listed = {"items": [event], "next_cursor": event["id"]}
    world.deployer.bodies[f"GET {asked}/events?limit=1&cursor=sev_1"] = json.dumps(listed).encode()
    assert await world.api.get(f"{url}/events?limit=1&cursor=sev_1") == listed
    world.deployer.bodies[f"POST {asked}/copy"] = b'{"names": ["A"]}'
    copied = await world.api.http.post(f"{url}/copy", json={"from": "preview"})
    assert (copied.status_code, copied.json()) == (200, {"names": ["A"]})
    assert "x-overskill-key" in world.deployer.headers[f"POST {asked}/copy"]
    for wrong in ({}, {"from": "nowhere"}, {"from": "preview", "names": ["a"]}, {"from": "preview", "x": 1}):
        refused = await world.api.http.post(f"{url}/copy", json=wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    world.deployer.answers[f"POST {asked}/copy"] = 409
    del world.deployer.bodies[f"POST {asked}/copy"]
    assert (await world.api.http.post(f"{url}/copy", json={"from": "preview"})).status_code == 409


def finished(deployment: str) -> Callable[[Event], bool]:
    def told(event: Event) -> bool:
        return event.type == "deploy.finished" and event.data["deployment_id"] == deployment

    return told
