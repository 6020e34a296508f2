"""The database that an app's migrations make: asked of the data service before anything is built."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from common.contracts import DATABASE_TYPES, CheckedMigrations, Diagnostic, Environment, TemplateRef
from common.data import MigrationsRefused
from orchestrator.db import apps
from orchestrator.domain.migrations import migrations_in, no_client, no_database, problems_of
from orchestrator.domain.recovery import location
from orchestrator.domain.text import storable
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import MigrationFailed, NeedsApproval
from orchestrator.usecases.resources import Resources

_SHOWN = 20
NOTHING: Mapping[str, bytes] = {}


@dataclass(frozen=True)
class Schema:
    """What an app's migrations make.

    `tree` are the app's files with the types of its tables, `contents` what is new in it, by digest. With
    `problems` they cannot be applied. `checked` is None where there are none, or none can be.
    """

    tree: Tree
    problems: tuple[Diagnostic, ...] = ()
    checked: CheckedMigrations | None = None
    contents: Mapping[str, bytes] = field(default_factory=dict)


async def schema_of(
    resources: Resources,
    app_id: str,
    template: TemplateRef,
    tree: Tree,
    contents: Mapping[str, bytes] = NOTHING,
) -> Schema:
    """Of files that are to be built, by what the app's preview has applied; the types are stored.

    `contents`: those that are not stored yet, by digest. Raises DataUnavailable.
    """
    schema = await check(resources, app_id, template, tree, Environment.PREVIEW, contents)
    if schema.problems:
        return schema
    if schema.checked is None:
        types = await _no_types(resources, template) if DATABASE_TYPES in tree else None
    else:
        types = None if schema.checked.types is None else schema.checked.types.encode()
    if types is None or tree.get(DATABASE_TYPES) == (ref := FileRef.of(types)):
        return schema
    new = {ref.digest: types}
    async with resources.db.begin() as session:
        await apps.put_blobs(session, app_id, new)
    return Schema(tree.with_file(DATABASE_TYPES, ref), checked=schema.checked, contents=new)


async def check(
    resources: Resources,
    app_id: str,
    template: TemplateRef,
    tree: Tree,
    environment: Environment,
    contents: Mapping[str, bytes] = NOTHING,
) -> Schema:
    """What these migrations would bring to an environment; the tree stays as it is."""
    wanted = migrations_in(tree)
    if not wanted:
        return Schema(tree)
    if resources.data is None:
        return Schema(tree, problems=(no_database(tree),))
    if await _no_types(resources, template) is None:
        return Schema(tree, problems=(no_client(tree),))
    async with resources.db.begin() as session:
        missing = {ref.digest for ref in wanted.values()} - contents.keys()
        known = {**contents, **await apps.get_blobs(session, app_id, missing)}
    texts = {path: known[ref.digest].decode(errors="replace") for path, ref in wanted.items()}
    try:
        checked = await resources.data.check(app_id, environment, texts)
    except MigrationsRefused as refused:  # all of them together, such as for the time that they take
        last = max(texts)
        return Schema(tree, (Diagnostic(file=last, code=refused.code, message=refused.message),))
    return Schema(tree, problems=problems_of(checked, texts), checked=checked)


async def require_applicable(
    resources: Resources,
    app_id: str,
    template: TemplateRef,
    tree: Tree,
    environment: Environment,
    approved: Sequence[str],
) -> None:
    """Before anything is built or deployed: what can be known of the migrations by now.

    `approved`: the migrations that may lose what is stored. The deployment itself has the last word. Raises
    MigrationFailed, NeedsApproval or DataUnavailable.
    """
    schema = await check(resources, app_id, template, tree, environment)
    refuse(schema)
    if environment is not Environment.PRODUCTION or schema.checked is None:
        return
    unknown = set(schema.checked.pending) - set(approved)
    steps = [step for step in schema.checked.destructive if step.file in unknown]
    if steps:
        files = list(dict.fromkeys(step.file for step in steps))
        lost = "; ".join(f"{step.file}: {step.what} {step.lost}".rstrip() for step in steps)
        raise NeedsApproval(
            storable(
                f"Migrations would lose what production has stored: {lost}. If that is meant, ask again with "
                "these files in approve_migrations."
            ),
            migrations=files,
            destructive=[step.model_dump() for step in steps],
        )


def refuse(schema: Schema) -> None:
    """Raises MigrationFailed for migrations that cannot be applied."""
    if schema.problems:
        first = schema.problems[0]
        raise MigrationFailed(
            storable(f"The app's migrations cannot be applied. {location(first)}{first.message}"),
            findings=[one.model_dump(exclude_defaults=True) for one in schema.problems[:_SHOWN]],
        )


async def _no_types(resources: Resources, template: TemplateRef) -> bytes | None:
    """The types of an app without tables, if its template has a place for them."""
    return (await resources.templates.get(template)).files.get(DATABASE_TYPES)
