"""How people sign in to an app's environment: what its team has set."""

from functools import partial

from common.contracts import SignInChange, SignInSettings
from common.contracts.deployments import Environment
from data.db import realms
from data.domain.auth.claims import issuer
from data.domain.auth.flows import callback_url
from data.domain.auth.settings import AuthSettings, secret_context
from data.domain.realm import ref_of
from data.errors import RealmNotFound
from data.usecases.realms import register_realm
from data.usecases.resources import Resources

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
        after = before.changed(change, partial(_seal, resources, row.ref))
        row.settings = {**row.settings, SECTION: after.model_dump(mode="json", exclude_defaults=True)}
    resources.known_realms.heard(realm.ref)  # at once: what Postgres announces takes a moment
    return after.shown(_callback(resources, realm.ref))


def _callback(resources: Resources, ref: str) -> str:
    return callback_url(issuer(resources.settings.data_public_url, ref))


def _seal(resources: Resources, ref: str, secret: str) -> tuple[str, bytes]:
    sealed = resources.sealer.seal(secret, secret_context(ref))
    return sealed.key_id, sealed.data
