"""Runs that end without a build: answers, plans, questions, and models that get nowhere."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from tests.orchestrator.service.world import QUICK, World

pytestmark = [pytest.mark.xdist_group("orchestrator-endings"), pytest.mark.asyncio(loop_scope="session")]

ASKS = "A booking page [[script:asks]]"


async def test_a_question_gets_an_answer_and_no_build(world: World) -> None:
    app, _ = await world.app()
    files = await world.api.get(f"/v1/apps/{app}/files")
    run = await world.api.send(app, "Which pages are there?")
    final = await world.api.ended(app, run)
    assert (final["state"], final["version"], final["build_id"]) == ("answered", None, None)
    assert final["error_code"] is None
    assert "pages are Home" in final["summary"]
    await assert_answered(world, app, run, "reply", final["summary"])
    assert await world.api.get(f"/v1/apps/{app}/files") == files
    assert (await world.api.get(f"/v1/apps/{app}/usage"))["billable_microdollars"] > 0


async def test_mere_text_is_an_answer_when_the_model_stays_with_it(world: World) -> None:
    app, _ = await world.app()
    run = await world.api.send(app, "Which colour is it? [[script:answers-in-text]]")
    final = await world.api.ended(app, run)
    assert (final["state"], final["summary"]) == ("answered", "The main colour is green.")
    assert len(await requests_of(world, "answers-in-text")) == 2  # asked once to go on
    await assert_answered(world, app, run, "reply", "The main colour is green.")


@pytest.mark.parametrize("script", ["finishes-empty", "answers-in-text"])
async def test_a_new_app_is_never_answered_with_words(world: World, script: str) -> None:
    app, run = await world.api.create_app(f"A list of birds [[script:{script}]]")
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "model_gave_up")
    refused = [event.data for event in await world.api.log(app) if event.type == "tool.called"]
    if script == "finishes-empty":
        assert [called["ok"] for called in refused] == [False, False]
        assert "as the template has it" in refused[0]["message"]
    again = await world.api.send(app, QUICK)
    await world.live(app)
    assert (await world.api.succeeded(app, again))["version"] == 1


async def test_a_model_that_repeats_itself_is_told_and_then_stopped(world: World) -> None:
    app, _ = await world.app()
    run = await world.api.send(app, "Look around [[script:goes-in-circles]]")
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"]) == ("failed", "model_gave_up")
    assert "repeated the same step" in final["error_message"]
    called = [e.data for e in await world.api.log(app) if e.type == "tool.called" and e.data["run_id"] == run]
    assert [one["ok"] for one in called] == [True, True, False, True]
    assert "three times" in called[2]["message"]


async def test_a_plan_is_written_down_and_can_be_built(world: World) -> None:
    created = await world.api.post("/v1/apps", {"prompt": "A list of birds", "mode": "plan"})
    app, run = created["app"]["id"], created["run"]["id"]
    final = await world.api.ended(app, run)
    assert (final["state"], final["mode"], final["version"]) == ("answered", "plan", None)
    assert "a list of birds" in final["summary"].lower()
    await assert_answered(world, app, run, "plan", final["summary"])
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 0
    build = await world.api.send(app, f"Go ahead: {QUICK}")
    await world.live(app)
    assert (await world.api.succeeded(app, build))["mode"] == "build"


@pytest.mark.parametrize("mode", ["plan", "ask"])
async def test_no_file_is_written_in_other_modes_whatever_the_model_does(world: World, mode: str) -> None:
    app, _ = await world.app()
    files = await world.api.get(f"/v1/apps/{app}/files")
    run = await world.api.send(app, "A page for birds [[script:writes-anyway]]", mode)
    final = await world.api.ended(app, run)
    assert (final["state"], final["summary"]) == ("answered", "First a page for birds, then a form.")
    [refused] = [
        event.data
        for event in await world.api.log(app)
        if event.type == "tool.called" and event.data["run_id"] == run and event.data["tool"] == "create_file"
    ]
    assert f"mode of this request is {mode}" in refused["message"]
    assert await world.api.get(f"/v1/apps/{app}/files") == files
    assert len(world.builds(app)) == 1


async def test_questions_are_answered_and_the_work_begins_with_them(world: World) -> None:
    app, run = await world.api.create_app(ASKS)
    waiting = await world.api.ended(app, run)
    questions = [
        {"text": "What is the main colour?", "choices": ["Green", "Blue"]},
        {"text": "Who uses it?", "choices": []},
    ]
    assert (waiting["state"], waiting["questions"]) == ("waiting", questions)
    last = (await world.api.log(app))[-1]
    assert (last.type, last.data["questions"]) == ("run.waiting", questions)
    asked = (await messages(world, app))[-1]
    assert (asked["type"], asked["id"]) == ("question", last.data["message_id"])
    assert asked["content"].startswith("1. What is the main colour?\n   - Green")
    created = await world.api.post(f"/v1/runs/{run}/answers", {"answers": ["Blue", "My club"]})
    assert created["message"]["content"] == "1. What is the main colour?\nBlue\n2. Who uses it?\nMy club"
    await world.live(app)
    await world.api.succeeded(app, created["run"]["id"])
    written = await world.api.http.get(f"/v1/apps/{app}/files/src/lib/answers.ts")
    assert "Who uses it?" in written.text
    assert "My club" in written.text
    assert (await world.api.get(f"/v1/runs/{run}"))["state"] == "waiting"


async def test_questions_may_be_answered_in_words_and_hold_nothing_up(world: World) -> None:
    app, run = await world.api.create_app(ASKS)
    await world.api.ended(app, run)
    answered = await world.api.send(app, "Blue, for my club")
    await world.live(app)
    await world.api.succeeded(app, answered)
    written = await world.api.http.get(f"/v1/apps/{app}/files/src/lib/answers.ts")
    assert "Blue, for my club" in written.text
    refused = await world.api.http.post(f"/v1/runs/{run}/answers", json={"answers": ["Blue", "Me"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "run_not_waiting")
    late = await world.api.http.post(f"/v1/runs/{run}/cancel")
    assert (late.status_code, late.json()["code"]) == (409, "run_not_cancellable")


async def test_questions_that_are_withdrawn_are_no_more_of_the_conversation(world: World) -> None:
    app, run = await world.api.create_app(ASKS)
    await world.api.ended(app, run)
    assert (await world.api.post(f"/v1/runs/{run}/cancel"))["state"] == "cancelled"
    await world.api.event(app, lambda event: event.type == "run.cancelled")
    refused = await world.api.http.post(f"/v1/runs/{run}/answers", json={"answers": ["Blue", "Me"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "run_not_waiting")
    again = await world.api.send(app, QUICK)
    await world.live(app)
    await world.api.succeeded(app, again)
    assert "<your_questions>" not in await first_message(world, again)


async def test_questions_that_are_too_many_or_come_too_late_are_refused(world: World) -> None:
    app, run = await world.api.create_app("A list [[script:asks-badly]]")
    await world.live(app)
    final = await world.api.succeeded(app, run)
    assert (final["summary"], final["questions"]) == ("A note without an answer.", None)
    asked = [e.data for e in await world.api.log(app) if e.type == "tool.called" and e.data["tool"] == "ask"]
    assert [one["ok"] for one in asked] == [False, False]


async def test_strangers_and_wrong_words_are_refused(world: World) -> None:
    app, run = await world.api.create_app(ASKS)
    await world.api.ended(app, run)
    done, finished = await world.app()
    answers = {"answers": ["Blue", "Me"]}

    async def refused(path: str, body: dict[str, Any], *, other: bool = False) -> tuple[int, str]:
        http = (world.other if other else world.api).http
        answer = await http.post(path, json=body)
        return answer.status_code, answer.json()["code"]

    assert await refused(f"/v1/runs/{run}/answers", answers, other=True) == (404, "run_not_found")
    assert await refused(f"/v1/runs/{finished}/answers", answers) == (409, "run_not_waiting")
    assert await refused(f"/v1/runs/{run}/answers", {"answers": ["Blue"]}) == (422, "answers_mismatch")
    for wrong in (None, [], ["", "b"], ["a", "b\0"], ["a"] * 4, ["a", "b" * 2_001], {"a": "b"}, [1, 2]):
        body = {"answers": wrong}
        assert await refused(f"/v1/runs/{run}/answers", body) == (422, "invalid_request"), wrong
    for mode in ("write", "", None, 1, ["plan"], "BUILD"):
        message = {"content": "Hello", "mode": mode}
        assert await refused(f"/v1/apps/{done}/messages", message) == (422, "invalid_request"), mode
    assert await refused("/v1/apps", {"prompt": "A list", "mode": "ask"}) == (422, "invalid_request")
    assert len((await world.api.get(f"/v1/apps/{app}/runs"))["items"]) == 1


async def test_the_same_answers_twice_at_once_begin_one_run(world: World) -> None:
    app, run = await world.api.create_app(ASKS)
    await world.api.ended(app, run)
    path, body = f"/v1/runs/{run}/answers", {"answers": ["Blue", "Me"]}
    sent = await asyncio.gather(*(world.api.http.post(path, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in sent) == [202, 409, 409, 409]
    await world.live(app)
    assert len((await world.api.get(f"/v1/apps/{app}/runs"))["items"]) == 2


async def assert_answered(world: World, app: str, run: str, kind: str, words: str) -> None:
    """The run's last event and the chat's last message have the words; nothing was built for them."""
    [*before, last] = [event for event in await world.api.log(app) if event.data["run_id"] == run]
    assert last.type == "run.answered"
    assert (last.data["message_type"], last.data["text"]) == (kind, words)
    message = (await messages(world, app))[-1]
    assert (message["id"], message["run_id"]) == (last.data["message_id"], run)
    assert (message["type"], message["role"], message["content"]) == (kind, "assistant", words)
    assert not {event.type for event in before} & {"build.started", "deploy.started", "file.written"}
    assert not [asked for asked in world.builds(app) if asked.run_id == run]


async def messages(world: World, app: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    return items


async def requests_of(world: World, script: str) -> list[dict[str, Any]]:
    return await world.model_requests(script)


async def first_message(world: World, run: str) -> str:
    database = world.database()
    async with database.begin() as session:
        found = await session.scalar(text("SELECT first_message FROM runs WHERE id = :id"), {"id": run})
    await database.close()
    return str(found)
