"""What is no longer kept goes, and nothing that anybody still needs goes with it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import Engine, event, select, text, update

from common.clock import utcnow
from common.contracts import TemplateRef, artifact_key, source_key, thumbnail_key
from common.database import Database
from common.ids import new_app_id, new_id
from common.metrics import RETENTION_REMOVED
from common.objects import ObjectStore
from common.retention import apply_rules
from common.settings import S3Settings
from dev.edge.launcher import running_edge
from orchestrator.db import events as event_store
from orchestrator.db import runs, turns
from orchestrator.db.models import App, Build, Deployment, Run, Turn, Upload
from orchestrator.db.runs import EarlierRuns
from orchestrator.domain.memory import EarlierRun
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.usecases.retention import Ages, rules
from tests.orchestrator.service import rows
from tests.patience import patiently

DAY = timedelta(days=1)
AGES = Ages(conversations=7 * DAY, events=30 * DAY, deployments=90 * DAY, sources=7 * DAY)


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    async with rows.migrated(postgres_url) as database:
        yield database


@pytest_asyncio.fixture
async def hurried(postgres_url: str) -> AsyncIterator[Database]:
    """Waits for nobody's lock."""
    database = Database(SecretStr(postgres_url), "orchestrator", lock_seconds=0.1)
    yield database
    await database.close()


@pytest_asyncio.fixture
async def store(tmp_path: Path) -> AsyncIterator[ObjectStore]:
    async with running_edge(tmp_path) as edge:
        settings = S3Settings(
            s3_endpoint_url=edge.s3_url,
            s3_access_key_id=SecretStr(edge.s3_access_key_id),
            s3_secret_access_key=SecretStr(edge.s3_secret_access_key),
        )
        async with ObjectStore(settings) as opened:
            await patiently(opened.ensure_bucket)
            yield opened


async def only(db: Database, *tables: str, store: ObjectStore | None = None, ages: Ages = AGES) -> None:
    """Applies the rules of these stores."""
    every = rules(ages, store)  # type: ignore[arg-type]  # the rules of tables need no bucket
    await apply_rules(db, {name: every[name] for name in tables})


async def test_a_conversation_goes_with_the_files_no_version_has(db: Database) -> None:
    app = await rows.add_app(db)
    await rows.add_version(db, app, b"kept")
    await rows.add_blob(db, app, b"written and written over")
    old = await rows.add_run(db, app, ended=utcnow() - 8 * DAY, state="failed")
    new = await rows.add_run(db, app, ended=utcnow() - 6 * DAY)
    before = RETENTION_REMOVED.labels("runs")._value.get()
    await only(db, "runs")
    async with db.begin() as session:
        runs = {run.id: run for run in await session.scalars(select(Run).where(Run.app_id == app))}
        kept = (await turns.conversation_of(session, await turns.turns_of(session, new))).values()
        gone = (await turns.conversation_of(session, await turns.turns_of(session, old))).values()
        cost = sum(turn.cost_microdollars or 0 for turn in await session.scalars(select(Turn)))
    assert (runs[old].prefix, runs[old].first_message, runs[old].tree) == (None, None, None)
    assert runs[new].first_message == "m"
    assert [len(turn.blocks) + len(turn.results) for turn in (*kept, *gone)] == [2, 0]
    assert cost == 14, "the accounts stay"
    assert await rows.blobs_of(db, app) == {b"kept"}
    assert RETENTION_REMOVED.labels("runs")._value.get() == before + 1


async def test_a_message_knows_those_before_it_after_their_conversations_are_gone(db: Database) -> None:
    app = await rows.add_app(db)
    old = await rows.add_run(db, app, ended=utcnow() - 8 * DAY, state="failed")
    new = await rows.add_run(db, app, ended=None, state="queued")
    async with db.begin() as session:
        await session.execute(update(Run).where(Run.id == old).values(error_message="It did not build."))
        await session.execute(update(Run).where(Run.id == new).values(state="succeeded"))
    await only(db, "runs")
    async with db.begin() as session:
        assert (await session.get_one(Run, old)).first_message is None
        before = await runs.earlier_runs(session, await session.get_one(Run, new), characters=100)
    assert before == EarlierRuns("r", [EarlierRun("r", "failed", "It did not build.", [], [], [])], 0)


