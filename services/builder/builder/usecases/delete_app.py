"""Forgets an app: its builds end, their rows and logs are deleted."""

from builder.db import builds
from builder.db.models import DeletedApp
from builder.usecases.resources import Resources
from common.contracts import AppId
from common.deletion import note_deleted


async def delete_app(resources: Resources, app_id: AppId) -> bool:
    """True when nothing of it is left and nothing will be made of it; False: ask again shortly.

    Whoever builds the app at this moment sees the cancellation with the next heartbeat.
    """
    async with resources.db.begin() as session:
        await note_deleted(session, DeletedApp, app_id)
        return await builds.remove_of_app(session, app_id)
