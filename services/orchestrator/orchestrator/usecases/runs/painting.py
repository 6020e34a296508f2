"""What `generate_image` needs from outside a run's files: a picture from a vendor, ledgered like a turn."""

from collections.abc import Mapping
from typing import Any

from common.contracts.source import MAX_FILE_BYTES
from orchestrator.clients.images.protocol import MadePicture, PictureClient, PictureNotMade
from orchestrator.db import turns
from orchestrator.db.models import Turn
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.placing import MAX_MADE, NOT_MADE
from orchestrator.domain.turns import Usage, estimated_tokens
from orchestrator.metrics import TURNS
from orchestrator.usecases.budgets import check_request, tell_thresholds
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation, reservation
from orchestrator.usecases.runs.settle import settle

_TOOL = "generate_image"
_MOST_REQUESTS = 2
"""For one call: the second after a crash has interrupted the first."""
_EXPECTED_TOKENS = 2_000
"""About what a picture of the largest size and medium quality is charged as."""
_ENOUGH = f"This run has its {MAX_MADE} pictures, and gets no more: go on with those."
_INTERRUPTED = "The picture could not be made, as the work on it was interrupted. Go on without it."
_NO_BUDGET = "What is left of the person's budget does not allow for a picture now. Go on without."
_REFUSED = (
    "The picture was refused, as what it would show may be unsafe or somebody's. Describe something else, "
    "without real people, brands or violence, or go on without."
)


async def picture_for(
    resources: Resources, conversation: Conversation, call: Mapping[str, Any]
) -> bytes | str | None:
    """The picture that the call asks for, or why there is none; None if the call is answered without.

    A request is noted before it goes out; after a crash the vendor is asked at most once more, and what was
    lost the platform bears, as nobody has got anything for it.
    """
    client, args = resources.pictures, conversation.workspace.wanted_picture(call)
    if client is None or args is None:
        return None
    asking = f"{conversation.ids[-1]} {call['id']}"
    turn_id, refusal = await _note(resources, conversation, client, asking, args.prompt)
    if turn_id is None:
        return refusal
    try:
        made = await client.make(args.prompt, args.size)
    except PictureNotMade as error:
        await _give_up(resources, conversation, turn_id, billed=error.billed)
        return _REFUSED if error.reason == "refused" else NOT_MADE
    await _ledger(resources, conversation, turn_id, made)
    return made.content


async def _note(
    resources: Resources, conversation: Conversation, client: PictureClient, call: str, prompt: str
) -> tuple[str | None, str]:
    """Notes the request with what it may cost: its row's id, or None and why it may not go out."""
    async with resources.db.begin() as session:
        run = await conversation.lease.hold(session)
        asked = await turns.picture_turns(session, run.id)
        for turn in asked:
            if turn.state in turns.OPEN:
                await settle(session, resources.outbox, resources.pricing, turn, ours=True)
        if sum(turn.for_call == call for turn in asked) >= _MOST_REQUESTS:
            return None, _INTERRUPTED
        if await turns.successes_of(session, run.id, _TOOL) >= MAX_MADE:
            return None, _ENOUGH
        expected = Usage(input_tokens=estimated_tokens(len(prompt)), output_tokens=_EXPECTED_TOKENS)
        cost = resources.pricing.cost(client.model, expected, picture=True)
        reserved = await reservation(session, resources, conversation, expected, cost)
        if reserved and await check_request(session, resources.pricing.caps, run) is not None:
            return None, _NO_BUDGET
        turn = turns.add_turn(
            session, run_id=run.id, seq=await turns.next_beside(session, run.id), kind=turns.PICTURE,
            billing_class=conversation.billing_class, model=client.model, usage=expected, reserved=reserved,
            cost_microdollars=cost, for_call=call,
        )  # fmt: skip
        return turn.id, ""


async def _give_up(resources: Resources, conversation: Conversation, turn_id: str, *, billed: bool) -> None:
    async with resources.db.begin() as session:
        await conversation.lease.hold(session)
        if billed:
            turn = await session.get_one(Turn, turn_id)
            await settle(session, resources.outbox, resources.pricing, turn, ours=True)
        else:
            await turns.remove_turn(session, turn_id)


async def _ledger(resources: Resources, conversation: Conversation, turn_id: str, made: MadePicture) -> None:
    async with resources.db.begin() as session:
        run = await conversation.lease.hold(session)
        turn = await session.get_one(Turn, turn_id)
        usage = made.usage or turns.usage_of(turn)
        turns.set_usage(turn, usage, resources.pricing.cost(turn.model, usage, picture=True))
        if len(made.content) > MAX_FILE_BYTES:  # no app can have it
            turn.billing_class = BillingClass.PLATFORM
        await turns.bill_repair(session, turn, resources.pricing.free_repairs)
        turns.end_turn(turn, state="done", stop_reason=None)
        await tell_thresholds(session, resources.outbox, resources.pricing.caps, run)
    TURNS.labels(turn.model, turn.billing_class, "done").inc()
