"""What one edit costs: transactions, and the processor time that it takes from everything else at once."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import func, select

from common.contracts import RunState
from common.database import Database
from common.testing.tether import tethered
from common.testing.watch import Cost, always_held, costs, slowness
from orchestrator.db import apps
from orchestrator.db.models import App, Outbox, Run
from orchestrator.domain.tree import FileRef, Tree
from tests.orchestrator.service.world import SECONDS, World

pytestmark = [pytest.mark.xdist_group("orchestrator-costs"), pytest.mark.asyncio(loop_scope="session")]

EDIT = "Turn it off [[script:edit]]"
TRANSACTIONS = 24
"""Of the edit itself; what moves its messages from the outbox is counted apart, as some travel together."""
HELD_SECONDS = 0.02
"""Of processor time; what an edit of a large app needs at once is far less on a usual machine."""
# What goes on whether or not somebody works: looks for work, and renewals of a lease, by the clock.
BACKGROUND = ("reconcile ", "tear down", "retention", "followers", "prepare", "warm up")
LOOKS = re.compile(r"SELECT outbox\.|SELECT count\(\*\) AS \w+\s+FROM outbox|UPDATE \w+ SET lease_until=")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def report(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Path]:
    """The orchestrator reports its costs there while this module's tests run."""
    path: Path = tmp_path_factory.mktemp("costs") / "report"
    process = world.stack.processes["orchestrator"]
    usual = process.spec
    watched = tethered([sys.executable, "-m", "common.testing.watch", str(path), "orchestrator"])
    await restart(world, replace(usual, command=tuple(watched), forks=None))
    app, _ = await world.app()
    await edited(world, app)
    await world.api.get(f"/v1/apps/{app}/versions/2/diff")  # what is done only once is done by now
    yield path
    await restart(world, usual)


async def test_an_edit_takes_few_transactions(world: World, report: Path) -> None:
    app, run = await world.app()
    await ended(world, run)
    await told(world, report, app)
    with costs(report) as cost:
        await edited(world, app)
    made = transactions(cost)
    moves = [one for one in made if one.startswith("outbox: ")]
    sent = sum("INSERT INTO outbox" in " ".join(statements) for _, statements in cost.transactions)
    assert 10 < len(made) - len(moves) <= TRANSACTIONS, "\n".join(made)
    assert 0 < len(moves) <= sent, "\n".join(made)


async def test_an_edit_of_a_large_app_leaves_the_loop_free(world: World, report: Path) -> None:
    app, _ = await world.app()
    await grow(world, app)
    first = await held(world, report, app)
    second = await held(world, report, app)
    seconds, where = always_held(first, second)
    assert seconds < HELD_SECONDS * slowness(), where


async def held(world: World, report: Path, app: str) -> Cost:
    """What an edit and a look at its diff cost."""
    with costs(report) as cost:
        await edited(world, app)
        version = (await world.api.get(f"/v1/apps/{app}"))["head"]
        await world.api.get(f"/v1/apps/{app}/versions/{version}/diff")
    return cost


async def edited(world: World, app: str) -> None:
    """Sends the app's next edit and waits for its end."""
    run = await world.api.send(app, EDIT)
    await world.live(app, len(world.builds(app)) + 1)
    await ended(world, run)


async def ended(world: World, run: str) -> None:
    """Waits, by the database, until the run has succeeded and all messages are sent."""
    database = world.database()
    try:
        async with asyncio.timeout(SECONDS):
            while await state_of(database, run) != RunState.SUCCEEDED or await unsent(database):
                await asyncio.sleep(0.05)
    finally:
        await database.close()


async def told(world: World, report: Path, app: str) -> None:
    """Waits until the report has all that was done before: what is asked now stands behind it."""
    with report.open() as lines:
        lines.seek(0, os.SEEK_END)
        await world.api.get(f"/v1/apps/{app}")
        found = ""
        async with asyncio.timeout(SECONDS):
            while "api_keys" not in (found := found + lines.read()):
                await asyncio.sleep(0.05)


async def state_of(database: Database, run: str) -> str:
    async with database.begin() as session:
        return (await session.get_one(Run, run)).state


async def unsent(database: Database) -> int:
    async with database.begin() as session:
        return (await session.scalars(select(func.count()).where(Outbox.failed_at.is_(None)))).one()


async def grow(world: World, app: str) -> None:
    """Gives the app 400 files with 4 MB in all, as its newest version."""
    line = "export const value = useMemo(() => compute(items), [items]); // of the section\n"
    database = world.database()
    async with database.begin() as session:
        row = await session.get_one(App, app)
        head = (await apps.get_version(session, app, row.head or 0)).tree
        contents = {
            f"src/sections/part{n % 20}/Section{n}.tsx": f"// {n}\n{line * 125}".encode() for n in range(400)
        }
        refs = {path: FileRef.of(content) for path, content in contents.items()}
        await apps.put_blobs(session, app, {refs[path].digest: contents[path] for path in refs})
        tree = Tree({**dict(Tree.from_json(head)), **refs})
        title = "A large app"
        await apps.add_version(session, app_id=app, tree=tree, origin="upload", title=title, summary=title)
    await database.close()


def transactions(cost: Cost) -> list[str]:
    """Those that belong to the edit, in a few words each."""
    return [
        f"{task}: {'; '.join(' '.join(statement.split())[:90] for statement in statements)}"
        for task, statements in cost.transactions
        if not task.startswith(BACKGROUND)
        and not (len(statements) == 1 and LOOKS.match(statements[0].lstrip()))
    ]


async def restart(world: World, spec: object) -> None:
    process = world.stack.processes["orchestrator"]
    await world.stack.kill("orchestrator")
    process.spec = spec  # type: ignore[assignment]  # a Spec, which only the stack's own modules make
    await world.stack.start("orchestrator")
    await world.stack.wait_ready("orchestrator")
