"""Reconciling: work that stands still has its message sent again, and a run that takes too long ends."""

from datetime import timedelta

from common.clock import utcnow
from common.contracts import UNFINISHED_BUILD, BuildState, DeploymentState, RunRequested
from common.messaging.streams import RUN_SUBJECT
from orchestrator.db import deployments, runs, turns
from orchestrator.db.models import App, Build, Run
from orchestrator.errors import RunTimedOut, RunTooLong
from orchestrator.usecases.build_requests import request_build
from orchestrator.usecases.deploy_requests import send_request
from orchestrator.usecases.deployments import continue_deployments
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.finish import fail_run

_STILL_SECONDS = 5.0
_STILL_ELSEWHERE = timedelta(seconds=20)
_BATCH = 50


async def resend_runs(resources: Resources) -> int:
    """Wakes runs that wait for a worker and have none; fails those past their time."""
    now, limit = utcnow(), timedelta(seconds=resources.limits.max_seconds)
    async with resources.db.begin() as session:
        for run in await runs.overdue(session, started_before=now - limit, limit=_BATCH):
            at_work = await turns.seconds_at_work(session, run.id)
            error = _timed_out(run, resources.limits.max_seconds, at_work)
            await fail_run(session, resources.outbox, resources.pricing, run, error)
    async with resources.db.begin() as session:
        still = await runs.standing_still(
            session, seconds=_STILL_SECONDS, limit=_BATCH, per_team=resources.shares.at_work
        )
        for run in still:
            run.updated_at = now
            resources.outbox.add(session, RUN_SUBJECT, RunRequested(run_id=run.id, app_id=run.app_id))
    return len(still)


def _timed_out(run: Run, seconds: float, at_work: float) -> RunTimedOut | RunTooLong:
    """`at_work`: how long the model was; who has it write without end does not have that for nothing."""
    late = f"The run took more than {seconds / 60:g} minutes."
    if run.version is None and at_work > seconds / 2:
        return RunTooLong(
            f"{late} Most of that time the model was at work on what you asked for. Your app is unchanged, "
            "but what is written is kept: the next message goes on from there. Ask for less at once."
        )
    if run.version is None:
        return RunTimedOut(f"{late} Your app is unchanged; send it again.")
    return RunTimedOut(f"{late} It had made version {run.version} by then: see what is live, then go on.")


async def resend_builds(resources: Resources) -> int:
    """Asks again for builds nobody has spoken of for a while; the builder answers the same as before."""
    now = utcnow()
    async with resources.db.begin() as session:
        builds = await deployments.unfinished_builds(session, since=now - _STILL_ELSEWHERE, limit=_BATCH)
        for build in builds:
            if build.speculative:  # the files are others by now
                build.state, build.finished_at = BuildState.CANCELLED, now
                continue
            build.requested_at = now
            app = await session.get_one(App, build.app_id)
            request_build(resources.outbox, session, build, app.team_id)
    return len(builds)


async def resend_deployments(resources: Resources) -> int:
    """Likewise for deployments; one that waits for its build goes on once that has ended."""
    now = utcnow()
    sent = 0
    async with resources.db.begin() as session:
        waiting = await deployments.unfinished_deployments(
            session, since=now - _STILL_ELSEWHERE, limit=_BATCH
        )
        for deployment in waiting:
            deployment.requested_at = now
            build = await session.get(Build, deployment.build_id) if deployment.build_id else None
            if deployment.state != DeploymentState.BUILDING:
                send_request(session, resources.outbox, deployment, build.artifact if build else None)
                sent += 1
            elif build is not None and build.state not in UNFINISHED_BUILD:
                await continue_deployments(session, resources, [deployment], build)
                sent += 1
    return sent
