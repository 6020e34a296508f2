"""Internal: the databases of an app's environments."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from data.api.dependencies import AppIdPath, AppResources, EnvironmentPath, require_service
from data.domain.realm import ref_of
from data.usecases.realms import find_realm, make_realm

router = APIRouter(prefix="/internal/realms", tags=["realms"], dependencies=[Depends(require_service)])


class RealmView(BaseModel):
    """Where an app reaches its data: the arguments of supabase-js's `createClient`."""

    ref: str
    url: str
    publishable_key: str
    shard: str


@router.get("/{app_id}/{environment}")
async def get(resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath) -> RealmView:
    """Where the environment's database is."""
    realm = await find_realm(resources, ref_of(app_id, environment))
    return view(resources, realm.ref, realm.publishable_key, realm.shard)


@router.put("/{app_id}/{environment}")
async def put(resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath) -> RealmView:
    """Make the environment's database, empty, unless there is one."""
    realm = await make_realm(resources, app_id, environment)
    return view(resources, realm.ref, realm.publishable_key, realm.shard)


def view(resources: AppResources, ref: str, key: str, shard: str) -> RealmView:
    url = f"{resources.settings.data_public_url}/{ref}"
    return RealmView(ref=ref, url=url, publishable_key=key, shard=shard)
