"""No query that is asked often reads a table that grows from its first row to its last."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.contracts import BuildMode
from common.database import Database
from common.retention import apply_rules
from orchestrator.db import apps, deployments, events, idempotency, runs, teams, turns
from orchestrator.db.models import Base, Run
from orchestrator.domain.budgets import Caps, Limits
from orchestrator.usecases.budgets import check_message, check_request
from orchestrator.usecases.resources import Shares
from orchestrator.usecases.retention import Ages, rules
from orchestrator.usecases.shares import take_share
from tests.orchestrator.service.rows import migrated
from tests.plans import fill, scanned, statements

pytestmark = pytest.mark.asyncio(loop_scope="module")

# As after a year: nearly all of it ended long ago, one team has a tenth of it, a few things are open.
APPS, RUNS, REQUESTS = 8_000, 24_000, 60_000
TEAM, APP, RUN = "team_1", "a00000000010", "run_00000010"
AGO = "now() - (n + 100) * interval '10 min'"
DIGEST = "lpad(n::text, 64, '0')"


def mostly(final: str, *rare: str) -> str:
    """One state for nearly all rows, each other for a few."""
    cases = " ".join(f"WHEN n % 5000 = {number} THEN '{state}'" for number, state in enumerate(rare))
    return f"CASE {cases} ELSE '{final}' END"


def numbered(kind: str) -> str:
    return f"'{kind}_' || lpad(n::text, 8, '0')"


async def fill_all(session: AsyncSession) -> None:
    # The totals are written by a trigger, a row at a time; here they are summed up below.
    await session.execute(text("ALTER TABLE turns DISABLE TRIGGER USER"))
    for table, count, values in ROWS:
        await fill(session, Base.metadata.tables[table], count, **values)
    await session.execute(text(TOTALS))
    await session.execute(text(MONTHS))
    await session.execute(text("ANALYZE"))


TEAM_OF = {"team_id": "'team_' || (n % 10 + 1)"}
APP_OF = {"app_id": f"'a' || lpad((n % {APPS} + 1)::text, 11, '0')"}
RUN_OF = {"run_id": numbered("run")}
TURN_OF = {"turn_id": numbered("turn")}
OF_TEMPLATE = {"template": "'vite-react@1.0.0'"}
TIMES = {"finished_at": f"CASE WHEN n % 5000 > 2 THEN {AGO} END", "created_at": AGO}
DELETED = {
    "deleted_at": "CASE WHEN n % 3 = 0 THEN now() END",
    "erased_at": "CASE WHEN n % 3 = 0 AND n > 9 THEN now() END",
}
# What is long over, but for the last few, retention has dealt with already.
UNTIDY = {"events_kept": f"n > {RUNS} - 20", "first_message": f"CASE WHEN n > {RUNS} - 20 THEN 'm' END"}
ROWS: list[tuple[str, int, dict[str, str]]] = [
    ("teams", 10, {"id": "'team_' || n"}),
    ("api_keys", 5_000, {"id": numbered("key"), "digest": DIGEST, **TEAM_OF}),
    (
        "apps",
        APPS,
        {"id": "'a' || lpad(n::text, 11, '0')", "created_at": AGO, **DELETED, **TEAM_OF, **OF_TEMPLATE},
    ),
    (
        "runs",
        RUNS,
        {
            "id": numbered("run"),
            "state": mostly("succeeded", "queued", "queued", "queued"),
            "started_at": AGO,
            "updated_at": AGO,
            **APP_OF,
            **TIMES,
            **UNTIDY,
        },
    ),
    ("turns", RUNS, {"id": numbered("turn"), "state": "'done'", "model": "'m'", **RUN_OF}),
    ("turn_blocks", RUNS, TURN_OF),
    ("tool_results", RUNS, TURN_OF),
    ("messages", RUNS, {"id": numbered("msg"), **APP_OF, **RUN_OF}),
    ("uploads", RUNS, {"id": numbered("upl"), "created_at": AGO, **APP_OF, **TEAM_OF}),
    ("versions", APPS, {"number": "0", **APP_OF}),
    ("blobs", RUNS, {"digest": DIGEST, **APP_OF}),
    ("events", RUNS, {"seq": "n", "created_at": AGO, **APP_OF, **RUN_OF}),
    (
        "builds",
        RUNS,
        {
            "id": numbered("bld"),
            "tree_digest": DIGEST,
            "state": mostly("succeeded", "queued", "running", "queued"),
            "requested_at": AGO,
            **APP_OF,
            **OF_TEMPLATE,
            **TIMES,
        },
    ),
    (
        "deployments",
        RUNS,
        {
            "id": numbered("dep"),
            "environment": "'preview'",
            "build_id": numbered("bld"),
            "state": mostly("deployed", "pending", "building", "deploying"),
            "requested_at": AGO,
            **APP_OF,
            **TIMES,
        },
    ),
    ("budget_alerts", RUNS, {"subject": numbered("run"), "created_at": AGO, "month": "now()"}),
    ("inbox", REQUESTS, {"message_id": "n::text", "received_at": "now() - n * interval '12 s'"}),
    (
        "idempotent_requests",
        REQUESTS,
        {"key": "n::text", "created_at": "now() - n * interval '1.5 s'", **TEAM_OF},
    ),
]
TOTALS = """
INSERT INTO usage_totals
SELECT team_id, apps.id, billing_class, turns.model, count(*), 0, 0, 0, 0, 0
FROM turns JOIN runs ON runs.id = run_id JOIN apps ON apps.id = app_id GROUP BY 1, 2, 3, 4
"""
# Of each app the last ten months.
MONTHS = """
INSERT INTO monthly_usage
SELECT team_id, date_trunc('month', now() - n * interval '1 month'), id, 1, 1, 0, 0
FROM apps, generate_series(0, 9) AS n
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def db(postgres_url: str) -> AsyncIterator[Database]:
    async with migrated(postgres_url) as database:
        async with database.begin() as session:
            await fill_all(session)
        yield database


