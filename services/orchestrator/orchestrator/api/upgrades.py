"""Upgrades of an app's foundation."""

from fastapi import APIRouter, Response

from orchestrator.api import schemas, upgrade_schemas
from orchestrator.api.context import TAKES_TURNS, Caller, IdempotencyKey, OwnedApp
from orchestrator.usecases import upgrade
from orchestrator.usecases.idempotency import Idempotency, fingerprint
from orchestrator.usecases.runs.upgrades import Merged

router = APIRouter(prefix="/v1/apps/{app_id}", tags=["versions and files"], dependencies=[TAKES_TURNS])


def _present(merged: Merged, message: object = None, run: object = None) -> dict[str, object]:
    answer = upgrade_schemas.RequestedUpgrade(
        plan=upgrade_schemas.UpgradePlan.of(merged),
        message=schemas.Message.model_validate(message) if message else None,
        run=schemas.Run.model_validate(run) if run else None,
    )
    return answer.model_dump(mode="json", by_alias=True)


@router.post(
    "/template/upgrade",
    status_code=202,
    response_model=upgrade_schemas.RequestedUpgrade,
    responses={
        200: {"model": upgrade_schemas.RequestedUpgrade, "description": "With `dry_run`: nothing begins"}
    },
)
async def upgrade_template(
    body: upgrade_schemas.RequestUpgrade,
    app: OwnedApp,
    context: Caller,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> dict[str, object]:
    """Moves the app to a newer release of its foundation, by a run that nobody pays for.

    Files that only one side has changed are that side's, those that both have are merged by lines. Where both
    have changed the same lines, the file stays the app's and the model works the foundation's change in. The
    new version goes live as preview, once it builds and runs; production is as ever for you to deploy.
    `POST …/versions/{number}/restore` of the version before undoes it, and brings the old foundation back.
    """
    resources = context.resources
    if body.dry_run:
        response.status_code = 200
        return _present(await upgrade.plan_upgrade(resources=resources, app=app, to=body.to))
    request_fingerprint = fingerprint(f"upgrade {app.id}", body.to)
    return await upgrade.request_upgrade(
        resources=resources,
        app=app,
        to=body.to,
        idempotency=Idempotency(context.team_id, idempotency_key, request_fingerprint, _present),
    )