async def test_a_draft_is_kept_as_long_as_it_can_be_gone_on_from(db: Database) -> None:
    app = await rows.add_app(db)
    await rows.add_run(db, app, ended=utcnow() - 8 * DAY)
    draft = await rows.add_run(db, app, ended=utcnow() - 6 * DAY, state="failed")
    await rows.add_blob(db, app, b"of the draft")
    async with db.begin() as session:
        run = await session.get_one(Run, draft)
        run.draft, run.tree = True, Tree({"src/a.ts": FileRef.of(b"of the draft")}).to_json()
    await only(db, "runs")
    assert await rows.blobs_of(db, app) == {b"of the draft"}
    async with db.begin() as session:
        (await session.get_one(Run, draft)).finished_at = utcnow() - 8 * DAY
    await only(db, "runs")
    assert await rows.blobs_of(db, app) == set()
    assert await rows.count(db, "runs", app_id=app, draft=True) == 0


async def test_an_app_at_work_keeps_all_it_may_be_about_to_refer_to(db: Database) -> None:
    app = await rows.add_app(db)
    await rows.add_run(db, app, ended=utcnow() - 8 * DAY)
    working = await rows.add_run(db, app, ended=None, state="generating")
    await rows.add_blob(db, app, b"about to be part of a version")
    await only(db, "runs")
    assert len(await rows.blobs_of(db, app)) == 1
    async with db.begin() as session:
        run = await session.get_one(Run, working)
        run.state, run.finished_at = "succeeded", utcnow()
    await only(db, "runs")
    assert await rows.blobs_of(db, app) == set()


@pytest.mark.parametrize("table", ["apps", "blobs"])
async def test_an_app_in_other_hands_keeps_no_other_from_being_forgotten(
    db: Database, hurried: Database, table: str
) -> None:
    """Neither one whose row somebody has, nor one where a statement ends because it takes too long."""
    held, free = await rows.add_app(db), await rows.add_app(db)
    for app, age in ((held, 9), (free, 8)):
        await rows.add_run(db, app, ended=utcnow() - age * DAY)
        await rows.add_blob(db, app, b"written and written over")
    lock = text(f"SELECT 1 FROM {table} WHERE {'id' if table == 'apps' else 'app_id'} = :app FOR UPDATE")
    async with db.begin() as session:
        await session.execute(lock, {"app": held})
        await only(hurried, "runs")
    assert await rows.blobs_of(db, free) == set()
    assert await rows.count(db, "runs", app_id=held, first_message="m") == 1
    await only(hurried, "runs")
    assert await rows.blobs_of(db, held) == set()
    assert await rows.count(db, "runs", app_id=held, first_message="m") == 0


async def test_an_app_with_many_runs_is_forgotten_wholly(db: Database) -> None:
    app = await rows.add_app(db)
    for _ in range(51):
        await rows.add_run(db, app, ended=utcnow() - 8 * DAY)
    await rows.add_blob(db, app, b"written and written over")
    await only(db, "runs")
    assert await rows.count(db, "runs", app_id=app, first_message="m") == 0
    assert await rows.blobs_of(db, app) == set()


async def test_no_run_begins_while_files_are_looked_through(db: Database) -> None:
    """A new run waits for the app's lock; else it could refer to a blob that is just being deleted."""
    app = await rows.add_app(db)
    await rows.add_run(db, app, ended=utcnow() - 8 * DAY)
    async with db.begin() as session:
        removal = rules(AGES, None)["runs"].remove  # type: ignore[arg-type]
        assert removal is not None
        session.add(Run(id=new_id("run"), app_id=app, request="r", state="queued"))
        await session.flush()  # not committed yet: nobody sees it, but its app is held
        async with asyncio.timeout(120):
            assert sum([removed async for removed in removal(db)]) == 0
    assert await rows.count(db, "turn_blocks") > 0


async def test_events_go_but_for_those_of_the_last_run(db: Database) -> None:
    app, idle = await rows.add_app(db), await rows.add_app(db)
    for age in (60, 50, 3):
        await rows.add_run(db, app, ended=utcnow() - age * DAY)
    await rows.add_run(db, idle, ended=utcnow() - 60 * DAY)
    await only(db, "events")
    async with db.begin() as session:
        left = await event_store.read(session, app, after=0, limit=100)
    assert [event.seq for event in left] == [7, 8, 9]
    assert await rows.count(db, "events", app_id=idle) == 3
    assert await rows.count(db, "runs", app_id=app, events_kept=True) == 1


