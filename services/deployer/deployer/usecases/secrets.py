"""An app's secrets and public variables. They reach it with the next deployment; no secret is ever read back.

Every change is recorded in its own transaction.
"""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import AppId, CopySecrets, Environment, SecretAction, SecretValue
from common.deletion import is_deleted
from common.errors import NotFound
from common.keyring import Sealed
from deployer.db import secret_events, secrets
from deployer.db.models import AppSecret, DeletedApp, SecretEvent
from deployer.domain.errors import InvalidSecret
from deployer.domain.secrets import Actor, Public, check_all, check_name, check_value, public, secret_context
from deployer.errors import SecretExists, SecretNotFound
from deployer.usecases.resources import Resources


async def list_secrets(resources: Resources, app_id: AppId, environment: Environment) -> list[AppSecret]:
    """The environment's secrets, which stay sealed, and its public variables, by name."""
    async with resources.db.begin() as session:
        return list(await secrets.of_environment(session, app_id, environment.value))


async def list_secret_events(
    resources: Resources, app_id: AppId, environment: Environment, *, limit: int, cursor: str | None
) -> Sequence[SecretEvent]:
    """Newest first."""
    async with resources.db.begin() as session:
        return await secret_events.page(session, app_id, environment.value, limit=limit, cursor=cursor)


async def put_secret(
    resources: Resources,
    app_id: AppId,
    environment: Environment,
    name: str,
    given: SecretValue,
    actor: Actor,
) -> None:
    """Raises InvalidSecret, and NotFound for a deleted app."""
    check_name(name)
    value = _kept(resources, secret_context(app_id, environment.value, name), name, given)
    async with resources.db.begin() as session:
        check_all({**await _held(session, app_id, environment), name: value})
        await secrets.put(session, app_id, environment.value, name, value)
        secret_events.add(session, app_id, environment.value, SecretAction.SET, [name], actor=actor)


async def delete_secret(
    resources: Resources, app_id: AppId, environment: Environment, name: str, actor: Actor
) -> None:
    """Raises SecretNotFound."""
    async with resources.db.begin() as session:
        if not await secrets.remove(session, app_id, environment.value, name):
            raise SecretNotFound(f"There is no secret {name} in {environment.value}.", name=name)
        secret_events.add(session, app_id, environment.value, SecretAction.DELETED, [name], actor=actor)


async def copy_secrets(
    resources: Resources, app_id: AppId, environment: Environment, request: CopySecrets, actor: Actor
) -> list[str]:
    """The names of those copied into the environment, sealed for it: all that were asked for.

    Raises InvalidSecret, SecretNotFound, SecretExists, SecretUnreadable, and NotFound for a deleted app;
    nothing is copied then.
    """
    source = request.source.value
    if source == environment.value:
        raise InvalidSecret(f"The secrets of {source} cannot be copied onto themselves.")
    async with resources.db.begin() as session:
        there = await _held(session, app_id, environment)
        rows = _chosen(await secrets.of_environment(session, app_id, source), request)
        copies = {row.name: _copied(resources, row, environment) for row in rows}
        check_all({**there, **copies})
        clashing = sorted(there.keys() & copies.keys())
        if clashing and not request.overwrite:
            raise SecretExists(
                f"{environment.value} has {', '.join(clashing)} already; nothing was copied. Send "
                "overwrite: true to replace what is there.",
                names=clashing,
            )
        for name, value in copies.items():
            await secrets.put(session, app_id, environment.value, name, value)
        if copies:
            secret_events.add(
                session, app_id, environment.value, SecretAction.COPIED, copies, actor=actor, source=source
            )
    return list(copies)


async def _held(session: AsyncSession, app_id: AppId, environment: Environment) -> dict[str, Sealed | Public]:
    """The environment's variables, which nobody adds to until the transaction's end."""
    if await is_deleted(session, DeletedApp, app_id):
        raise NotFound(f"There is no app '{app_id}'.", app_id=app_id)
    await secrets.lock(session, app_id, environment.value)
    return await secrets.values_of(session, app_id, environment.value)


def _kept(resources: Resources, context: str, name: str, given: SecretValue) -> Sealed | Public:
    value = given.value.get_secret_value()
    if given.public:
        shown = public(value)
        check_value(name, shown.text)
        return shown
    text = str(value)
    check_value(name, text)
    return resources.sealer.seal(text, context)


def _chosen(rows: Sequence[AppSecret], request: CopySecrets) -> list[AppSecret]:
    if request.names is None:
        return list(rows)
    missing = sorted(set(request.names) - {row.name for row in rows})
    if missing:
        raise SecretNotFound(
            f"There is no secret {', '.join(missing)} in {request.source.value}; nothing was copied.",
            names=missing,
        )
    return [row for row in rows if row.name in request.names]


def _copied(resources: Resources, row: AppSecret, environment: Environment) -> Sealed | Public:
    content = row.content()
    if isinstance(content, Public):
        return content
    value = resources.sealer.open(content, secret_context(row.app_id, row.environment, row.name))
    return resources.sealer.seal(value, secret_context(row.app_id, environment.value, row.name))
