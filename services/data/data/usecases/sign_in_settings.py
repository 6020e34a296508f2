"""How people sign in to an app's environment: what its team has set."""

import asyncio
from collections import Counter
from functools import partial

from common.contracts import SignInChange, SignInSettings
from common.contracts.deployments import Environment
from common.database import Database
from common.logging import get_logger
from common.sealing import Sealer, SecretUnreadable
from data.db import realms
from data.db.models import Realm
from data.domain.auth.claims import issuer
from data.domain.auth.flows import callback_url
from data.domain.auth.settings import AuthSettings, Provider, secret_context
from data.domain.realm import ref_of
from data.errors import RealmNotFound
from data.metrics import SECRETS_UNREADABLE
from data.usecases.realms import register_realm
from data.usecases.resources import Resources

_BATCH = 50
logger = get_logger(__name__)

SECTION = "auth"
"""Where the settings stand in a realm's row; what is missing there has its default."""


async def read_settings(resources: Resources, app_id: str, environment: Environment) -> SignInSettings:
    """The settings; of an environment without a database those that it will begin with."""
    ref = ref_of(app_id, environment)
    async with resources.db.begin() as session:
        realm = await realms.find(session, ref)
        stored = {} if realm is None else realm.settings.get(SECTION, {})
    return AuthSettings.model_validate(stored).shown(_callback(resources, ref))


async def change_settings(
    resources: Resources, app_id: str, environment: Environment, change: SignInChange
) -> SignInSettings:
    """The settings after the change. Raises InvalidInput, RealmNotFound for a deleted app, and NoRoom."""
    realm = await register_realm(resources, app_id, environment)
    async with resources.db.begin() as session:
        row = await realms.find(session, realm.ref, lock=True)
        if row is None:
            raise RealmNotFound("The app has been deleted.")
        before = AuthSettings.model_validate(row.settings.get(SECTION, {}))
        after = before.changed(change, partial(_seal, resources.sealer, row.ref))
        _keep(row, after)
    resources.known_realms.heard(realm.ref)  # at once: what Postgres announces takes a moment
    return after.shown(_callback(resources, realm.ref))


async def reseal_loop(db: Database, sealer: Sealer, seconds: float) -> None:
    """Has every secret of a provider sealed under the first key, so that the others can go; for ever, as
    replicas with an earlier ring may still seal under theirs.
    """
    while True:
        SECRETS_UNREADABLE.clear()
        for key_id, count in (await reseal(db, sealer)).items():
            SECRETS_UNREADABLE.labels(key_id).set(count)
        await asyncio.sleep(seconds)


async def reseal(db: Database, sealer: Sealer) -> Counter[str]:
    """One pass through all realms; how many secrets could not be opened, by the id of their key."""
    left: Counter[str] = Counter()
    after = ""
    while True:
        async with db.begin() as session:
            rows = await realms.with_providers(session, after=after, limit=_BATCH)
            for row in rows:
                settings = AuthSettings.model_validate(row.settings[SECTION])
                providers = {
                    name: _resealed(sealer, row.ref, provider, left)
                    for name, provider in settings.providers.items()
                }
                if providers != settings.providers:
                    _keep(row, settings.model_copy(update={"providers": providers}))
        if len(rows) < _BATCH:
            return left
        after = rows[-1].ref


def _resealed(sealer: Sealer, ref: str, provider: Provider, left: Counter[str]) -> Provider:
    if provider.key_id in {None, sealer.first}:
        return provider
    try:
        secret = provider.secret(ref, sealer.open)
    except SecretUnreadable as error:
        logger.warning("secret of a provider cannot be sealed anew", realm=ref, reason=error.message)
        left[str(provider.key_id)] += 1
        return provider
    return provider.with_secret(*_seal(sealer, ref, secret or ""))


def _keep(row: Realm, settings: AuthSettings) -> None:
    row.settings = {**row.settings, SECTION: settings.model_dump(mode="json", exclude_defaults=True)}


def _callback(resources: Resources, ref: str) -> str:
    return callback_url(issuer(resources.settings.data_public_url, ref))


def _seal(sealer: Sealer, ref: str, secret: str) -> tuple[str, bytes]:
    sealed = sealer.seal(secret, secret_context(ref))
    return sealed.key_id, sealed.data
