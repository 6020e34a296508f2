"""Verifying: a run ends well once its version is live and a browser has nothing to say against it."""

from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import (
    UNFINISHED_DEPLOYMENT,
    DeploymentFinished,
    DeploymentState,
    ErrorCategory,
    PagesChecked,
    PagesState,
    RunState,
)
from common.errors import AppError
from orchestrator.db import deployments
from orchestrator.db.models import Build, Deployment, Run
from orchestrator.domain.findings import advice, failures, warnings
from orchestrator.domain.text import storable
from orchestrator.errors import DeploymentFailed, PagesFailed, ScriptTooLarge
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import fail_run, move, succeed_run
from orchestrator.usecases.runs.recover import Trouble, recover_or_fail


async def verify(session: AsyncSession, resources: Resources, run: Run) -> None:
    """Moves on a run that the caller has locked, as far as deployer and browser have told by now.

    They work side by side, and either may be the first. A version may be live before a browser has seen it;
    when that finds it broken, the run goes back to the model.
    """
    if run.state not in {RunState.DEPLOYING, RunState.VERIFYING}:
        return
    deployment = await session.get_one(Deployment, run.deployment_id)
    build = await session.get_one(Build, run.build_id)
    pages = None if build.pages is None else PagesChecked.model_validate(build.pages)
    if deployment.state == DeploymentState.FAILED:
        finished = DeploymentFinished.model_validate(deployment.result)
        if (trouble := _unmigrated(run, build, finished)) is not None:
            await recover_or_fail(session, resources, run, trouble)
            return
        await fail_run(session, resources.outbox, resources.pricing, run, _undeployed(run, finished))
    elif pages is not None and pages.state is PagesState.FAILED:
        await recover_or_fail(session, resources, run, await _trouble(session, run, build, pages))
    elif deployment.state not in UNFINISHED_DEPLOYMENT:
        await _live(session, resources, run, deployment, pages)


async def _live(
    session: AsyncSession, resources: Resources, run: Run, deployment: Deployment, pages: PagesChecked | None
) -> None:
    if pages is None:
        if run.state == RunState.DEPLOYING:
            move(run, RunState.VERIFYING)
        return
    # A superseded one is no failure: the run has made its version, and a later one is live.
    later = DeploymentFinished.model_validate(deployment.result).superseded_by
    await succeed_run(
        session, resources.outbox, run, url=deployment.url, deployment_id=later or deployment.id,
        pages=pages.state,
    )  # fmt: skip


async def _trouble(session: AsyncSession, run: Run, build: Build, pages: PagesChecked) -> Trouble:
    found = failures(pages)
    goes_back = await deployments.live_before(session, run) is not None
    return Trouble(
        category=ErrorCategory.RUNTIME,
        build_id=pages.build_id,
        diagnostics=found,
        problems=sum(diagnostic.count for diagnostic in found),
        files=len({diagnostic.file for diagnostic in found}),
        error=partial(_unusable, pages, goes_back),
        advice=(*warnings(build.result), *advice(pages)),
    )


def _unusable(pages: PagesChecked, goes_back: bool, returned: bool) -> AppError:
    why = "The same errors are there after two repairs" if returned else "The app builds, but it does not run"
    then = (
        "Your app goes back to its last good version."
        if goes_back
        else "There is no earlier version to go back to: send a message to go on from this one."
    )
    return PagesFailed(storable(" ".join(f"{why}. {pages.message or ''} {then}".split())))


def _unmigrated(run: Run, build: Build, finished: DeploymentFinished) -> Trouble | None:
    """What the model has to repair when the version's migrations could not be applied after all."""
    found = finished.problem.diagnostics if finished.problem else ()
    if not found:
        return None
    return Trouble(
        category=ErrorCategory.MIGRATION,
        build_id=build.id,
        diagnostics=found,
        problems=len(found),
        files=len({diagnostic.file for diagnostic in found}),
        error=lambda _: _undeployed(run, finished),
    )


def _undeployed(run: Run, finished: DeploymentFinished) -> AppError:
    problem = finished.problem
    reason = problem.message if problem else "The deployment failed."
    message = f"{reason} What was live before is still live; version {run.version} is kept."
    too_large = problem is not None and problem.code == ScriptTooLarge.code
    kind = ScriptTooLarge if too_large else DeploymentFailed
    return kind(storable(message))
