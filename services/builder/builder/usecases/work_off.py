"""The loop that begins builds: whatever slot is free gets the next one of the queue."""

import time

from builder.clients.sandbox.urgency import Urgency
from builder.db import builds, queue
from builder.db.models import Build
from builder.domain.verdict import Cancelled, Failure, Made, Outcome
from builder.metrics import EVICTED, REUSED, STEP_SECONDS, WAIT_SECONDS, priority
from builder.usecases import events
from builder.usecases.build import Claimed, build, patience
from builder.usecases.make import Steps
from builder.usecases.resources import Resources
from builder.usecases.result import end, end_like
from common.clock import utcnow
from common.contracts import BuildState, Diagnostic, ErrorCategory
from common.messaging.streams import BUILD_STARTED_SUBJECT


async def work_off(resources: Resources) -> None:
    """Looks when a slot or a build becomes free and when one is announced; now and then in any case.

    For what nobody announces: a builder that was killed, a pause that is over.
    """
    slots = resources.slots
    while True:
        await _hurry(resources)
        while not slots.stopped and await _begin_next(resources):
            pass
        await slots.wait(resources.settings.reconcile_seconds)


async def _hurry(resources: Resources) -> None:
    """Gives the speculative builds that run here and that somebody waits for by now their full share."""
    waiting = resources.slots.unhurried
    if waiting:
        async with resources.db.begin() as session:
            wanted = await queue.waited_for(session, waiting)
        resources.slots.hurry(wanted)


async def _begin_next(resources: Resources) -> bool:
    """Whether there was a build to begin with; a speculative one gives way to it when no slot is free."""
    slots, settings, began = resources.slots, resources.settings, time.perf_counter()
    free, speculative, gives_way = slots.free, slots.speculative, None
    if not free and not speculative:
        return False
    async with resources.db.begin() as session:
        if not free and (gives_way := await queue.dispensable(session, speculative)) is None:
            return False
        found = await queue.claim_next(
            session, settings.lease_seconds, except_teams=slots.full_teams, speculative=free
        )
        if found is None:
            return False
        row = found.build
        earlier = await builds.earlier(session, row)
        if (over := _over(resources, found)) is not None:
            end(resources.outbox, session, row, over)
        elif earlier is not None and earlier.state == BuildState.FAILED:
            end_like(resources.outbox, session, row, earlier)
            REUSED.inc()
        elif not row.speculative:
            resources.outbox.add(session, BUILD_STARTED_SUBJECT, events.started(row))
        if row.finished_at is not None:
            row.lease_until = None
            return True
    if gives_way is not None:
        await slots.give_back(gives_way)
        EVICTED.inc()
    steps = Steps(Urgency(wanted=not row.speculative), claim=(time.perf_counter() - began) * 1000)
    STEP_SECONDS.labels("claim").observe(steps["claim"] / 1000)
    WAIT_SECONDS.labels(priority(row.mode, speculative=row.speculative)).observe(
        max(0.0, (utcnow() - row.created_at).total_seconds())
    )
    claimed = Claimed(row, found.lease, _made(earlier))
    slots.start(row, build(resources, claimed, steps), steps.urgency)
    return True


def _made(earlier: Build | None) -> Made | None:
    if earlier is None or earlier.artifact is None:
        return None
    return Made(earlier.artifact, tuple(Diagnostic.model_validate(item) for item in earlier.diagnostics))


def _over(resources: Resources, found: queue.Next) -> Outcome | None:
    """How a build ends that must not be begun."""
    if found.cancelled:
        return Cancelled()
    if patience(resources.settings).is_over(found.build):
        message = f"The build was begun {found.build.attempts - 1} times without coming to an end."
        return Failure(ErrorCategory.INFRASTRUCTURE, message)
    return None
