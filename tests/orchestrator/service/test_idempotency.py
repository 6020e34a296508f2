"""The same request twice, with the same Idempotency-Key, has one effect and one answer."""

import asyncio
import secrets

import pytest

from tests.orchestrator.service.world import QUICK, World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


async def test_ten_at_once_make_one_app(world: World) -> None:
    before = await world.api.get("/v1/apps?limit=200")
    key = {"idempotency-key": secrets.token_hex(8)}
    answers = await asyncio.gather(
        *(world.api.http.post("/v1/apps", json={"prompt": QUICK}, headers=key) for _ in range(10))
    )
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.content for answer in answers}) == 1
    app, run = answers[0].json()["app"]["id"], answers[0].json()["run"]["id"]
    assert len((await world.api.get("/v1/apps?limit=200"))["items"]) == len(before["items"]) + 1
    await world.live(app)
    await world.api.succeeded(app, run)
    again = await world.api.http.post("/v1/apps", json={"prompt": QUICK}, headers=key)
    assert again.content == answers[0].content
    other = await world.api.http.post("/v1/apps", json={"prompt": "Something else"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


async def test_an_answer_is_given_again_although_the_templates_are_away(world: World) -> None:
    key = {"idempotency-key": secrets.token_hex(8)}
    first = await world.api.http.post("/v1/apps", json={"prompt": QUICK}, headers=key)
    await world.stack.kill("templates")
    try:
        again = await world.api.http.post("/v1/apps", json={"prompt": QUICK}, headers=key)
        new = await world.api.http.post("/v1/apps", json={"prompt": QUICK})
    finally:
        await world.stack.start("templates")
        await world.stack.wait_ready("templates")
    assert (again.status_code, again.content) == (202, first.content)
    assert (new.status_code, new.json()["code"]) == (503, "template_unavailable")


async def test_messages_deployments_rollbacks_and_restores(world: World) -> None:
    app, _ = await world.app()
    live = (await world.deployment(app)).deployment_id
    requests = [
        (f"/v1/apps/{app}/versions/0/restore", None, "versions"),
        (f"/v1/apps/{app}/deployments", {"environment": "production"}, "deployments"),
        (f"/v1/apps/{app}/deployments/{live}/rollback", None, "deployments"),
        (f"/v1/apps/{app}/messages", {"content": "Rename the heading to Once"}, "runs"),
    ]
    for path, body, things in requests:
        before = len((await world.api.get(f"/v1/apps/{app}/{things}"))["items"])
        key = {"idempotency-key": secrets.token_hex(8)}
        answers = [await world.api.http.post(path, json=body, headers=key) for _ in range(2)]
        assert answers[0].is_success, answers[0].text
        assert answers[0].content == answers[1].content
        assert answers[0].status_code == answers[1].status_code
        assert len((await world.api.get(f"/v1/apps/{app}/{things}"))["items"]) == before + 1


async def test_a_key_used_for_one_thing_does_not_serve_for_another(world: World) -> None:
    app, _ = await world.app()
    key = {"idempotency-key": secrets.token_hex(8)}
    path = f"/v1/apps/{app}/deployments"
    assert (await world.api.http.post(path, json={"environment": "staging"}, headers=key)).is_success
    for url, body in (
        (path, {"environment": "production"}),
        (f"/v1/apps/{app}/messages", {"content": "Rename the heading to Once"}),
        (f"/v1/apps/{app}/versions/0/restore", None),
    ):
        answer = await world.api.http.post(url, json=body, headers=key)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_conflict")


async def test_a_refused_request_leaves_its_key_free(world: World) -> None:
    key = {"idempotency-key": secrets.token_hex(8)}
    refused = await world.api.http.post("/v1/apps", json={"prompt": " "}, headers=key)
    assert refused.status_code == 422
    created = await world.api.http.post("/v1/apps", json={"prompt": QUICK}, headers=key)
    assert created.status_code == 202


async def test_keys_of_different_teams_do_not_meet(world: World) -> None:
    key = {"idempotency-key": secrets.token_hex(8)}
    ours = await world.api.http.post("/v1/apps", json={"prompt": QUICK}, headers=key)
    theirs = await world.other.http.post("/v1/apps", json={"prompt": QUICK}, headers=key)
    assert ours.json()["app"]["id"] != theirs.json()["app"]["id"]
    await world.other.http.delete(f"/v1/apps/{theirs.json()['app']['id']}")
