"""The loop that begins deployments: whatever slot is free gets the next one of the queue."""

from dataclasses import dataclass

from deployer.db import queue
from deployer.db.queue import Keys
from deployer.domain.deployment import Kind
from deployer.usecases.claim import claim
from deployer.usecases.deploy import deploy
from deployer.usecases.resources import Resources


@dataclass
class Turn:
    """The kind of deployment that was begun last: the next is of the other, if there is one."""

    last: Kind | None = None


async def work_off(resources: Resources) -> None:
    """Looks when a slot or a deployment becomes free and when one is announced; now and then in any case.

    For what nobody announces: a deployer that was killed, a pause that is over.
    """
    slots, turn = resources.slots, Turn()
    while True:
        seconds = resources.settings.reconcile_seconds
        while slots.free and not (seconds := await _begin_next(resources, turn)):
            pass
        await slots.wait(seconds)


async def _begin_next(resources: Resources, turn: Turn) -> float:
    """0 when a deployment was begun, or closed because it came too late; or when to look again, in seconds.

    None is begun before its first call to Cloudflare can be made: what waits keeps its turn and no slot.
    """
    budget, seconds = resources.budget, resources.settings.reconcile_seconds
    async with resources.db.begin() as session:
        keys = Keys(sorted(resources.sealer.known), 2 * seconds)
        found = await queue.next_environment(session, after=turn.last, full=resources.slots.full, keys=keys)
        if found is None:
            return seconds
        if wait := await budget.reserve(session):
            return min(wait, seconds)
        job = await claim(session, resources, *found)
    budget.prepaid()
    if job is not None:
        turn.last = Kind.of(job.row.environment)
        resources.slots.take(deploy(resources, job), turn.last)
    return 0.0
