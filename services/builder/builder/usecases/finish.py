"""The end of a build: its result and the event that tells of it, in one transaction."""

from sqlalchemy.ext.asyncio import AsyncSession

from builder.db.models import Build
from builder.domain.outcome import Outcome
from builder.domain.verdict import Failure
from builder.metrics import BUILD_SECONDS, BUILDS
from builder.usecases import events
from builder.usecases.resources import Resources
from common.clock import utcnow
from common.contracts import Artifact, BuildState
from common.logging import get_logger
from common.messaging.streams import BUILD_FINISHED_SUBJECT
from common.work import Lease

logger = get_logger(__name__)


async def finish(
    resources: Resources, lease: Lease[Build], outcome: Outcome, log: str, steps: dict[str, float]
) -> None:
    """Raises LeaseLost when another builder has the build by now, or it was cancelled."""
    async with resources.db.begin() as session:
        build = await lease.hold(session)
        end(resources, session, build, outcome, log, steps)
        build.lease_until = None
    told = {name: round(milliseconds) for name, milliseconds in build.steps_ms.items()}
    logger.info(
        "build finished", state=build.state, category=build.category, duration_ms=build.duration_ms, **told
    )


def end(
    resources: Resources,
    session: AsyncSession,
    build: Build,
    outcome: Outcome,
    log: str,
    steps: dict[str, float],
) -> None:
    """Makes a locked row final and announces it."""
    now = utcnow()
    build.state = _state(outcome).value
    build.finished_at = build.updated_at = now
    build.started_at = build.started_at or now
    build.duration_ms = int((now - build.started_at).total_seconds() * 1000)
    build.steps_ms = {name: round(milliseconds, 1) for name, milliseconds in steps.items()}
    build.log = log
    if isinstance(outcome, Artifact):
        build.artifact_digest = outcome.digest
        build.artifact_size = outcome.size
        build.artifact_files = outcome.file_count
        build.artifact_total_bytes = outcome.total_bytes
    elif isinstance(outcome, Failure):
        build.category = outcome.category.value
        build.message = outcome.message
        build.diagnostics = [found.model_dump() for found in outcome.diagnostics]
    else:
        build.message = "The build was cancelled."
    BUILDS.labels(build.mode, build.category or build.state).inc()
    BUILD_SECONDS.labels(build.mode).observe(build.duration_ms / 1000)
    resources.outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, log))


def _state(outcome: Outcome) -> BuildState:
    if isinstance(outcome, Artifact):
        return BuildState.SUCCEEDED
    return BuildState.FAILED if isinstance(outcome, Failure) else BuildState.CANCELLED
