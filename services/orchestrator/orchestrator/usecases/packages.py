"""The packages that an app has beside its template's, and what is known against them."""

from common.contracts import PACKAGE_FILES, AppPackages, Audit, own_packages, package_key
from orchestrator.db import apps
from orchestrator.db.models import App
from orchestrator.domain.tree import Tree
from orchestrator.usecases.resources import Resources


async def packages_of(resources: Resources, app: App, number: int | None) -> AppPackages:
    """Of a version, by default of the newest. Raises VersionNotFound or Unavailable."""
    async with resources.db.begin() as session:
        if number is None and app.head is None:
            return _NONE
        version = await apps.get_version(session, app.id, app.head if number is None else number)  # type: ignore[arg-type]
        tree = Tree.from_json(version.tree)
        refs = [tree[path] for path in PACKAGE_FILES if path in tree]
        contents = await apps.get_blobs(session, app.id, {ref.digest for ref in refs})
    files = [contents[ref.digest] for ref in refs]
    if len(files) < len(PACKAGE_FILES) or own_packages(files[0]) is None:
        return _NONE
    return await resources.builder.packages(package_key(*files))


_NONE = AppPackages(packages=[], audit=Audit(state="not_audited"))
