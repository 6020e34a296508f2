"""Routes of the catalogue."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from common.contracts.templates import (
    TemplateFile,
    TemplateManifest,
    TemplateSummary,
    TemplateVersion,
    Version,
)
from common.pages import Limit, Page
from templates.api.caching import cached
from templates.usecases.catalogue import Catalogue, Described, PublishedRelease
from templates.usecases.resources import Resources

router = APIRouter(prefix="/v1/templates", tags=["templates"])


async def _catalogue(request: Request) -> Catalogue:
    resources: Resources = request.app.state.resources
    return resources.catalogue


InCatalogue = Annotated[Catalogue, Depends(_catalogue)]


@router.get("")
async def list_templates(
    catalogue: InCatalogue, limit: Limit = 50, cursor: str | None = None
) -> Page[TemplateSummary]:
    """By name."""
    found = await catalogue.templates(cursor, limit + 1)
    return Page[TemplateSummary].of([_summary(one) for one in found], limit, lambda item: item.name)


@router.get("/{name}")
async def get_template(catalogue: InCatalogue, name: str) -> TemplateSummary:
    return _summary(await catalogue.template(name))


@router.get("/{name}/versions")
async def list_versions(
    catalogue: InCatalogue, name: str, limit: Limit = 50, cursor: str | None = None
) -> Page[TemplateVersion]:
    """Newest first."""
    items = [
        TemplateVersion(
            version=str(listed.tag.ref.version),
            commit=listed.tag.commit,
            prerelease=bool(listed.tag.ref.version.prerelease),
            advisories=listed.advisories,
            changes=listed.changes,
        )
        for listed in (await catalogue.versions(name, cursor))[: limit + 1]
    ]
    return Page[TemplateVersion].of(items, limit, lambda item: item.version)


@router.get("/{name}/versions/{version}", response_model=TemplateManifest)
async def get_manifest(request: Request, catalogue: InCatalogue, name: str, version: str) -> Response:
    """A channel is accepted as version, `latest` stands for `stable`. If-None-Match saves the answer."""
    found = await catalogue.release(name, version)
    return cached(
        request,
        body=_manifest(found).model_dump_json().encode(),
        media_type="application/json",
        tag=found.tag.commit,
        immutable=Version.parse(version) is not None,
    )


@router.get("/{name}/versions/{version}/archive", response_class=Response)
async def get_archive(request: Request, catalogue: InCatalogue, name: str, version: str) -> Response:
    """The app's tree as a deterministic tar; its entity tag is the manifest's digest."""
    found = await catalogue.release(name, version)
    filename = f"{name}-{found.tag.ref.version}.tar"
    return cached(
        request,
        body=found.archive,
        media_type="application/x-tar",
        tag=found.release.digest,
        immutable=Version.parse(version) is not None,
        **{"content-disposition": f'attachment; filename="{filename}"'},
    )


@router.get("/{name}/versions/{version}/files/{path:path}", response_class=Response)
async def get_file(request: Request, catalogue: InCatalogue, name: str, version: str, path: str) -> Response:
    """One file's bytes; its entity tag is its digest."""
    file = (await catalogue.release(name, version)).file(path)
    return cached(
        request,
        body=file.content,
        media_type="application/octet-stream",
        tag=file.digest,
        immutable=Version.parse(version) is not None,
    )


def _summary(described: Described) -> TemplateSummary:
    template = described.template
    return TemplateSummary(
        name=template.name,
        description=described.description,
        latest=str(template.latest.ref.version) if template.latest else None,
        channels={name: str(tag.ref.version) for name, tag in template.channels.items()},
    )


def _manifest(found: PublishedRelease) -> TemplateManifest:
    descriptor = found.release.descriptor
    return TemplateManifest(
        name=descriptor.name,
        version=descriptor.version,
        description=descriptor.description,
        digest=found.release.digest,
        commit=found.tag.commit,
        locked=descriptor.locked,
        files=tuple(
            TemplateFile(path=file.path, size=len(file.content), digest=file.digest)
            for file in found.release.files
        ),
    )