OLD = timedelta(minutes=RUNS * 10 - 4_000)
NOW = utcnow()
SOON = NOW - timedelta(seconds=5)
CAPS = Caps(*[Limits(2**40, 2**40)] * 3)
Query = Callable[[AsyncSession], Awaitable[object]]
QUERIES: dict[str, Query] = {
    "a request's key": lambda s: teams.active_key(s, "0" * 64, APP),
    "a team's keys": lambda s: teams.list_keys(s, TEAM, cursor=None, limit=50),
    "a team's apps": lambda s: apps.list_apps(s, TEAM, cursor=None, limit=50),
    "a team's apps, next page": lambda s: apps.list_apps(s, TEAM, cursor=APP, limit=50),
    "what is live": lambda s: deployments.live_deployments(s, [APP, "a00000000011"]),
    "apps to tear down": lambda s: apps.to_tear_down(s, 20),
    "messages": lambda s: apps.list_messages(s, APP, cursor=None, limit=50),
    "versions": lambda s: apps.list_versions(s, APP, cursor=None, limit=50),
    "files": lambda s: apps.get_blobs(s, APP, {"0" * 64}),
    "a run's claim": lambda s: runs.claim(s, RUN, 10),
    "a run's claim within a team's share": lambda s: runs.claim(s, RUN, 10, per_team=2),
    "a team's share": lambda s: take_share(s, Shares(2, 1000, 600, Caps(), 50, 2000), TEAM),
    "a team's upgrades": lambda s: runs.upgrades_worked_on(s, TEAM, SOON),
    "a run": lambda s: runs.list_runs(s, APP, cursor=None, limit=50),
    "earlier runs": lambda s: runs.earlier_runs(s, Run(id="run_1", app_id=APP), characters=100),
    "the draft": lambda s: runs.draft_of(s, APP),
    "the end of a draft": lambda s: runs.drop_draft(s, APP),
    "the active run": lambda s: runs.active_run(s, APP),
    "unfinished runs of an app": lambda s: runs.lock_unfinished_runs(s, APP),
    "the next run": lambda s: runs.next_queued(s, APP),
    "runs that stand still": lambda s: runs.standing_still(s, seconds=5, limit=50),
    "runs that stand still within shares": lambda s: runs.standing_still(s, seconds=5, limit=50, per_team=2),
    "overdue runs": lambda s: runs.overdue(s, started_before=SOON, limit=50),
    "builds": lambda s: deployments.list_builds(s, APP, cursor=None, limit=50),
    "a build to use again": lambda s: deployments.reusable_build(s, APP, "0" * 64, BuildMode.PREVIEW),
    "builds that stand still": lambda s: deployments.unfinished_builds(s, since=SOON, limit=50),
    "deployments": lambda s: deployments.list_deployments(s, APP, cursor=None, limit=50),
    "deployments that stand still": lambda s: deployments.unfinished_deployments(s, since=SOON, limit=50),
    "deployments of a build": lambda s: deployments.waiting_for_build(s, "bld_00000010"),
    "turns": lambda s: turns.turns_of(s, RUN),
    "the last turn": lambda s: turns.last_turn(s, RUN),
    "usage by version": lambda s: turns.usage_by_version(s, APP),
    "usage by app": lambda s: turns.usage_by_app(s, TEAM),
    "what a message may cost": lambda s: check_message(s, CAPS, APP),
    "what a request may cost": lambda s: check_request(s, CAPS, Run(id=RUN, app_id=APP, created_at=NOW)),
    "events": lambda s: events.read(s, APP, after=0, limit=200),
    "an answer given before": lambda s: idempotency.find(s, team_id=TEAM, key="1"),
    "the end of an app": lambda s: apps.erase(s, APP),
}
FEW = {"teams", "outbox"}
"""Tables that stay small: read whole is read fast."""


@pytest.mark.parametrize("name", sorted(QUERIES))
async def test_it_uses_an_index(db: Database, name: str) -> None:
    async with db.begin() as session:
        with statements() as sent:
            await QUERIES[name](session)
        assert sent
        assert await scanned(session, sent) - FEW == set()
        await session.rollback()


async def test_retention_uses_indexes(db: Database) -> None:
    ages = Ages(OLD, OLD, OLD, timedelta(days=7))
    every = rules(ages, None)  # type: ignore[arg-type]  # nothing in the bucket is old
    tables = {name: rule for name, rule in every.items() if name in Base.metadata.tables}
    with statements() as sent:
        await apply_rules(db, tables)
    assert len(sent) >= 6
    async with db.begin() as session:
        assert await scanned(session, sent) - FEW == set()


async def test_the_check_sees_a_scan(db: Database) -> None:
    async with db.begin() as session:
        with statements() as sent:
            await session.execute(text("SELECT count(*) FROM events WHERE type = 'x'"))
        assert await scanned(session, sent) == {"events"}
