"""Uploads: pictures that wait for the message that names them, and what becomes of them then."""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.clock import utcnow
from common.database import Database
from common.ids import new_id
from orchestrator.db import teams, uploads
from orchestrator.db.models import Upload
from orchestrator.domain.attachments import MAX_ATTACHED_BYTES, Attachment, file_name, unique_name
from orchestrator.domain.pictures import read_picture
from orchestrator.errors import AttachmentsTooLarge, UploadInUse, UploadNotFound, UploadsFull
from orchestrator.usecases.idempotency import Idempotency


async def add_upload(
    *, db: Database, team_id: str, content: bytes, name: str | None, limit: int, idempotency: Idempotency
) -> dict[str, Any]:
    """Keeps a picture for the team, whose uploads may take `limit` bytes together.

    Raises PictureInvalid, PictureTooLarge or UploadsFull.
    """
    picture = await asyncio.to_thread(read_picture, content)
    async with db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        await teams.lock_team(session, team_id)
        used = await uploads.bytes_of_team(session, team_id)
        if used + len(content) > limit:
            message = (
                f"The team's pictures take {used:,} of {limit:,} bytes, and this one has {len(content):,}: "
                "delete uploads that no message has, or apps that are not needed any more."
            )
            raise UploadsFull(message, used=used, size=len(content), limit=limit)
        upload = Upload(
            id=new_id("upl"), team_id=team_id, name=file_name(name, picture.media_type),
            media_type=picture.media_type, width=picture.width, height=picture.height, size=len(content),
            content=content, created_at=utcnow(),
        )  # fmt: skip
        session.add(upload)
        await session.flush()
        return await idempotency.answer(session, upload=upload)


async def read_upload(*, db: Database, team_id: str, upload_id: str) -> Upload:
    """The upload with its content; raises UploadNotFound."""
    async with db.begin() as session:
        return await uploads.get_upload(session, team_id, upload_id, content=True)


async def delete_upload(*, db: Database, team_id: str, upload_id: str) -> None:
    """Raises UploadNotFound, or UploadInUse for one that a message has: that goes with its app."""
    async with db.begin() as session:
        upload = await uploads.get_upload(session, team_id, upload_id, lock=True)
        if upload.app_id is not None:
            raise UploadInUse("A message has this picture: it is deleted with its app.", upload_id=upload_id)
        await session.delete(upload)


async def attach(
    session: AsyncSession, *, team_id: str, app_id: str, upload_ids: Sequence[str]
) -> list[Attachment]:
    """Makes these uploads the app's, in the caller's transaction, which has locked the app.

    Raises UploadNotFound, UploadInUse for one of another app, or AttachmentsTooLarge.
    """
    if not upload_ids:
        return []
    found = await uploads.lock_uploads(session, team_id, upload_ids)
    taken = await uploads.names_of_app(session, app_id)
    attached = []
    for upload_id in dict.fromkeys(upload_ids):
        upload = found.get(upload_id)
        if upload is None:
            raise UploadNotFound.of(upload_id)
        if upload.app_id not in {None, app_id}:
            raise UploadInUse(
                "A message of another app has this picture: upload it anew.", upload_id=upload_id
            )
        if upload.app_id is None:
            upload.app_id, upload.name = app_id, unique_name(upload.name, taken)
            taken.add(upload.name)
        attached.append(_attachment(upload))
    size = sum(one.size for one in attached)
    if size > MAX_ATTACHED_BYTES:
        message = (
            f"The pictures of the message have {size:,} bytes together; {MAX_ATTACHED_BYTES:,} are accepted: "
            "make them smaller, or send fewer."
        )
        raise AttachmentsTooLarge(message, size=size, limit=MAX_ATTACHED_BYTES)
    return attached


def _attachment(upload: Upload) -> Attachment:
    return Attachment(upload.id, upload.name, upload.media_type, upload.width, upload.height, upload.size)
