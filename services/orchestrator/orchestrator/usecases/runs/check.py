"""Checking: the run's files go to the builder; a failed build goes back to the model, or ends the run."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import BuildFinished, BuildMode, BuildState, ErrorCategory, RunState
from common.errors import AppError
from orchestrator.db import apps, deployments
from orchestrator.db.models import App, Build, Run
from orchestrator.db.runs import Lease
from orchestrator.domain.migrations import migrations_in
from orchestrator.domain.text import storable
from orchestrator.domain.tree import Tree
from orchestrator.errors import BuildFailed, BuildImpossible
from orchestrator.usecases.build_requests import add_build, add_failed_build, upload_source
from orchestrator.usecases.deployments import deploy_run
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import move
from orchestrator.usecases.runs.recover import Trouble, recover_or_fail
from orchestrator.usecases.runs.repair import repair
from orchestrator.usecases.schema import schema_of


async def request_check(resources: Resources, lease: Lease, stored: Mapping[str, str]) -> None:
    """Hands what the model has written over to the builder; `stored`: see `generate`.

    What the model has had checked already is not built again: the verdict stands.
    """
    async with resources.db.begin() as session:
        run = await lease.hold(session)
        tree = Tree.from_json(run.tree or {})
        template = run.template_of(await session.get_one(App, lease.app_id))
        # The types of tables may be others by now: such files are stored anew then.
        known = tree.digest() in stored and not migrations_in(tree)
        contents = {} if known else await apps.contents_of(session, lease.app_id, tree)
    schema = await schema_of(resources, lease.app_id, template, tree)
    tree, contents = schema.tree, {**contents, **schema.contents}
    source = stored.get(tree.digest()) or await upload_source(resources, lease.app_id, tree, contents)
    async with resources.db.begin() as session:
        # Locked before the run, as by whoever records the build's end.
        build = await deployments.checked_build(session, lease.run_id, tree.digest(), lock=True)
        run = await lease.hold(session)
        run.tree = tree.to_json()
        app = await session.get_one(App, run.app_id)
        if schema.problems:
            build = await add_failed_build(
                session, app=app, template=template, run_id=run.id, tree=tree, source=source,
                problems=schema.problems,
            )  # fmt: skip
        elif build is None or build.id == run.build_id:  # none that it has asked for since it finished last
            build = add_build(
                session, resources.outbox, app=app, template=template, run_id=run.id,
                mode=BuildMode.PREVIEW, tree=tree, source=source,
            )  # fmt: skip
        run.build_id = build.id
        run.lease_until = None  # a build that fails at once finds the run free for its repair
        move(run, RunState.CHECKING)
        if build.result is not None:
            await check_finished(session, resources, run, build, BuildFinished.model_validate(build.result))


async def check_finished(
    session: AsyncSession, resources: Resources, run: Run, build: Build, finished: BuildFinished
) -> None:
    """What becomes of a run whose build has ended: deployed, repaired by the model, or failed."""
    if finished.state == BuildState.SUCCEEDED:
        await deploy_run(session, resources, run, build)
        return
    if await repair(session, resources, run, finished):
        return
    trouble = Trouble(
        category=finished.category or ErrorCategory.INFRASTRUCTURE,
        build_id=build.id,
        diagnostics=finished.diagnostics,
        problems=finished.problems,
        files=finished.problem_files,
        error=partial(failure_of, finished),
    )
    await recover_or_fail(session, resources, run, trouble)


def failure_of(finished: BuildFinished, returned: bool) -> AppError:
    """Why the run ends with this build, and by that whose fault it is."""
    if finished.category in {None, ErrorCategory.INFRASTRUCTURE}:
        return BuildImpossible(
            storable(
                "The build could not be carried out, which is the platform's fault and costs nothing. "
                f"{finished.message or ''} Your app is unchanged: send the message again later."
            )
        )
    first = finished.diagnostics[0] if finished.diagnostics else None
    where = f"{first.file}:{first.line}: " if first and first.file else ""
    what = f" {where}{first.message}" if first else ""
    why = "The same errors are there after two repairs" if returned else "The app does not build"
    detail = finished.message or ""
    message = f"{why}. {detail}{what} Your app is unchanged: it stays on its last good version."
    return BuildFailed(storable(" ".join(message.split())), category=finished.category)
