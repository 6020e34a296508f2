"""Versions of an app and their files."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from common.conditions import Preconditions
from common.contracts.source import MAX_PATH
from common.pages import Limit, Page
from orchestrator.api import schemas
from orchestrator.api.context import (
    TAKES_TURNS,
    BaseQuery,
    Caller,
    Conditions,
    IdempotencyKey,
    OwnedApp,
    VersionCursor,
    VersionPath,
    VersionQuery,
)
from orchestrator.db.models import App
from orchestrator.errors import VersionConflict
from orchestrator.usecases import files, queries
from orchestrator.usecases.idempotency import Idempotency, fingerprint

router = APIRouter(prefix="/v1/apps/{app_id}", tags=["versions and files"], dependencies=[TAKES_TURNS])

FilePath = Annotated[str, Path(json_schema_extra={"minLength": 1, "maxLength": MAX_PATH})]


def _present(version: object) -> dict[str, object]:
    return schemas.Version.model_validate(version).model_dump(mode="json")


@router.get("/versions")
async def list_versions(
    app: OwnedApp, context: Caller, limit: Limit = 50, cursor: VersionCursor = None
) -> Page[schemas.Version]:
    """The app's versions, newest first. Version 0 is the bare template."""
    rows = await queries.list_versions(db=context.resources.db, app=app, cursor=cursor, limit=limit + 1)
    items = [schemas.Version.model_validate(row) for row in rows]
    return Page[schemas.Version].of(items, limit, lambda item: str(item.number))


@router.get("/versions/{number}")
async def get_version(app: OwnedApp, number: VersionPath, context: Caller) -> schemas.Version:
    row = await queries.get_version(db=context.resources.db, app=app, number=number)
    return schemas.Version.model_validate(row)


@router.get("/versions/{number}/diff")
async def diff_versions(
    app: OwnedApp, number: VersionPath, context: Caller, base: BaseQuery = None
) -> schemas.Diff:
    """Which files differ from `base`, by default the version before."""
    base = max(number - 1, 0) if base is None else base
    diff = await queries.diff_versions(db=context.resources.db, app=app, number=number, base=base)
    return schemas.Diff(
        base=base,
        version=number,
        added=list(diff.added),
        changed=list(diff.changed),
        removed=list(diff.removed),
    )


@router.post("/versions/{number}/restore", status_code=201, response_model=schemas.Version)
async def restore_version(
    app: OwnedApp, number: VersionPath, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, object]:
    """Makes a new version with the files of an earlier one."""
    request_fingerprint = fingerprint(f"restore {app.id} {number}", None)
    return await files.restore_version(
        db=context.resources.db,
        templates=context.resources.templates,
        app=app,
        number=number,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )


@router.get("/files")
async def list_files(app: OwnedApp, context: Caller, version: VersionQuery = None) -> schemas.Files:
    found = await files.list_files(db=context.resources.db, app=app, number=version)
    listed = [schemas.File(path=path, size=ref.size, digest=ref.digest) for path, ref in found.tree.items()]
    return schemas.Files(version=found.version, files=listed)


@router.get(
    "/files/{path:path}",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The file's bytes"},
        304: {"description": "The file has one of the ETags in If-None-Match"},
    },
)
async def read_file(
    path: FilePath, app: OwnedApp, context: Caller, conditions: Conditions, version: VersionQuery = None
) -> Response:
    """The file's bytes; its ETag is the content's digest."""
    ref, content = await files.read_file(db=context.resources.db, app=app, path=path, number=version)
    headers = {"etag": f'"{ref.digest}"', "cache-control": "private, no-cache"}
    if conditions.if_match is not None and not conditions.if_match.match(ref.digest):
        raise VersionConflict(f"'{path}' is not what your condition says.", path=path, current=ref.digest)
    if conditions.if_none_match is not None and conditions.if_none_match.match_weakly(ref.digest):
        return Response(status_code=304, headers=headers)
    headers["x-content-type-options"] = "nosniff"
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.put(
    "/files/{path:path}",
    status_code=201,
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}, "required": True}},
)
async def write_file(
    app: OwnedApp, path: FilePath, request: Request, context: Caller, conditions: Conditions
) -> schemas.Version:
    """Writes a file (the request's body, at most 1 MB) as a new version."""
    content = await request.body()
    return await _write(app, path, content, context, conditions)


@router.delete("/files/{path:path}", status_code=201)
async def delete_file(
    app: OwnedApp, path: FilePath, context: Caller, conditions: Conditions
) -> schemas.Version:
    """Deletes a file, which makes a new version."""
    return await _write(app, path, None, context, conditions)


async def _write(
    app: App, path: FilePath, content: bytes | None, context: Caller, conditions: Preconditions
) -> schemas.Version:
    row = await files.write_file(
        resources=context.resources,
        app=app,
        path=path,
        content=content,
        preconditions=conditions,
    )
    return schemas.Version.model_validate(row)
