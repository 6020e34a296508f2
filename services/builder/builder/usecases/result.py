"""How a build's row becomes final, and the event that tells of it."""

from collections.abc import Mapping

from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncSession

from builder.db import builds
from builder.db.models import Build, PageCheck
from builder.domain.evidence import Usage
from builder.domain.verdict import DETERMINISTIC, Failure, Made, Outcome
from builder.metrics import BUILD_SECONDS, BUILDS, REUSED
from builder.usecases import events
from builder.usecases.livelog import USED_AGAIN
from common.clock import utcnow
from common.contracts import BuildState, ErrorCategory
from common.database import Database
from common.logging import get_logger
from common.messaging.outbox import Outbox
from common.messaging.streams import BUILD_FINISHED_SUBJECT, BUILD_STARTED_SUBJECT
from common.work import Lease

_UNSTORABLE = Failure(
    ErrorCategory.BUNDLE, "What the build put out cannot be stored: it holds text that is none."
)

_ALIKE = f"[builder] {USED_AGAIN}\n"

logger = get_logger(__name__)


async def record(
    db: Database,
    outbox: Outbox,
    lease: Lease[Build],
    outcome: Outcome,
    log: str = "",
    steps: Mapping[str, float] | None = None,
    usage: Usage | None = None,
) -> None:
    """Ends a build under its lease, and those that wait for the same result.

    Raises LeaseLost when it is another's by now, or was cancelled. A result that cannot be stored fails the
    build for good: it came from the app, and would come again.
    """
    try:
        await _record(db, outbox, lease, outcome, log, steps or {}, usage)
    except (StatementError, ValueError) as error:
        logger.warning("result of a build cannot be stored", build_id=lease.key[0], exc_info=error)
        await _record(db, outbox, lease, _UNSTORABLE, "", steps or {}, usage)


async def _record(
    db: Database, outbox: Outbox, lease: Lease[Build], outcome: Outcome, log: str, steps: Mapping[str, float],
    usage: Usage | None,
) -> None:  # fmt: skip
    async with db.begin() as session:
        build = await lease.hold(session)
        if usage is not None:
            build.cpu_seconds, build.memory_byte_seconds = usage.cpu_seconds, usage.memory_byte_seconds
        end(outbox, session, build, outcome, log, steps)
        build.lease_until = None
        if isinstance(outcome, Made) or build.category in DETERMINISTIC:
            for waiting in await builds.joined(session, build):
                end_like(outbox, session, waiting, build)
                REUSED.inc()
    told = {name: round(milliseconds) for name, milliseconds in build.steps_ms.items()}
    logger.info(
        "build finished", state=build.state, category=build.category, duration_ms=build.duration_ms, **told
    )


def end(
    outbox: Outbox,
    session: AsyncSession,
    build: Build,
    outcome: Outcome,
    log: str = "",
    steps: Mapping[str, float] | None = None,
) -> None:
    """Makes a locked row final and announces it."""
    build.state = _state(outcome).value
    build.steps_ms = {name: round(milliseconds, 1) for name, milliseconds in (steps or {}).items()}
    build.log = log
    if isinstance(outcome, Made):
        build.artifact = outcome.artifact
        build.diagnostics = [found.model_dump() for found in outcome.warnings]
    elif isinstance(outcome, Failure):
        build.category = outcome.category.value
        build.message = outcome.message
        build.diagnostics = [found.model_dump() for found in outcome.diagnostics]
        files = {found.file for found in outcome.diagnostics}
        build.problems = outcome.problems or len(outcome.diagnostics)
        build.problem_files = outcome.files or len(files - {None})
        build.fixes = [fix.model_dump(mode="json") for fix in outcome.fixes]
    else:
        build.message = outcome.message
    _finish(outbox, session, build)


def end_like(outbox: Outbox, session: AsyncSession, build: Build, other: Build) -> None:
    """Makes a locked row, which nobody has begun to work on, final with the result of another one."""
    build.adopt(other)
    if not build.log.endswith(_ALIKE):
        build.log += _ALIKE
    if build.started_at is None and not build.speculative:
        outbox.add(session, BUILD_STARTED_SUBJECT, events.started(build))
    _finish(outbox, session, build)


def _finish(outbox: Outbox, session: AsyncSession, build: Build) -> None:
    now = utcnow()
    build.finished_at = build.updated_at = now
    build.started_at = build.started_at or now
    build.duration_ms = int((now - build.started_at).total_seconds() * 1000)
    BUILDS.labels(build.mode, build.category or build.state).inc()
    BUILD_SECONDS.labels(build.mode).observe(build.duration_ms / 1000)
    outbox.add(session, BUILD_FINISHED_SUBJECT, events.finished(build, build.log))
    if build.artifact is not None and not build.speculative:
        session.add(PageCheck(build_id=build.id, lease_token=0))


def _state(outcome: Outcome) -> BuildState:
    if isinstance(outcome, Made):
        return BuildState.SUCCEEDED
    return BuildState.FAILED if isinstance(outcome, Failure) else BuildState.CANCELLED
