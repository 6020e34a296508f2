"""Apps, their chat messages and their versions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import String, delete, func, null, select, tuple_, type_coerce, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import TemplateRef
from common.ids import new_id
from orchestrator.db.models import (
    App,
    Blob,
    Build,
    Deployment,
    Event,
    Message,
    Run,
    ToolResult,
    Turn,
    TurnBlock,
    Upload,
    Version,
)
from orchestrator.domain.attachments import Attachment
from orchestrator.domain.tree import Tree
from orchestrator.errors import AppNotFound, VersionNotFound

_BLOB_BATCH = 500


async def lock_app(session: AsyncSession, app_id: str) -> App:
    """The app as it is now, for a change; raises AppNotFound when it was deleted meanwhile."""
    query = select(App).where(App.id == app_id, App.deleted_at.is_(None))
    app = await session.scalar(query.with_for_update())
    if app is None:
        raise AppNotFound.of(app_id)
    return app


async def logo_of(session: AsyncSession, app_id: str) -> str | None:
    """The logo that a model has drawn, as it is stored."""
    return await session.scalar(select(App.logo).where(App.id == app_id))


async def last_events(session: AsyncSession, app_ids: Iterable[str]) -> dict[str, int]:
    """The number of the last event of each of these apps that nobody has deleted."""
    query = select(App.id, App.event_seq).where(App.id.in_(app_ids), App.deleted_at.is_(None))
    return {app_id: number for app_id, number in await session.execute(query)}  # noqa: C416  # rows, not tuples


async def list_apps(
    session: AsyncSession,
    team_id: str,
    *,
    cursor: str | None,
    limit: int,
    templates: Collection[TemplateRef] | None = None,
) -> list[App]:
    query = select(App).where(App.team_id == team_id, App.deleted_at.is_(None))
    if templates is not None:
        query = query.where(App.template.in_(templates))
    if cursor is not None:
        anchor = select(App.created_at).where(App.id == cursor, App.team_id == team_id).scalar_subquery()
        query = query.where(tuple_(App.created_at, App.id) < tuple_(anchor, cursor))
    return list(await session.scalars(query.order_by(App.created_at.desc(), App.id.desc()).limit(limit)))


async def on_template(session: AsyncSession, name: str, *, after: str, limit: int) -> list[App]:
    """Apps of any team on a release of the template, with a version, by id from behind the one `after`."""
    of_template = type_coerce(App.template, String).startswith(f"{name}@", autoescape=True)
    query = select(App).where(of_template, App.deleted_at.is_(None), App.head.is_not(None), App.id > after)
    return list(await session.scalars(query.order_by(App.id).limit(limit)))


async def to_tear_down(session: AsyncSession, limit: int) -> list[str]:
    """Some deleted apps that still have something; in any order, so that none holds up the others."""
    query = select(App.id).where(App.deleted_at.is_not(None), App.erased_at.is_(None))
    return list(await session.scalars(query.order_by(func.random()).limit(limit)))


async def erase(session: AsyncSession, app_id: str) -> None:
    """Removes all that a deleted app's users have written; what it has cost stays for the accounts."""
    turns = select(Turn.id).join(Run, Run.id == Turn.run_id).where(Run.app_id == app_id)
    for table in (TurnBlock, ToolResult):
        await session.execute(delete(table).where(table.turn_id.in_(turns)))
    await session.execute(update(Turn).where(Turn.id.in_(turns)).values(injected=None))
    for owned in (Event, Message, Deployment, Build, Version, Blob, Upload):
        await session.execute(delete(owned).where(owned.app_id == app_id))
    blank: dict[str, Any] = {
        "request": "", "tree": None, "draft": False, "prefix": None, "first_message": None, "summary": None,
        "title": None,
        "upgrade": null(),
        "decisions": [], "error_message": None, "repaired": {}, "questions": null(), "attachments": [],
    }  # fmt: skip
    await session.execute(update(Run).where(Run.app_id == app_id).values(blank))
    await session.execute(
        update(App).where(App.id == app_id).values(name="", logo=None, head=None, erased_at=func.now())
    )


def add_message(
    session: AsyncSession,
    *,
    app_id: str,
    run_id: str,
    role: str,
    kind: str,
    content: str,
    attachments: Sequence[Attachment] = (),
    billing_ignore: bool = False,
) -> Message:
    message = Message(
        id=new_id("msg"), app_id=app_id, run_id=run_id, role=role, type=kind, content=content,
        attachments=[one.to_json() for one in attachments], billing_ignore=billing_ignore,
    )  # fmt: skip
    session.add(message)
    return message


