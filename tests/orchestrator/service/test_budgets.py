"""Budgets hold, however many runs there are at once and whatever dies, and people hear of them in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from httpx import Response
from sqlalchemy import func, select, text

from common.contracts import BudgetAlerted
from common.messaging.consumer import Delivery, Subscription, consume
from common.messaging.streams import BUDGET_ALERT_SUBJECT, EVENTS, Consumer
from orchestrator.db.models import App, MonthlyUsage, Run, Turn
from orchestrator.db.turns import USAGE_FIELDS
from tests.orchestrator.service.tuned import tuned
from tests.orchestrator.service.world import QUICK, SECONDS, World
from tests.system.api import Api

pytestmark = [pytest.mark.xdist_group("orchestrator-shares"), pytest.mark.asyncio(loop_scope="session")]

SILENT = "A list of birds [[script:silent]]"
MONTH_AGO = "UPDATE turns SET started_at = started_at - interval '1 month' WHERE run_id = :run"
ALERTS = Consumer("tests-budget-alerts", EVENTS, BUDGET_ALERT_SUBJECT)
TENTH = 10


async def test_a_run_ends_with_its_apps_budget_and_begins_anew_with_the_month(world: World) -> None:
    app, _ = await world.app()
    heard: list[BudgetAlerted] = []
    async with listening(world, heard):
        limit = (await budget(world.api, app, "tokens"))["used"] + 1
        await patch(world.api, f"/v1/apps/{app}", tokens=limit)
        run = await world.api.send(app, "Turn it on [[script:pause]]")
        final = await world.api.ended(app, run)
        assert (final["state"], final["error_code"], final["draft"]) == ("failed", "budget_exhausted", True)
        assert "The app's budget for " in final["error_message"]
        alerts = [event.data for event in await world.api.log(app) if event.type == "budget.alert"]
        assert [(alert["scope"], alert["unit"], alert["threshold"]) for alert in alerts] == [
            ("app", "tokens", 80),
            ("app", "tokens", 100),
        ]
        async with asyncio.timeout(SECONDS):
            while len([one for one in heard if one.app_id == app]) < 2:
                await asyncio.sleep(0.05)
    assert {(one.run_id, one.limit, one.used) for one in heard} == {(run, limit, alerts[0]["used"])}

    refused = await world.api.http.post(f"/v1/apps/{app}/messages", json={"content": QUICK})
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (402, "budget_exhausted")
    assert (problem["budget"], problem["unit"], problem["limit"]) == ("app", "tokens", limit)
    shown = await budget(world.api, app, "tokens")
    assert (shown["limit"], shown["used"], shown["reserved"]) == (limit, problem["used"], 0)
    assert problem["resets_at"].startswith(shown["resets_at"][:10])
    assert problem["used"] >= limit

    for earlier in (await world.api.get(f"/v1/apps/{app}/runs"))["items"]:
        await execute(world, MONTH_AGO, run=earlier["id"])
    assert (await budget(world.api, app, "tokens"))["used"] == 0
    await world.api.send(app, QUICK)
    await world.live(app, 2)
    await delete(world.api, app)


async def test_ten_runs_at_once_overrun_a_budget_by_one_request_at_most(world: World) -> None:
    first, run = await world.other.create_app(QUICK)
    await world.live(first)
    await world.other.succeeded(first, run)
    spent = (await budget(world.other, None, "microdollars"))["used"]
    limit = 4 * spent
    await patch(world.other, "/v1/me", microdollars=limit)
    try:
        made = [await world.other.create_app(QUICK) for _ in range(TENTH)]
        ends = [await at_rest(world, run) for _, run in made]
        used = (await budget(world.other, None, "microdollars"))["used"]
        assert limit <= used <= limit + await dearest(world, [run for _, run in made])
        exhausted = ("failed", "budget_exhausted")  # all ten, if each had one turn before any had two
        assert exhausted in ends
        assert set(ends) <= {("checking", None), exhausted}
        refused = await world.other.http.post("/v1/apps", json={"prompt": QUICK})
        assert (refused.status_code, refused.json()["budget"]) == (402, "team")
        theirs, mine = await world.api.create_app(QUICK), made
        await delete(world.api, theirs[0])
        await delete(world.other, first, *(app for app, _ in mine))
    finally:
        await patch(world.other, "/v1/me", microdollars=None)
    await assert_no_drift(world)


async def test_what_was_reserved_is_free_again_after_a_crash(world: World) -> None:
    app, run = await world.api.create_app(SILENT)
    await requested(world, run)
    shown = await budget(world.api, app, "microdollars")
    assert shown["reserved"] > 0
    await world.stack.kill("orchestrator")
    await assert_no_drift(world)
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
    await world.live(app)
    await world.api.succeeded(app, run)
    after = await budget(world.api, app, "microdollars")
    assert (after["reserved"], after["used"] > shown["used"]) == (0, True)
    await assert_no_drift(world)


async def test_a_run_has_a_budget_of_its_own_and_a_team_none_beyond_the_operators(world: World) -> None:
    async with tuned(world, RUN_BUDGET_TOKENS="1", TEAM_BUDGET_TOKENS=str(10**12)):
        over = await world.api.http.patch("/v1/me", json={"budget": {"tokens": 10**12 + 1}})
        assert (over.status_code, over.json()["code"]) == (422, "budget_over_cap")
        app, run = await world.api.create_app(QUICK)
        final = await world.api.ended(app, run)
        assert (final["error_code"], final["draft"]) == ("budget_exhausted", True)
        assert "the next message goes on from there" in final["error_message"]
        again = await world.api.ended(app, await world.api.send(app, QUICK))
        assert again["draft_run_id"] == run
        limits = {one["unit"]: one["limit"] for one in (await world.api.get("/v1/usage"))["budgets"]}
        assert limits == {"microdollars": None, "tokens": 10**12}


@pytest.mark.parametrize(
    "value", ["-1", "1e30", "NaN", "Infinity", "1.5", "9007199254740992", '"7"', "true", "[]", "{}"]
)
async def test_a_budget_is_a_whole_number_that_all_can_read(world: World, value: str) -> None:
    app = (await world.api.get("/v1/apps"))["items"][0]["id"]
    for path in (f"/v1/apps/{app}", "/v1/me"):
        before = await world.api.get(path)
        for unit in ("tokens", "microdollars"):
            body = f'{{"budget": {{"{unit}": {value}}}}}'
            answer = await world.api.http.patch(
                path, content=body, headers={"content-type": "application/json"}
            )
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.text
        assert await world.api.get(path) == before


async def test_a_limit_is_set_kept_and_taken_away(world: World) -> None:
    app = (await world.api.get("/v1/apps"))["items"][0]["id"]
    for path in (f"/v1/apps/{app}", "/v1/me"):
        await patch(world.api, path, tokens=2**53 - 1, microdollars=10**15)
        assert (await patch(world.api, path, tokens=None))["budget"] == {
            "tokens": None,
            "microdollars": 10**15,
        }
        assert (await world.api.get(path))["budget"]["microdollars"] == 10**15
        await patch(world.api, path, microdollars=None)
    named = await world.api.http.patch(f"/v1/apps/{app}", json={"name": "Birds"})
    assert (named.json()["name"], named.json()["budget"]) == ("Birds", {"tokens": None, "microdollars": None})


async def budget(api: Api, app: str | None, unit: str) -> dict[str, Any]:
    """Of this month: the app's, or the team's."""
    usage = await api.get(f"/v1/apps/{app}/usage" if app else "/v1/usage")
    scope = "app" if app else "team"
    (found,) = (one for one in usage["budgets"] if (one["scope"], one["unit"]) == (scope, unit))
    return dict(found)


async def patch(api: Api, path: str, **limits: int | None) -> dict[str, Any]:
    answer: Response = await api.http.patch(path, json={"budget": limits})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def at_rest(world: World, run: str) -> tuple[str, str | None]:
    """The run's state and error, once it waits for its build or has ended."""
    async with asyncio.timeout(SECONDS):
        while True:
            found = await world.other.get(f"/v1/runs/{run}")
            if found["state"] in {"checking", "failed"}:
                return found["state"], found["error_code"]
            await asyncio.sleep(0.1)


