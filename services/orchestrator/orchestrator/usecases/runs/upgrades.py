"""Upgrades: an app's files with a newer release of its foundation merged into them, before anything runs."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import PACKAGE_FILES, ResolvePackages, own_packages
from common.contracts.templates import TemplateRef, TemplateRelease
from orchestrator.clients.merge import merge_lines
from orchestrator.db import apps
from orchestrator.db.models import App, Run
from orchestrator.db.runs import Lease
from orchestrator.domain.making_way import make_way
from orchestrator.domain.paths import check_source
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.domain.upgrade import Merge, Upgrade, merge, upgrade_note
from orchestrator.errors import AlreadyCurrent
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs.drafts import Beginning


@dataclass(frozen=True)
class Merged:
    """What an upgrade of version `version` comes to."""

    upgrade: Upgrade
    version: int
    base: Tree
    tree: Tree
    result: Merge

    async def lay(self, session: AsyncSession, run: Run) -> Beginning:
        """Stores the new files, and what the run is about to do; the beginning is that of its work."""
        contents = {self.tree[path].digest: content for path, content in self.result.files.items()}
        await apps.put_blobs(session, run.app_id, contents)
        run.upgrade = self.upgrade.to_json()
        run.title = self.upgrade.title
        run.summary = f"{self.upgrade.summary} {self.result.told}".rstrip()
        return Beginning(self.tree.to_json(), upgrade_note(self.upgrade, self.result))


async def merged_for(resources: Resources, lease: Lease, target: TemplateRelease) -> Merged:
    """The app's newest version on the run's release.

    Raises AlreadyCurrent as well: as long as the run waited for its turn, another version may have been
    restored.
    """
    async with resources.db.begin() as session:
        await lease.hold(session)
        app = await session.get_one(App, lease.app_id)
    check_newer(app, target.ref)
    return await merge_into(resources, app, target)


def check_newer(app: App, target: TemplateRef) -> None:
    """Raises AlreadyCurrent unless the app is on an older release than the target."""
    if not app.template < target:
        message = f"The app's foundation is {app.template}, which is not older than {target}."
        raise AlreadyCurrent(message, template=str(app.template))


async def merge_into(resources: Resources, app: App, target: TemplateRelease) -> Merged:
    """The app's newest version on another release of its template; nothing is stored.

    Raises what keeps the result from being an app (FileNotAllowed, PathConflict, …; of its own packages what
    the builder refuses), MergeUnavailable, TemplateUnavailable or Unavailable.
    """
    base = await resources.templates.get(app.template)
    async with resources.db.begin() as session:
        version = await apps.head_of(session, app.id)
        before = Tree.from_json(version.tree)
        contents = await apps.contents_of(session, app.id, before)
    files = {path: contents[ref.digest] for path, ref in before.items()}
    packages = await _packages(resources, files, target)
    result, tree = await asyncio.to_thread(_merge, base, files, target, packages)
    result.changes = await resources.templates.changes(app.template, target.ref)
    upgrade = Upgrade(app.template, target.ref, result.for_the_model)
    return Merged(upgrade, version.number, before, tree, result)


async def _packages(
    resources: Resources, files: Mapping[str, bytes], target: TemplateRelease
) -> dict[str, bytes]:
    """The app's own packages on the new release: its package files; none where it has the template's."""
    own = own_packages(files.get(PACKAGE_FILES[0]))
    if not own:
        return {}
    wish = ResolvePackages(template=target.ref, keep=own)
    resolved = await resources.builder.resolve(wish, resources.settings.add_dependency_seconds)
    return {path: text.encode() for path, text in resolved.files.items()}


def _merge(
    base: TemplateRelease,
    files: Mapping[str, bytes],
    target: TemplateRelease,
    packages: Mapping[str, bytes],
) -> tuple[Merge, Tree]:
    way = make_way(base, files, target)
    result = merge(base, way.files, target)
    result.moved, result.loose = way.moved, way.loose
    for sides in result.both:
        result.take(sides, merge_lines(sides) if sides.is_text else None)
    result.files.update(packages)
    check_source(result.files, target)
    return result, Tree({path: FileRef.of(content) for path, content in result.files.items()})