async def list_messages(
    session: AsyncSession, app_id: str, *, cursor: str | None, limit: int
) -> list[Message]:
    query = select(Message).where(Message.app_id == app_id)
    if cursor is not None:
        query = query.where(Message.id > cursor)
    return list(await session.scalars(query.order_by(Message.id).limit(limit)))


async def get_version(session: AsyncSession, app_id: str, number: int) -> Version:
    version = await session.get(Version, (app_id, number))
    if version is None:
        raise VersionNotFound(f"The app has no version {number}.", app_id=app_id, version=number)
    return version


async def head_of(session: AsyncSession, app_id: str) -> Version:
    """The app's newest version; raises VersionNotFound for an app that has none yet."""
    query = select(Version).join(App, (App.id == Version.app_id) & (App.head == Version.number))
    version = await session.scalar(query.where(App.id == app_id))
    if version is None:
        raise VersionNotFound("The app has no version yet: its first run has not begun.", app_id=app_id)
    return version


async def list_versions(
    session: AsyncSession, app_id: str, *, cursor: int | None, limit: int
) -> list[Version]:
    query = select(Version).where(Version.app_id == app_id)
    if cursor is not None:
        query = query.where(Version.number < cursor)
    return list(await session.scalars(query.order_by(Version.number.desc()).limit(limit)))


async def add_version(
    session: AsyncSession, *, app_id: str, tree: Tree, origin: str, title: str, summary: str,
    run_id: str | None = None, template: TemplateRef | None = None,
) -> Version:  # fmt: skip
    """Adds the app's next version and makes it the head. Version 0 is the bare template.

    `template`: the release that the files are made for, which is the app's from now on; None: the app's.
    """
    before = await session.scalar(select(App.template).where(App.id == app_id).with_for_update())
    if template not in {None, before}:
        # Those that say nothing are of the app's, which is about to be another.
        silent = update(Version).where(Version.app_id == app_id, Version.template.is_(None))
        await session.execute(silent.values(template=before))
    values = {"version_seq": App.version_seq + 1, "head": App.version_seq, "template": template or before}
    number = await session.scalar(update(App).where(App.id == app_id).values(values).returning(App.head))
    assert number is not None  # noqa: S101  # the app's row is there: the foreign key would fail otherwise
    version = Version(
        app_id=app_id, number=number, run_id=run_id, origin=origin, title=title, summary=summary,
        tree=tree.to_json(), tree_digest=tree.digest(), template=template or before,
    )  # fmt: skip
    session.add(version)
    await session.flush()
    return version


async def set_head(session: AsyncSession, app_id: str, number: int | None) -> None:
    """Goes back to an earlier version, and to its template; those after it are kept."""
    of_version = select(Version.template).where(Version.app_id == app_id, Version.number == number)
    template = func.coalesce(of_version.scalar_subquery(), App.template)
    await session.execute(update(App).where(App.id == app_id).values(head=number, template=template))


async def put_blobs(session: AsyncSession, app_id: str, contents: Mapping[str, bytes]) -> None:
    """Stores file contents by digest; those already there are left alone."""
    rows = [{"app_id": app_id, "digest": digest, "content": content} for digest, content in contents.items()]
    for start in range(0, len(rows), _BLOB_BATCH):
        statement = insert(Blob).values(rows[start : start + _BLOB_BATCH])
        await session.execute(statement.on_conflict_do_nothing())


async def get_blobs(session: AsyncSession, app_id: str, digests: set[str]) -> dict[str, bytes]:
    query = select(Blob.digest, Blob.content).where(Blob.app_id == app_id, Blob.digest.in_(digests))
    return {digest: content for digest, content in await session.execute(query)}  # noqa: C416  # rows, not tuples


async def contents_of(session: AsyncSession, app_id: str, tree: Tree) -> dict[str, bytes]:
    """The contents of all files of the tree, by digest."""
    return await get_blobs(session, app_id, {ref.digest for ref in tree.values()})


async def get_blob(session: AsyncSession, app_id: str, digest: str) -> bytes:
    return (await session.get_one(Blob, (app_id, digest))).content
