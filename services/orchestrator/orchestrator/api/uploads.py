"""Pictures for messages."""

import asyncio
import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import JsonValue
from starlette.requests import ClientDisconnect

from orchestrator.api import schemas
from orchestrator.api.context import TAKES_TURNS, Caller, IdempotencyKey
from orchestrator.domain.pictures import SUFFIXES
from orchestrator.errors import UploadTooSlow
from orchestrator.usecases import uploads
from orchestrator.usecases.idempotency import Idempotency, fingerprint

PATH = "/v1/uploads"

router = APIRouter(prefix=PATH, tags=["uploads"], dependencies=[TAKES_TURNS])

_PICTURES: dict[str, JsonValue] = {media_type: {} for media_type in SUFFIXES}
# Anybody may have made it, and it may be something else besides: no browser is to take it for anything more.
_SAFE = {
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cache-control": "private, max-age=3600",
}

FileName = Annotated[
    str | None,
    Query(max_length=200, description="What to call it; the model and the chat name it so, as far as can be"),
]


def _present(upload: object) -> dict[str, object]:
    return schemas.Upload.model_validate(upload).model_dump(mode="json")


@router.post(
    "",
    status_code=201,
    response_model=schemas.Upload,
    openapi_extra={"requestBody": {"content": _PICTURES, "required": True}},
)
async def upload_picture(
    request: Request, context: Caller, name: FileName = None, idempotency_key: IdempotencyKey = None
) -> dict[str, object]:
    """Keeps a picture (the request's body: PNG, JPEG, WebP or GIF, at most 3.75 MB) for a message to attach.

    What it is, is told from its bytes. One that no message has is deleted after a day.
    """
    resources = context.resources
    content = await _body(request, resources.settings.upload_seconds)
    request_fingerprint = fingerprint("upload", [name, hashlib.sha256(content).hexdigest()])
    return await uploads.add_upload(
        db=resources.db,
        team_id=context.team_id,
        content=content,
        name=name,
        limit=resources.settings.uploads_team_bytes,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )


@router.get(
    "/{upload_id}",
    response_class=Response,
    responses={200: {"content": _PICTURES, "description": "The picture"}},
)
async def get_upload(upload_id: str, context: Caller) -> Response:
    """The picture itself, as long as the app of its message."""
    found = await uploads.read_upload(db=context.resources.db, team_id=context.team_id, upload_id=upload_id)
    headers = {**_SAFE, "content-disposition": f'inline; filename="{found.name}"'}
    return Response(found.content, media_type=found.media_type, headers=headers)


@router.delete("/{upload_id}", status_code=204)
async def delete_upload(upload_id: str, context: Caller) -> None:
    """Deletes a picture that no message has."""
    await uploads.delete_upload(db=context.resources.db, team_id=context.team_id, upload_id=upload_id)


async def _body(request: Request, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await request.body()
    except TimeoutError:
        message = f"The picture did not come within {seconds:g} s: send it again, or make it smaller."
        raise UploadTooSlow(message, seconds=seconds) from None
    except ClientDisconnect:
        raise UploadTooSlow("The picture broke off: send it again.") from None
