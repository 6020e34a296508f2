"""Telling that an app has another name or logo."""

import hashlib

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts.events import AppUpdatedEvent
from orchestrator.db import apps, events
from orchestrator.db.models import App
from orchestrator.domain.logo import monogram


async def current_logo(session: AsyncSession, app: App) -> bytes:
    """The app's logo as it is served: drawn by a model, or made of its name's letters."""
    return (await apps.logo_of(session, app.id) or monogram(app.name, app.id)).encode()


def logo_digest(logo: bytes) -> str:
    """The logo's sha256, which is its ETag."""
    return hashlib.sha256(logo).hexdigest()


async def tell_update(session: AsyncSession, app: App, *, run_id: str | None = None) -> None:
    """Adds the event to the transaction that has changed the app."""
    await session.flush()
    logo = logo_digest(await current_logo(session, app))
    event = AppUpdatedEvent.model_validate(
        {"run_id": run_id, "name": app.name, "named_by": app.named_by, "logo": logo}
    )
    await events.append(session, app.id, event)
