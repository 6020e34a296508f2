"""The pictures that a run's conversation opens with, and those that its calls are about."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from orchestrator.db import runs, uploads
from orchestrator.db.models import Run
from orchestrator.domain.arguments import names_used
from orchestrator.domain.attachments import (
    Attachment,
    attachments_from,
    attachments_section,
    newest_first,
)
from orchestrator.domain.conversation import picture_block
from orchestrator.usecases.resources import Resources


async def attachments_of(session: AsyncSession, run: Run) -> list[Attachment]:
    """The pictures of the run's message, and of the requests whose questions it answers."""
    earlier = [one.attachments for one in reversed(await runs.asked_before(session, run))]
    return newest_first([attachments_from(run.attachments), *earlier])


async def attachments_note(resources: Resources, session: AsyncSession, run: Run) -> str:
    """The section about them in the run's opening; empty without any."""
    seen = resources.settings.model_sees
    return attachments_section(await attachments_of(session, run), seen=seen)


async def shown(
    resources: Resources, session: AsyncSession, run: Run
) -> tuple[list[Attachment], dict[str, bytes]]:
    """What the model is shown at the beginning, with the contents by id; nothing if it sees nothing."""
    if not resources.settings.model_sees:
        return [], {}
    attachments = await attachments_of(session, run)
    contents = await uploads.contents_by_id(session, run.app_id, [one.id for one in attachments])
    return [one for one in attachments if one.id in contents], contents


async def as_blocks(attachments: Sequence[Attachment], contents: dict[str, bytes]) -> list[dict[str, Any]]:
    """In a thread: it may be megabytes."""

    def make() -> list[dict[str, Any]]:
        return [picture_block(contents[one.id], one.media_type) for one in attachments]

    return await asyncio.to_thread(make) if attachments else []


async def used_by(resources: Resources, app_id: str, calls: Iterable[dict[str, Any]]) -> dict[str, bytes]:
    """The pictures that the calls name, of any message of the app, by name."""
    names = names_used(calls)
    if not names:
        return {}
    async with resources.db.begin() as session:
        return await uploads.contents_by_name(session, app_id, names)
