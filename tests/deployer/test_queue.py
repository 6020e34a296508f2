"""Whose deployment is next: kinds and apps take turns, and nothing is begun before its time."""

import asyncio
from collections.abc import AsyncIterator, Collection
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import delete

import deployer.main
from common.clock import utcnow
from common.contracts import DeploymentState
from common.database import Database
from common.ids import new_app_id, new_id
from common.keyring import Sealed
from deployer.db import deployments, environments, queue, secrets
from deployer.db.models import Deployment, Environment
from deployer.db.queue import Keys
from deployer.domain.deployment import Kind
from deployer.domain.secrets import Public
from deployer.usecases.slots import DeploymentSlots

NOW = utcnow()


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "deployer")
    try:
        await database.migrate(deployer.main.MIGRATIONS)
        async with database.begin() as session:
            await session.execute(delete(Deployment))
            await session.execute(delete(Environment))
        yield database
    finally:
        await database.close()


async def ask(
    db: Database, age: float, environment: str = "preview", app: str | None = None, **fields: Any
) -> str:
    """A deployment that could have gone live for `age` seconds; its app's id."""
    app = app or new_app_id()
    usual = {"state": DeploymentState.PENDING, "pending_at": NOW - timedelta(seconds=age)}
    row = Deployment(id=new_id("dep"), app_id=app, environment=environment, version=1, **{**usual, **fields})
    async with db.begin() as session:
        await environments.lock(session, app, environment)
        session.add(row)
    return app


async def order(
    db: Database, *, after: Kind | None = None, full: Collection[Kind] = (), keys: Keys | None = None
) -> list[str]:
    """All apps in the order in which a deployer begins their deployments when none ends meanwhile."""
    begun: list[str] = []
    while True:
        async with db.begin() as session:
            found = await queue.next_environment(session, after=after, full=full, keys=keys)
            if found is None:
                return begun
            await environments.claim(session, *found, 60)
        begun.append(found[0])
        after = Kind.of(found[1])


async def test_the_one_that_waits_longest_is_next(db: Database) -> None:
    young, old = await ask(db, 1), await ask(db, 2)
    assert await order(db) == [old, young]


@pytest.mark.parametrize("environment", ["production", "staging"])
async def test_a_flood_of_previews_and_what_people_deploy_take_turns(db: Database, environment: str) -> None:
    previews = [await ask(db, 100 - n) for n in range(5)]
    first, second = await ask(db, 2, environment), await ask(db, 1, environment)
    assert await order(db) == [previews[0], first, previews[1], second, *previews[2:]]


async def test_a_flood_of_production_deployments_does_not_delay_a_preview(db: Database) -> None:
    flood = [await ask(db, 100 - n, "production") for n in range(3)]
    preview = await ask(db, 1)
    assert await order(db, after=Kind.PREVIEW) == [flood[0], preview, *flood[1:]]


async def test_a_kind_that_has_its_share_is_passed_over(db: Database) -> None:
    preview, production = await ask(db, 2), await ask(db, 1, "production")
    assert await order(db, full=list(Kind)) == []
    assert await order(db, full=[Kind.PREVIEW]) == [production]
    assert await order(db, full=[Kind.RELEASE]) == [preview]


async def test_neither_kind_ever_has_all_slots() -> None:
    slots = DeploymentSlots(3)
    for kind in (Kind.PREVIEW, Kind.PREVIEW, Kind.RELEASE):
        assert slots.free
        assert kind not in slots.full
        slots.take(asyncio.sleep(3600), kind)
    assert (slots.free, slots.full) == (False, frozenset({Kind.PREVIEW}))
    await slots.close()
    assert slots.full == set()


async def test_an_app_with_many_requests_does_not_delay_another(db: Database) -> None:
    busy = await ask(
        db, 100, state=DeploymentState.DEPLOYED, deploying_at=NOW - timedelta(seconds=1), finished_at=NOW
    )
    await ask(db, 99, app=busy)
    other = await ask(db, 50)
    assert await order(db) == [other, busy]


