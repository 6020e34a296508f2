"""Builds and deployments."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from fastapi.responses import PlainTextResponse

from common.pages import Limit, Page
from orchestrator.api import release_schemas as schemas
from orchestrator.api.context import TAKES_TURNS, Caller, Cursor, IdempotencyKey, OwnedApp
from orchestrator.usecases import builds, deployments, queries
from orchestrator.usecases.idempotency import Idempotency, fingerprint

Number = Annotated[int, Path(ge=0, le=999)]

# It was drawn by generated code: no browser is to take it for anything but a picture.
_PICTURE = {"x-content-type-options": "nosniff", "cache-control": "private, max-age=3600"}

router = APIRouter(prefix="/v1/apps/{app_id}", tags=["builds and deployments"], dependencies=[TAKES_TURNS])


def _present(deployment: object) -> dict[str, object]:
    created = schemas.CreatedDeployment(deployment=schemas.Deployment.model_validate(deployment))
    return created.model_dump(mode="json")


@router.get("/builds")
async def list_builds(
    app: OwnedApp, context: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Page[schemas.Build]:
    rows = await queries.list_builds(db=context.resources.db, app=app, cursor=cursor, limit=limit + 1)
    items = [schemas.Build.model_validate(row) for row in rows]
    return Page[schemas.Build].of(items, limit, lambda item: item.id)


@router.get("/builds/{build_id}")
async def get_build(app: OwnedApp, build_id: str, context: Caller) -> schemas.Build:
    row = await queries.get_build(db=context.resources.db, app=app, build_id=build_id)
    return schemas.Build.model_validate(row)


@router.get("/builds/{build_id}/log", response_class=PlainTextResponse)
async def get_build_log(app: OwnedApp, build_id: str, context: Caller) -> str:
    """The build's whole log as text; empty while the build runs, when the events tell it line by line, and
    once it is no longer kept.
    """
    resources = context.resources
    return await queries.get_build_log(db=resources.db, builder=resources.builder, app=app, build_id=build_id)


@router.get(
    "/builds/{build_id}/thumbnails/{number}",
    response_class=Response,
    responses={200: {"content": {"image/webp": {}}}},
)
async def get_thumbnail(app: OwnedApp, build_id: str, number: Number, context: Caller) -> Response:
    """A picture of one of the build's pages, 480 px wide; `pages.thumbnails` of the build lists them."""
    resources = context.resources
    picture = await builds.get_thumbnail(
        db=resources.db, objects=resources.objects, app=app, build_id=build_id, number=number
    )
    return Response(picture, media_type="image/webp", headers=_PICTURE)


@router.post("/builds/{build_id}/cancel", status_code=202)
async def cancel_build(app: OwnedApp, build_id: str, context: Caller) -> schemas.Build:
    """Ends the build of a deployment, which then fails; harmless for one that has ended.

    A run's build ends with its run.
    """
    resources = context.resources
    row = await builds.cancel_build(db=resources.db, builder=resources.builder, app=app, build_id=build_id)
    return schemas.Build.model_validate(row)


@router.get("/deployments")
async def list_deployments(
    app: OwnedApp, context: Caller, limit: Limit = 50, cursor: Cursor = None
) -> Page[schemas.Deployment]:
    rows = await queries.list_deployments(db=context.resources.db, app=app, cursor=cursor, limit=limit + 1)
    items = [schemas.Deployment.model_validate(row) for row in rows]
    return Page[schemas.Deployment].of(items, limit, lambda item: item.id)


@router.post("/deployments", status_code=202, response_model=schemas.CreatedDeployment)
async def deploy(
    app: OwnedApp, body: schemas.RequestDeployment, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Puts a version live in an environment, building it first if it was never built for that.

    Its migrations are applied to the environment's database before.
    """
    request_fingerprint = fingerprint(f"deploy {app.id}", body.model_dump())
    return await deployments.request_deployment(
        resources=context.resources,
        app=app,
        environment=body.environment,
        number=body.version,
        approved=body.approve_migrations,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )


@router.get("/deployments/{deployment_id}")
async def get_deployment(app: OwnedApp, deployment_id: str, context: Caller) -> schemas.Deployment:
    row = await queries.get_deployment(db=context.resources.db, app=app, deployment_id=deployment_id)
    return schemas.Deployment.model_validate(row)


@router.post(
    "/deployments/{deployment_id}/rollback", status_code=202, response_model=schemas.CreatedDeployment
)
async def roll_back(
    app: OwnedApp, deployment_id: str, context: Caller, idempotency_key: IdempotencyKey = None
) -> dict[str, Any]:
    """Puts this earlier deployment live again in its environment; nothing is built."""
    request_fingerprint = fingerprint(f"roll back {app.id} {deployment_id}", None)
    return await deployments.roll_back(
        resources=context.resources,
        app=app,
        deployment_id=deployment_id,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )
