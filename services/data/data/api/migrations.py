"""Internal: an app's migrations, checked and applied."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from common.contracts import AppliedMigrations, DestructiveStep, MigrationFinding
from data.api.dependencies import AppIdPath, AppResources, EnvironmentPath, require_service
from data.domain.schema_view import table_view
from data.domain.types import database_types
from data.usecases.migrate.apply import apply, shown
from data.usecases.migrate.check import check

router = APIRouter(
    prefix="/internal/realms/{app_id}/{environment}", tags=["realms"], dependencies=[Depends(require_service)]
)


class MigrationFile(BaseModel):
    """One file of the app's source, such as `supabase/migrations/0001_todos.sql`."""

    model_config = ConfigDict(extra="forbid")

    path: Annotated[str, StringConstraints(max_length=300)]
    sql: Annotated[str, StringConstraints(max_length=2_000_000)]


class Migrations(BaseModel):
    """All migrations that the version has."""

    model_config = ConfigDict(extra="forbid")

    migrations: Annotated[list[MigrationFile], Field(max_length=2000)]

    def files(self) -> dict[str, str]:
        return {one.path: one.sql for one in self.migrations}


class ApplyMigrations(Migrations):
    """`approved` are paths of migrations whose losses in production somebody has agreed to."""

    deployment_id: Annotated[str, StringConstraints(max_length=60)] | None = None
    approved: Annotated[list[str], Field(max_length=2000)] = []


class CheckedView(BaseModel):
    """What applying would bring. `types` and `tables` are of the schema as it would be then."""

    findings: Sequence[MigrationFinding]
    pending: Sequence[str]
    destructive: Sequence[DestructiveStep]
    tables: Sequence[dict[str, Any]]
    types: str | None


@router.post("/check")
async def check_all(
    resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath, body: Migrations
) -> CheckedView:
    """Try the migrations in the app's own schema, and undo it all."""
    found = await check(resources, app_id, environment, body.files())
    catalog = found.catalog
    return CheckedView(
        findings=[shown(finding) for finding in found.findings],
        pending=found.pending,
        destructive=found.destructive,
        tables=[table_view(catalog, table) for table in catalog.tables] if catalog else [],
        types=database_types(catalog) if catalog else None,
    )


@router.post("/apply")
async def apply_all(
    resources: AppResources, app_id: AppIdPath, environment: EnvironmentPath, body: ApplyMigrations
) -> AppliedMigrations:
    """Apply those that are not applied yet, all or none; the same again changes nothing."""
    realm, applied = await apply(
        resources,
        app_id,
        environment,
        body.files(),
        deployment_id=body.deployment_id,
        approved=body.approved,
    )
    return AppliedMigrations(
        ref=realm.ref,
        url=f"{resources.settings.data_public_url}/{realm.ref}",
        publishable_key=realm.publishable_key,
        applied=tuple(applied),
    )
