"""An app's files by hand: read from any version, written as a new one."""

import asyncio
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from common.conditions import Preconditions
from common.contracts import is_migration
from common.contracts.events import VersionCreatedEvent
from common.contracts.source import MAX_FILE_BYTES
from common.database import Database
from common.templates import TemplateClient
from orchestrator.db import apps, events, runs
from orchestrator.db.models import App, Version
from orchestrator.domain.naming import title_from
from orchestrator.domain.paths import check_content, check_path, check_source, check_unlocked
from orchestrator.domain.text import decode_text, expects_text
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import (
    FileNotFound,
    FileTooLarge,
    RunActive,
    VersionConflict,
    VersionNotFound,
)
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.schema import refuse, schema_of


@dataclass(frozen=True)
class Snapshot:
    """An app's files as of one version."""

    version: int
    tree: Tree


async def list_files(*, db: Database, app: App, number: int | None) -> Snapshot:
    """The files of version `number`, or of the newest; raises VersionNotFound."""
    async with db.begin() as session:
        return await _snapshot(session, app, number)


async def read_file(*, db: Database, app: App, path: str, number: int | None) -> tuple[FileRef, bytes]:
    """One file of a version; raises FileNotFound, VersionNotFound or InvalidPath."""
    check_path(path)
    async with db.begin() as session:
        snapshot = await _snapshot(session, app, number)
        ref = snapshot.tree.get(path)
        if ref is None:
            message = f"Version {snapshot.version} has no file '{path}'."
            raise FileNotFound(message, path=path, version=snapshot.version)
        return ref, await apps.get_blob(session, app.id, ref.digest)


async def write_file(
    *,
    resources: Resources,
    app: App,
    path: str,
    content: bytes | None,
    preconditions: Preconditions,
) -> Version:
    """Makes a version in which the file has this content, or with None does not exist.

    `preconditions` are on the digest the file has now. The version is not built before it is
    deployed or a message works on it, but migrations are tried: they bring the types of the tables along.
    """
    check_path(path)
    if content is not None:
        _check_content(path, content)
    check_unlocked(path, (await resources.templates.get(app.template)).locked)
    if content is not None:
        await asyncio.to_thread(check_content, path, content)
    made = await _migrated(resources, app, path, content) if is_migration(path) else None
    async with resources.db.begin() as session:
        app = await _locked(session, app, path)
        snapshot = await _snapshot(session, app, None)
        _check_preconditions(snapshot.tree.get(path), path, preconditions)
        tree = await _changed(session, app.id, snapshot.tree, path, content)
        if made is not None:
            tree = _unless_changed(made, snapshot, path)
        summary = f"{'Deleted' if content is None else 'Wrote'} {path}"
        title = title_from(summary)
        version = await apps.add_version(
            session, app_id=app.id, tree=tree, origin="upload", title=title, summary=summary
        )
        created = VersionCreatedEvent(
            version=version.number, origin="upload", files=len(tree), title=title, path=path
        )
        await events.append(session, app.id, created)
        return version


async def _migrated(resources: Resources, app: App, path: str, content: bytes | None) -> Snapshot:
    """The newest version's files with the changed migration and the types of the tables it makes.

    Raises MigrationFailed or DataUnavailable.
    """
    async with resources.db.begin() as session:
        snapshot = await _snapshot(session, await session.get_one(App, app.id), None)
    ref = None if content is None else FileRef.of(content)
    tree = snapshot.tree.without(path) if ref is None else snapshot.tree.with_file(path, ref)
    contents = {ref.digest: content} if ref is not None and content is not None else {}
    schema = await schema_of(resources, app.id, app.template, tree, contents)
    refuse(schema)
    return Snapshot(snapshot.version, schema.tree)


def _unless_changed(made: Snapshot, now: Snapshot, path: str) -> Tree:
    if made.version != now.version:
        message = "The app's files have changed meanwhile; send the migration again."
        raise VersionConflict(message, path=path)
    return made.tree


async def restore_version(
    *, db: Database, templates: TemplateClient, app: App, number: int, idempotency: Idempotency
) -> dict[str, Any]:
    """Makes a new version with the files of an earlier one, for the template of that one; nothing is lost."""
    async with db.begin() as session:
        version = await apps.get_version(session, app.id, number)
    template = await templates.get(version.template or app.template)
    async with db.begin() as session:
        if (earlier := await idempotency.earlier_answer(session)) is not None:
            return earlier
        app = await apps.lock_app(session, app.id)
        await _check_no_run(session, app)
        tree = Tree.from_json((await apps.get_version(session, app.id, number)).tree)
        contents = await apps.contents_of(session, app.id, tree)
        source = {path: contents[ref.digest] for path, ref in tree.items()}
        await asyncio.to_thread(check_source, source, template)
        summary = f"Restored version {number}"
        version = await apps.add_version(
            session, app_id=app.id, tree=tree, origin="restore", title=summary, summary=summary,
            template=template.ref,
        )  # fmt: skip
        created = VersionCreatedEvent(
            version=version.number, origin="restore", files=len(tree), title=summary, summary=summary
        )
        await events.append(session, app.id, created)
        return await idempotency.answer(session, version=version)


async def _locked(session: AsyncSession, app: App, path: str) -> App:
    """The app as it is now, at which no run works, and whose template has not become another since."""
    locked = await apps.lock_app(session, app.id)
    await _check_no_run(session, locked)
    if locked.template != app.template:
        message = "The app's foundation has changed meanwhile; send the file again."
        raise VersionConflict(message, path=path)
    return locked


async def _snapshot(session: AsyncSession, app: App, number: int | None) -> Snapshot:
    wanted = app.head if number is None else number
    if wanted is None:
        raise VersionNotFound("The app has no version yet: its first run has not begun.", app_id=app.id)
    version = await apps.get_version(session, app.id, wanted)
    return Snapshot(version.number, Tree.from_json(version.tree))


async def _check_no_run(session: AsyncSession, app: App) -> None:
    run = await runs.active_run(session, app.id)
    if run is not None:
        message = "A run is working on the app's files; wait for its end or cancel it."
        raise RunActive(message, run_id=run.id)


async def _changed(session: AsyncSession, app_id: str, tree: Tree, path: str, content: bytes | None) -> Tree:
    if content is None:
        return tree.without(path)
    ref = FileRef.of(content)
    changed = tree.with_file(path, ref)
    await apps.put_blobs(session, app_id, {ref.digest: content})
    return changed


def _check_content(path: str, content: bytes) -> None:
    if len(content) > MAX_FILE_BYTES:
        message = f"'{path}' has {len(content):,} bytes; a file may have {MAX_FILE_BYTES:,}."
        raise FileTooLarge(message, path=path, size=len(content), limit=MAX_FILE_BYTES)
    if expects_text(path):
        decode_text(content)


def _check_preconditions(ref: FileRef | None, path: str, preconditions: Preconditions) -> None:
    current = ref.digest if ref else None
    if not preconditions.hold(current):
        message = f"'{path}' is not, or no longer, what your condition says; read it again."
        raise VersionConflict(message, path=path, current=current or "")