async def test_what_users_wrote_is_not_read_to_see_how_old_events_are(db: Database) -> None:
    """The last run of every app that rests is looked at each time, and its request may be long."""
    await rows.add_run(db, await rows.add_app(db), ended=utcnow() - 60 * DAY)
    read: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        read.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await only(db, "events")
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert any("runs.finished_at" in statement for statement in read)
    assert not any("runs.request" in statement for statement in read)


async def test_several_replicas_at_once_do_it_once(db: Database) -> None:
    app = await rows.add_app(db)
    for age in (60, 50, 40, 3):
        await rows.add_run(db, app, ended=utcnow() - age * DAY)
    await asyncio.gather(*(only(db, "events", "runs") for _ in range(4)))
    await only(db, "events", "runs")
    assert await rows.count(db, "events", app_id=app) == 3
    assert await rows.count(db, "runs", app_id=app, first_message="m") == 1


async def test_uploads_that_no_message_has_go_after_a_day(db: Database) -> None:
    app = await rows.add_app(db)
    async with db.begin() as session:
        team = (await session.get_one(App, app)).team_id
        for name, age, of in (("old", 2, None), ("new", 0, None), ("used", 2, app)):
            session.add(
                Upload(
                    id=f"upl_{name}", team_id=team, app_id=of, name=f"{name}.png", media_type="image/png",
                    width=1, height=1, size=1, content=b"x", created_at=utcnow() - age * DAY,
                )
            )  # fmt: skip
    await only(db, "uploads")
    async with db.begin() as session:
        assert set(await session.scalars(select(Upload.id))) == {"upl_new", "upl_used"}


async def test_builds_go_with_their_artifacts_unless_served(db: Database, store: ObjectStore) -> None:
    app = await rows.add_app(db)
    await rows.add_version(db, app, b"x")
    await add_builds(db, app, utcnow() - 91 * DAY)
    for name in "abc":
        await store.put(artifact_key(app, name * 64), b"tar")
        await store.put(thumbnail_key(app, name * 64, 0), b"webp")
    await only(db, "deployments", "builds", store=store)
    async with db.begin() as session:
        builds = {build.artifact for build in await session.scalars(select(Build).where(Build.app_id == app))}
        left = {row.id for row in await session.scalars(select(Deployment).where(Deployment.app_id == app))}
    assert builds == {"b" * 64, "c" * 64}
    assert left == {"dep_live", "dep_new"}
    kept = [entry.key async for page in store.entries("artifacts/") for entry in page]
    assert kept == [
        key for name in "bc" for key in (thumbnail_key(app, name * 64, 0), artifact_key(app, name * 64))
    ]


async def test_an_artifact_that_no_build_has_goes(db: Database, store: ObjectStore) -> None:
    idle, busy, gone = await rows.add_app(db), await rows.add_app(db), new_app_id()
    await add_build(db, idle, state="succeeded", artifact="b" * 64, finished_at=utcnow())
    await add_build(db, busy, state="running")
    keys = {}
    for app in (idle, busy, gone):
        for name in "bf":
            keys[app, name] = (artifact_key(app, name * 64), thumbnail_key(app, name * 64, 0))
            for key in keys[app, name]:
                await store.put(key, b"data")
    removed = {(idle, "f"), (gone, "b"), (gone, "f")}
    for ages, left in ((AGES, keys.keys()), (replace(AGES, sources=-DAY), keys.keys() - removed)):
        await only(db, "artifacts/", store=store, ages=ages)
        found = {entry.key async for page in store.entries("artifacts/") for entry in page}
        assert found == {key for name in left for key in keys[name]}


async def add_builds(db: Database, app: str, ended: object) -> None:
    """`a` was live and is replaced, `b` is live, `c` was built a long time ago and lately again."""
    async with db.begin() as session:
        for name, artifact, when in (
            ("a", "a", ended), ("b", "b", ended), ("c", "c", ended), ("d", "c", utcnow()),
        ):  # fmt: skip
            digest = artifact * 64
            session.add(
                Build(
                    id=f"bld_{name}", app_id=app, mode="preview", state="succeeded", tree_digest=digest,
                    source_digest=digest, template=TemplateRef.parse("t@1.0.0"), artifact=digest,
                    finished_at=when,
                )
            )  # fmt: skip
        await session.flush()
        for name, build, state, when in (
            ("1", "bld_a", "deployed", ended), ("live", "bld_b", "deployed", ended),
            ("new", "bld_d", "failed", utcnow()),
        ):  # fmt: skip
            session.add(
                Deployment(
                    id=f"dep_{name}", app_id=app, environment="preview", version=0, state=state,
                    build_id=build, finished_at=when,
                )
            )  # fmt: skip


