"""Upgrades at the same time, too often, or of what has changed meanwhile; and what else a team has free."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import select, text, update

from common.clock import utcnow
from common.conditions import Preconditions
from common.contracts import RunState
from common.contracts.templates import Changes, TemplateRef, TemplateRelease
from common.database import Database
from common.messaging.outbox import Outbox
from common.messaging.publisher import Bus
from orchestrator.clients.model.pricing import Pricing
from orchestrator.db import apps, models, runs, turns
from orchestrator.db.models import App, Run, Turn
from orchestrator.domain.budgets import Caps
from orchestrator.errors import AlreadyCurrent, RunActive, UpgradeLimit, VersionConflict
from orchestrator.usecases.files import write_file
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Resources, Shares
from orchestrator.usecases.runs import aside
from orchestrator.usecases.runs.reconcile import resend_runs
from orchestrator.usecases.runs.upgrades import merged_for
from orchestrator.usecases.upgrade import request_upgrade
from tests.orchestrator.service import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

UPGRADES, ASIDES = 2, 2
OLD, NEW = (
    TemplateRelease(TemplateRef.parse(f"t@{version}"), "0" * 64, (), {"src/a.ts": version.encode()})
    for version in ("1.0.0", "1.1.0")
)


class Releases:
    """Both, in memory."""

    async def find(self, _name: str, _wanted: str) -> TemplateRef:
        return NEW.ref

    async def get(self, ref: TemplateRef) -> TemplateRelease:
        return {OLD.ref: OLD, NEW.ref: NEW}[ref]

    async def changes(self, _base: TemplateRef, _target: TemplateRef) -> Changes:
        return Changes()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def resources(postgres_url: str) -> AsyncIterator[Resources]:
    async with rows.migrated(postgres_url) as db:
        outbox = Outbox(db, Bus(SecretStr("nats://127.0.0.1:9"), "tests"), models.Outbox, "tests")
        shares = Shares(None, 100, 600, Caps(), UPGRADES, ASIDES)
        found = SimpleNamespace(
            db=db, outbox=outbox, shares=shares, templates=Releases(), pricing=Pricing(),
            limits=SimpleNamespace(max_seconds=1800.0),
        )  # fmt: skip
        yield cast("Resources", found)


async def app_of(db: Database, team: str | None = None) -> App:
    app_id = await rows.add_app(db)
    await rows.add_version(db, app_id, b"mine")
    async with db.begin() as session:
        if team is not None:
            await session.execute(update(App).where(App.id == app_id).values(team_id=team))
        app = await session.get_one(App, app_id)
        session.expunge(app)
    return app


async def upgrade(resources: Resources, app: App, *, limited: bool = True) -> str:
    """The id of the run."""
    found: list[str] = []

    def present(run: Run, **_: Any) -> dict[str, Any]:
        found.append(run.id)
        return {}

    once = Idempotency(app.team_id, None, "", present)
    await request_upgrade(resources=resources, app=app, to="stable", idempotency=once, limited=limited)
    return found[0]


async def begun(resources: Resources, *wanted: App) -> Counter[str]:
    """How it went when all are upgraded at once."""
    asked = (upgrade(resources, app) for app in wanted)
    ended = await asyncio.gather(*asked, return_exceptions=True)
    return Counter("run" if isinstance(one, str) else type(one).__name__ for one in ended)


async def end(db: Database, run: str, *, worked_on: bool) -> None:
    async with db.begin() as session:
        await session.execute(update(Run).where(Run.id == run).values(state=RunState.FAILED))
        if worked_on:
            turns.add_turn(
                session, run_id=run, seq=1, billing_class="platform", model=rows.MODEL, usage=rows.USAGE,
                cost_microdollars=7,
            )  # fmt: skip


async def test_of_an_apps_upgrades_at_once_one_begins_and_five_a_day(resources: Resources) -> None:
    app = await app_of(resources.db)
    for _ in range(4):
        await end(resources.db, await upgrade(resources, app), worked_on=False)
    assert await begun(resources, *[app] * 4) == {"run": 1, "RunActive": 3}
    with pytest.raises(RunActive):
        await upgrade(resources, app)
    async with resources.db.begin() as session:
        [active] = await session.scalars(select(Run.id).where(Run.app_id == app.id, Run.state == "queued"))
    await end(resources.db, active, worked_on=False)
    with pytest.raises(UpgradeLimit, match="upgraded 5 times within a day") as limited:
        await upgrade(resources, app)
    assert 0 < (limited.value.retry_after or 0) <= 24 * 3600
    assert await upgrade(resources, app, limited=False)  # who runs the platform decides for himself


async def test_so_many_of_a_teams_upgrades_a_model_works_on_in_a_day(resources: Resources) -> None:
    first = await app_of(resources.db)
    others = [await app_of(resources.db, first.team_id) for _ in range(4)]
    assert await begun(resources, first, *others) == {"run": UPGRADES, "UpgradeLimit": 3}
    async with resources.db.begin() as session:
        mine = select(App.id).where(App.team_id == first.team_id)
        under_way = list(await session.scalars(select(Run.id).where(Run.app_id.in_(mine))))
    await end(resources.db, under_way[0], worked_on=False)
    await end(resources.db, under_way[1], worked_on=True)
    last = await app_of(resources.db, first.team_id)
    await end(resources.db, await upgrade(resources, last), worked_on=True)
    with pytest.raises(UpgradeLimit, match="worked on 2 upgrades of the team's apps") as limited:
        await upgrade(resources, last)
    assert limited.value.context["limit"] == UPGRADES
    await upgrade(resources, await app_of(resources.db))  # another team's


async def test_new_apps_have_so_many_short_requests_in_a_day(resources: Resources) -> None:
    app = await app_of(resources.db)
    other = await app_of(resources.db, app.team_id)

    async def may(kind: str, of: App) -> bool:
        async with resources.db.begin() as session:
            return await aside.may_ask(session, resources, of.id, kind)

    assert [await may(turns.CHOICE, app), await may(turns.NAMING, app)] == [True] * ASIDES
    assert [await may(turns.CHOICE, other), await may(turns.NAMING, other)] == [False, False]
    assert await may(turns.CHOICE, await app_of(resources.db))


@pytest.mark.parametrize(
    ("minutes", "state", "code", "paid"),
    [
        (20, "done", "run_too_long", "user"),
        (20, "started", "run_too_long", "user"),
        (10, "done", "run_timed_out", "platform"),
        (20, "lost", "run_timed_out", "platform"),
    ],
)
async def test_what_keeps_the_model_at_work_until_the_run_is_over_is_not_free(
    resources: Resources, minutes: int, state: str, code: str, paid: str
) -> None:
    app, now = await app_of(resources.db), utcnow()
    run = await rows.add_run(resources.db, app.id, ended=None, state="generating")
    async with resources.db.begin() as session:
        await session.execute(update(App).where(App.id == app.id).values(event_seq=3))
        of_run = {"started_at": now - timedelta(minutes=40), "base_version": 0, "lease_until": None}
        await session.execute(update(Run).where(Run.id == run).values(of_run))
        ended = None if state == "started" else now
        of_turn = {"started_at": now - timedelta(minutes=minutes), "finished_at": ended, "state": state}
        await session.execute(update(Turn).where(Turn.run_id == run).values(of_turn))
    await resend_runs(resources)
    async with resources.db.begin() as session:
        failed = await session.get_one(Run, run)
        assert (failed.state, failed.error_code) == ("failed", code)
        assert set(await session.scalars(select(Turn.billing_class).where(Turn.run_id == run))) == {paid}


async def test_an_upgrade_does_not_take_back_a_newer_version_restored_meanwhile(resources: Resources) -> None:
    app = await app_of(resources.db)
    run = await upgrade(resources, app)
    async with resources.db.begin() as session:
        await session.execute(update(App).where(App.id == app.id).values(template=NEW.ref))
        await session.execute(update(Run).where(Run.id != run).values(state=RunState.FAILED))
        lease = await runs.claim(session, run, 60)
    assert lease is not None
    assert lease.run_id == run
    with pytest.raises(AlreadyCurrent, match=r"is t@1\.1\.0, which is not older"):
        await merged_for(resources, lease, NEW)


async def test_a_file_that_waits_for_an_upgrades_end_is_not_written_past_its_locks(
    resources: Resources,
) -> None:
    app = await app_of(resources.db)

    async def write() -> None:
        await write_file(
            resources=resources, app=app, path="src/b.ts", content=b"mine", preconditions=Preconditions()
        )

    async with resources.db.begin() as session:
        locked = await apps.lock_app(session, app.id)
        holder = await session.scalar(text("SELECT pg_backend_pid()"))
        writing = asyncio.create_task(write())
        await rows.someone_waits_for(resources.db, holder)
        locked.template = NEW.ref
    with pytest.raises(VersionConflict, match="foundation has changed"):
        await writing
