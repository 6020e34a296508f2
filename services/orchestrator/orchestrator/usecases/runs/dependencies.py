"""What `add_dependency` and `remove_dependency` need from outside a run's files: the builder's resolution."""

from collections.abc import Mapping
from typing import Any

from common.contracts import PACKAGE_FILES
from common.errors import Timeout, Unavailable
from common.http import Refused
from common.logging import get_logger
from orchestrator.db.models import App
from orchestrator.domain.apply import ToolOutcome
from orchestrator.domain.packages import answer, changed, unavailable, wish_of
from orchestrator.domain.text import storable
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.conversation import Conversation

logger = get_logger(__name__)


async def packages_for(
    resources: Resources, conversation: Conversation, call: Mapping[str, Any]
) -> ToolOutcome | None:
    """The app's new package files, or why there are none; None if the call is answered without.

    Asked again after a crash the builder resolves again: it keeps nothing that could be done twice.
    """
    workspace = conversation.workspace
    args = workspace.wanted_packages(call)
    if args is None:
        return None
    known = workspace.tree.get(PACKAGE_FILES[0])
    manifest = workspace.contents.get(known.digest) if known else None
    async with resources.db.begin() as session:
        app = await session.get_one(App, conversation.lease.app_id)
        template = (await conversation.lease.hold(session)).template_of(app)
    wish = wish_of(args, manifest, template)
    if isinstance(wish, ToolOutcome):
        return wish
    try:
        resolved = await resources.builder.resolve(wish, resources.settings.add_dependency_seconds)
    except Refused as refused:
        return answer(storable(f"{refused.code}: {refused.message}"))
    except (Unavailable, Timeout) as error:
        logger.warning("packages not resolved", reason=error.message)
        return unavailable()
    return changed(args, resolved)