async def test_sources_go_by_age(db: Database, store: ObjectStore) -> None:
    key = source_key("a" * 12, "0" * 64)
    await store.put(key, b"tar")
    await only(db, "sources/", store=store)
    assert await store.exists(key)
    now = Ages(DAY, DAY, DAY, sources=timedelta(seconds=-60))
    await only(db, "sources/", store=store, ages=now)
    assert not await store.exists(key)


async def test_the_source_of_an_unfinished_build_stays(db: Database, store: ObjectStore) -> None:
    app = await rows.add_app(db)
    key = source_key(app, "0" * 64)
    await store.put(key, b"tar")
    await add_build(db, app, state="queued")
    everything = Ages(DAY, DAY, DAY, sources=timedelta(seconds=-60))
    await only(db, "sources/", store=store, ages=everything)
    assert await store.exists(key)
    async with db.begin() as session:
        await session.execute(update(Build).where(Build.app_id == app).values(state="succeeded"))
    await only(db, "sources/", store=store, ages=everything)
    assert not await store.exists(key)


async def test_a_source_stored_again_while_old_ones_are_removed_stays(
    db: Database, store: ObjectStore
) -> None:
    again, old = (source_key("a" * 12, digit * 64) for digit in "01")
    for key in (again, old):
        await store.put(key, b"tar")
    await next_second()
    async with db.begin() as session:
        await session.execute(text("LOCK TABLE builds"))  # after the listing, builds are asked for
        removing = asyncio.create_task(only(db, "sources/", store=store, ages=Ages(DAY, DAY, DAY, 0 * DAY)))
        waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'builds'::regclass")
        async with asyncio.timeout(60):
            while not await session.scalar(waiting):
                assert not removing.done()
                await asyncio.sleep(0.02)
        await next_second()
        await store.put(again, b"tar")
    await removing
    assert await store.exists(again)
    assert not await store.exists(old)


async def next_second() -> None:
    """A store tells the time of an object in whole seconds."""
    began = utcnow().replace(microsecond=0)
    while utcnow() < began + timedelta(seconds=1):
        await asyncio.sleep(0.05)


async def add_build(db: Database, app: str, state: str, **fields: Any) -> None:
    async with db.begin() as session:
        session.add(
            Build(
                id=new_id("build"), app_id=app, mode="preview", state=state, tree_digest="0" * 64,
                source_digest="0" * 64, template=TemplateRef.parse("t@1.0.0"), **fields,
            )
        )  # fmt: skip


async def test_totals_are_the_sums_of_the_turns_whatever_happens_to_them(db: Database) -> None:
    app = await rows.add_app(db)
    first = await rows.add_run(db, app, ended=utcnow())
    second = await rows.add_run(db, app, ended=utcnow())
    async with db.begin() as session:
        (turn,) = await turns.turns_of(session, second)
        turns.set_usage(turn, rows.USAGE, None)  # a model without a known price
        turns.end_turn(turn, state="done", stop_reason="end_turn")
        extra = turns.add_turn(
            session, run_id=first, seq=2, billing_class="user", model="other", usage=rows.USAGE,
            cost_microdollars=3,
        )  # fmt: skip
        await session.flush()
        await turns.remove_turn(session, extra.id)
    await assert_true(db, app)
    async with db.begin() as session:
        await turns.bill_to_platform(session, first)
    await assert_true(db, app)
    async with db.begin() as session:
        await turns.bill_to_platform(session, second)
        await session.rollback()
    await assert_true(db, app)


async def assert_true(db: Database, app: str) -> None:
    """What the team's totals say is what the app's turns say one by one."""
    async with db.begin() as session:
        team = await session.scalar(select(App.team_id).where(App.id == app))
        totals = await turns.usage_by_app(session, str(team))
        lines = await turns.usage_by_version(session, app)
    known = {(line["billing_class"], line["model"]): line for line in lines}
    assert len(totals) == len(known) > 0
    for total in totals:
        line = known[total["billing_class"], total["model"]]
        assert {key: total[key] or 0 for key in line if key != "version"} == {
            key: line[key] or 0 for key in line if key != "version"
        }
