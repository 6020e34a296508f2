"""Going on with another model when the vendor of the run's own is out."""

from common.contracts.events import ModelChangedEvent
from common.logging import get_logger
from orchestrator.db import events, turns
from orchestrator.metrics import FALLBACKS
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation

logger = get_logger(__name__)


async def avoid_outage(resources: Resources, conversation: Conversation) -> None:
    """Goes on with a model that works where one stands in for a model that is known to be out."""
    allows = resources.breaker.allows
    if not conversation.fallbacks or allows(conversation.model):
        return
    working = next((model for model in conversation.fallbacks if allows(model)), None)
    if working is not None:
        await fall_back(resources, conversation, working)


async def fall_back(resources: Resources, conversation: Conversation, model: str) -> None:
    """Moves the run to one of its fallbacks, with which it stays, also after a crash.

    What another vendor's model has thought is not replayed to it (see the vendors' parameters).
    """
    former = conversation.model
    async with resources.db.begin() as session:
        run = await conversation.lease.hold(session)
        run.model = model
        if conversation.requested is not None:  # what is reserved for it is for the former model's price
            await turns.remove_turn(session, conversation.requested)
        changed = ModelChangedEvent(run_id=run.id, model=model, former=former)
        await events.append(session, run.app_id, changed)
    conversation.requested = None
    conversation.move_to(model)
    FALLBACKS.labels(former, model).inc()
    logger.warning("run goes on with another model", model=model, former=former)
