"""Builds that stand still have their message sent again."""

from builder.db import builds
from builder.usecases import events
from builder.usecases.resources import Resources
from common.clock import utcnow
from common.contracts import BuildState
from common.messaging.streams import BUILD_SUBJECTS


async def reconcile(resources: Resources) -> int:
    """Sends builds again whose lease has run out or that nobody came for; how many."""
    async with resources.db.begin() as session:
        found = await builds.standing_still(session, queued_seconds=resources.settings.queued_seconds)
        for build in found:
            build.lease_until = None
            build.state = BuildState.QUEUED.value
            build.updated_at = utcnow()
            resources.outbox.add(session, BUILD_SUBJECTS[build.mode], events.requested(build))
    return len(found)
