"""Uploads: pictures of a team's, until a message takes them those of nobody."""

from collections.abc import Collection, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from orchestrator.db.models import App, Upload
from orchestrator.errors import UploadNotFound


async def bytes_of_team(session: AsyncSession, team_id: str) -> int:
    """What all of the team's uploads take."""
    return int(await session.scalar(select(func.sum(Upload.size)).where(Upload.team_id == team_id)) or 0)


async def get_upload(
    session: AsyncSession, team_id: str, upload_id: str, *, content: bool = False, lock: bool = False
) -> Upload:
    """The team's upload; raises UploadNotFound for another team's, and one of a deleted app, as for none."""
    kept = select(App.id).where(App.id == Upload.app_id, App.deleted_at.is_(None)).exists()
    query = select(Upload).where(
        Upload.id == upload_id, Upload.team_id == team_id, or_(Upload.app_id.is_(None), kept)
    )
    query = query.options(undefer(Upload.content)) if content else query
    upload = await session.scalar(query.with_for_update() if lock else query)
    if upload is None:
        raise UploadNotFound.of(upload_id)
    return upload


async def lock_uploads(session: AsyncSession, team_id: str, upload_ids: Collection[str]) -> dict[str, Upload]:
    """Those of these that are the team's, by id."""
    query = select(Upload).where(Upload.team_id == team_id, Upload.id.in_(upload_ids)).order_by(Upload.id)
    return {upload.id: upload for upload in await session.scalars(query.with_for_update())}


async def names_of_app(session: AsyncSession, app_id: str) -> set[str]:
    return set(await session.scalars(select(Upload.name).where(Upload.app_id == app_id)))


async def contents_by_id(session: AsyncSession, app_id: str, upload_ids: Sequence[str]) -> dict[str, bytes]:
    query = select(Upload.id, Upload.content).where(Upload.app_id == app_id, Upload.id.in_(upload_ids))
    return {upload_id: content for upload_id, content in await session.execute(query)}  # noqa: C416  # rows, not tuples


async def contents_by_name(session: AsyncSession, app_id: str, names: Collection[str]) -> dict[str, bytes]:
    query = select(Upload.name, Upload.content).where(Upload.app_id == app_id, Upload.name.in_(names))
    return {name: content for name, content in await session.execute(query)}  # noqa: C416  # rows, not tuples
