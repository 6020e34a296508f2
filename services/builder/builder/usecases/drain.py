"""Stopping in order: nothing new begins, what runs may end and tell of it."""

from contextlib import suppress

from builder.usecases.resources import Resources
from common.errors import AppError


async def drain(resources: Resources) -> None:
    """Waits for the running builds, `DRAIN_SECONDS` at most; what is left then goes back to the queue."""
    await resources.slots.drain(resources.settings.drain_seconds)
    with suppress(AppError):  # another builder publishes it
        await resources.outbox.flush()