async def dearest(world: World, runs: list[str]) -> int:
    """What the dearest request of these runs has cost."""
    database = world.database()
    async with database.begin() as session:
        found = await session.scalar(select(func.max(Turn.cost_microdollars)).where(Turn.run_id.in_(runs)))
    await database.close()
    return found or 0


async def requested(world: World, run: str) -> None:
    """Until the run's request is on its way."""
    database = world.database()
    try:
        async with asyncio.timeout(SECONDS):
            while True:
                async with database.begin() as session:
                    query = select(Turn.id).where(Turn.run_id == run, Turn.state == "requested")
                    if await session.scalar(query) is not None:
                        return
                await asyncio.sleep(0.02)
    finally:
        await database.close()


async def assert_no_drift(world: World) -> None:
    """The totals of each month and app are the sums of its turns."""
    is_open = Turn.state.in_(("requested", "started"))
    billed = (Turn.billing_class == "user") & ~is_open
    tokens = sum((getattr(Turn, name) for name in USAGE_FIELDS[1:]), start=getattr(Turn, USAGE_FIELDS[0]))
    month = func.date_trunc("month", func.timezone("UTC", Turn.started_at))
    kept = (
        MonthlyUsage.microdollars, MonthlyUsage.tokens, MonthlyUsage.reserved_microdollars,
        MonthlyUsage.reserved_tokens,
    )  # fmt: skip
    sums = [
        func.coalesce(func.sum(value).filter(which), 0)
        for value, which in (
            (Turn.cost_microdollars, billed), (tokens, billed), (Turn.reserved_microdollars, is_open),
            (Turn.reserved_tokens, is_open),
        )
    ]  # fmt: skip
    database = world.database()
    async with database.begin() as session:
        totals = (await session.execute(select(MonthlyUsage.app_id, MonthlyUsage.month, *kept))).all()
        turns = select(App.id, month, *sums).join(Run, Run.app_id == App.id).join(Turn, Turn.run_id == Run.id)
        ledger = (await session.execute(turns.group_by(App.id, month))).all()
    await database.close()
    ledgered = {(app, when.date()): tuple(map(int, amounts)) for app, when, *amounts in ledger}
    shown = {(app, when): tuple(amounts) for app, when, *amounts in totals if any(amounts)}
    assert shown == {key: amounts for key, amounts in ledgered.items() if any(amounts)}
    assert shown


@asynccontextmanager
async def listening(world: World, heard: list[BudgetAlerted]) -> AsyncIterator[None]:
    """Collects the alerts that other services hear meanwhile."""

    async def hear(delivery: Delivery[BudgetAlerted]) -> None:
        heard.append(delivery.message)

    await world.bus.connect()
    await world.bus.jetstream.add_consumer(
        EVENTS.name, durable_name=ALERTS.name, filter_subject=ALERTS.subject, ack_policy="explicit"
    )
    hearing = asyncio.create_task(consume(world.bus, Subscription(ALERTS, BudgetAlerted, hear)))
    try:
        yield
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await world.bus.jetstream.delete_consumer(EVENTS.name, ALERTS.name)


async def delete(api: Api, *apps: str) -> None:
    for app in apps:
        assert (await api.http.delete(f"/v1/apps/{app}")).status_code == 202


async def execute(world: World, statement: str, **values: Any) -> None:
    database = world.database()
    async with database.begin() as session:
        await session.execute(text(statement), values)
    await database.close()
