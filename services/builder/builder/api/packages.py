"""Packages of apps' own."""

from typing import Annotated

from fastapi import APIRouter, Path

from builder.api.dependencies import AppResources
from builder.usecases import packages
from common.contracts import AppPackages, ResolvedPackages, ResolvePackages

router = APIRouter(prefix="/v1/packages", tags=["packages"])


@router.post("/resolve")
async def resolve(resources: AppResources, body: ResolvePackages) -> ResolvedPackages:
    """Resolve packages into a template's lockfile, as builds take it; 422 and 404 say why not, for people."""
    return await packages.resolve(resources, body)


@router.get("/{key}")
async def get(resources: AppResources, key: Annotated[str, Path(pattern="^[0-9a-f]{64}$")]) -> AppPackages:
    """What was resolved. `key`: SHA-256 of package.json, a zero byte and package-lock.json."""
    return await packages.read(resources, key)
