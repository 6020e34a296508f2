"""The packages of an app."""

from fastapi import APIRouter

from common.contracts import AppPackages
from orchestrator.api.context import TAKES_TURNS, Caller, OwnedApp, VersionQuery
from orchestrator.usecases.packages import packages_of

router = APIRouter(prefix="/v1/apps/{app_id}", tags=["versions and files"], dependencies=[TAKES_TURNS])


@router.get("/packages")
async def list_packages(app: OwnedApp, context: Caller, version: VersionQuery = None) -> AppPackages:
    """The packages that were added to the app beside its template's, and what is known against them.

    `wanted` ones were asked for; the others are what those need. `not_audited`: there are none, or no
    database of advisories could be asked yet. It is asked again once a day.
    """
    return await packages_of(context.resources, app, version)