async def test_one_deployment_of_an_environment_at_a_time(db: Database) -> None:
    app = await ask(db, 2)
    await ask(db, 1, app=app)
    assert await order(db) == [app]


async def test_none_is_begun_before_its_pause_is_over(db: Database) -> None:
    await ask(db, 9, state=DeploymentState.DEPLOYING, retry_at=utcnow() + timedelta(hours=1))
    ready = await ask(db, 1, retry_at=utcnow() - timedelta(hours=1))
    assert await order(db) == [ready]


async def test_one_that_waits_keeps_no_later_one_of_its_environment_waiting(db: Database) -> None:
    waiting = await ask(db, 9, state=DeploymentState.DEPLOYING, retry_at=utcnow() + timedelta(hours=1))
    await ask(db, 8, app=waiting)
    assert await order(db) == [waiting]
    async with db.begin() as session:
        ready = await deployments.next_ready(session, waiting, "preview")
    assert ready is not None
    assert ready.retry_at is None


async def test_a_dead_deployers_environment_has_its_turn_again(db: Database) -> None:
    app = await ask(db, 1, state=DeploymentState.DEPLOYING)
    async with db.begin() as session:
        environment = await session.get_one(Environment, (app, "preview"))
        environment.lease_until = utcnow() - timedelta(seconds=1)
    assert await order(db) == [app]


async def test_nothing_is_begun_of_what_is_final_being_built_or_deleted(db: Database) -> None:
    for state in (DeploymentState.BUILDING, DeploymentState.DEPLOYED, DeploymentState.FAILED):
        await ask(db, 1, state=state)
    deleted = await ask(db, 1)
    async with db.begin() as session:
        (await session.get_one(Environment, (deleted, "preview"))).deleting = True
    assert await order(db) == []


async def test_two_deployers_never_begin_the_same(db: Database) -> None:
    first, second = await ask(db, 2), await ask(db, 1)
    async with db.begin() as one, db.begin() as other:
        mine = await queue.next_environment(one)
        theirs = await queue.next_environment(other)
    assert [mine, theirs] == [(first, "preview"), (second, "preview")]


async def test_what_needs_a_key_that_a_deployer_lacks_is_left_to_others_for_a_while(db: Database) -> None:
    needy, waiting, free = await ask(db, 3), await ask(db, 9000), await ask(db, 1)
    delayed = await ask(db, 9000, state=DeploymentState.DEPLOYING, retry_at=utcnow() - timedelta(seconds=1))
    for app in (needy, waiting, delayed):
        async with db.begin() as session:
            await secrets.put(session, app, "preview", "S", Sealed("2", b""))
    async with db.begin() as session:
        await secrets.put(session, free, "production", "S", Sealed("2", b""))
        await secrets.put(session, free, "preview", "S", Public("1"))
    assert await order(db, keys=Keys(["1"], 3000)) == [waiting, free], (
        "one that nobody takes is to be told of"
    )
    assert await order(db, keys=Keys(["2", "1"], 3000)) == [delayed, needy]


async def test_those_that_wait_are_counted_by_kind(db: Database) -> None:
    await ask(db, 30)
    await ask(db, 99, state=DeploymentState.DEPLOYING, retry_at=utcnow() + timedelta(hours=1))
    await ask(db, 900_000, "staging", state=DeploymentState.DEPLOYING)
    await ask(db, 900_000, "production", state=DeploymentState.DEPLOYED)
    await ask(db, 10, "production")
    async with db.begin() as session:
        waiting = await queue.waiting(session)
    assert {kind: count for kind, (count, _) in waiting.items()} == {Kind.PREVIEW: 2, Kind.RELEASE: 1}
    assert waiting[Kind.PREVIEW][1] >= 99
    assert 10 <= waiting[Kind.RELEASE][1] < 900_000
