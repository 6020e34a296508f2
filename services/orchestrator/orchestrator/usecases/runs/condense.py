"""A conversation that the model cannot read any more goes on in a new one, with the files as they are."""

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import RunMode, RunState
from common.logging import get_logger
from orchestrator.db import apps, runs, turns
from orchestrator.db.models import App, Run
from orchestrator.domain.condense import MAX_CONDENSED, so_far
from orchestrator.domain.conversation import TOO_LONG, failure, first_message
from orchestrator.domain.text import line_count, revision
from orchestrator.domain.tree import Tree
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.attached import attachments_note
from orchestrator.usecases.runs.conversation import Conversation, add_request

logger = get_logger(__name__)


async def condense(resources: Resources, conversation: Conversation) -> None:
    """Begins a new conversation; history is only ever added to, so this one cannot be made shorter.

    What was told of earlier messages is left out when the opening alone was too long, or what was left of the
    last time. Raises TurnLimitReached when the run has begun anew as often as it may.
    """
    async with resources.db.begin() as session:
        run = await conversation.lease.hold(session)
        if run.condensed >= MAX_CONDENSED:
            raise failure(TOO_LONG, turns=conversation.seq, max_turns=resources.limits.max_turns)
        if run.condensed or not conversation.ids:
            run.prefix = []
        run.condensed += 1
        run.condensed_after = conversation.seq
        run.first_message = await _opening(resources, session, run, conversation)
        conversation.begin_anew(run.first_message, run.prefix or ())
        await add_request(session, resources, conversation)
    logger.info("conversation condensed", run_id=conversation.lease.run_id, times=run.condensed)


async def _opening(resources: Resources, session: AsyncSession, run: Run, conversation: Conversation) -> str:
    app = await session.get_one(App, run.app_id)
    tree = Tree.from_json(run.tree or {})
    contents = await apps.contents_of(session, app.id, tree)
    lines = {path: line_count(contents[ref.digest]) for path, ref in tree.items()}
    revisions = {path: revision(contents[ref.digest]) for path, ref in tree.items()}
    opening = first_message(
        app.id, app.name, str(run.template_of(app)), lines, run.request, conversation.workspace.locked,
        revisions, mode=RunMode(run.mode), earlier=await runs.asked_before(session, run),
        attachments=await attachments_note(resources, session, run),
    )  # fmt: skip
    rows = [row for row in await turns.turns_of(session, run.id) if row.state != "lost"]
    stored = await turns.conversation_of(session, rows)
    base = await apps.get_version(session, app.id, run.base_version or 0)
    told = so_far(
        [stored[row.id] for row in rows], Tree.from_json(base.tree).diff(tree),
        repairing=run.state == RunState.RECOVERING, todo=run.todo,
    )  # fmt: skip
    return f"{opening}\n{told}"
