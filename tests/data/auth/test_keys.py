"""Keys are changed while all goes on: those that sign tokens, and those that seal providers' secrets."""

import base64
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr
from sqlalchemy import select

import data.main
from common.contracts import SignInChange
from common.contracts.deployments import Environment
from common.database import Database
from common.ids import new_app_id
from common.sealing import Sealer
from data.clients.signing import Signer, parse_signing_keys
from data.db import realms
from data.db.models import Realm
from data.domain.auth.errors import AuthRefused
from data.domain.auth.settings import AuthSettings, secret_context
from data.usecases.sign_in_settings import reseal
from tests.data.world import World

OLD, NEW = bytes(range(32)), bytes(range(32, 64))


def signing_key(kid: str) -> str:
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return f"{kid}:{base64.b64encode(der).decode()}"


def test_a_token_is_good_as_long_as_its_key_is_in_the_ring() -> None:
    first, second = signing_key("1"), signing_key("2")
    before = Signer(parse_signing_keys(first))
    rolled = Signer(parse_signing_keys(f"{second},{first}"))
    after = Signer(parse_signing_keys(second))
    old = before.sign({"sub": "ann"})
    assert rolled.verified(old).claims["sub"] == "ann"
    new = rolled.sign({"sub": "bob"})
    assert after.verified(new).claims["sub"] == "bob"
    with pytest.raises(AuthRefused):
        before.verified(new)
    for _ in range(2):  # what was verified before is not remembered by another ring
        with pytest.raises(AuthRefused):
            after.verified(old)


def test_the_published_keys_are_the_rings_and_hold_nothing_private() -> None:
    signer = Signer(parse_signing_keys(f"{signing_key('2')},{signing_key('1')}"))
    assert [key["kid"] for key in signer.jwks["keys"]] == ["2", "1"]
    for key in signer.jwks["keys"]:
        assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")
        assert "d" not in key


@pytest.mark.parametrize("ring", ["", "1", "1:", "1:AAAA", "1:!", ":AAAA", "a b:AAAA"])
def test_what_is_no_ring_is_refused_without_showing_it(ring: str) -> None:
    with pytest.raises(ValueError, match=r"id|key") as refused:
        parse_signing_keys(ring)
    assert "AAAA" not in str(refused.value)


def test_a_key_id_stands_for_one_key() -> None:
    with pytest.raises(ValueError, match="twice"):
        parse_signing_keys(f"{signing_key('1')},{signing_key('1')}")


@pytest.mark.xdist_group("data")
@pytest.mark.asyncio(loop_scope="session")
async def test_anybody_may_read_the_public_keys_and_keep_them_for_a_while(world: World) -> None:
    app = await world.app()
    answer = await world.http.get(
        f"{app.url}/auth/v1/.well-known/jwks.json", headers={"authorization": "", "apikey": ""}
    )
    assert answer.status_code == 200
    assert "max-age" in answer.headers["cache-control"]
    assert all("d" not in key for key in answer.json()["keys"])


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "data")
    try:
        await database.migrate(data.main.MIGRATIONS)
        yield database
    finally:
        await database.close()


async def realm_with_secret(db: Database, sealer: Sealer) -> str:
    async with db.begin() as session:
        key = f"sb_publishable_{new_app_id()}"
        row = await realms.add(session, new_app_id(), Environment.PREVIEW, "main", key)
        context = secret_context(row.ref)

        def seal(value: str) -> tuple[str, bytes]:
            sealed = sealer.seal(value, context)
            return sealed.key_id, sealed.data

        change = {"providers": {"google": {"client_id": "me", "client_secret": "s3cret"}}}
        settings = AuthSettings().changed(SignInChange.model_validate(change), seal)
        row.settings = {"auth": settings.model_dump(mode="json", exclude_defaults=True)}
        return row.ref


async def stored(db: Database, ref: str, sealer: Sealer) -> tuple[str | None, str | None]:
    async with db.begin() as session:
        row = (await session.execute(select(Realm).where(Realm.ref == ref))).scalar_one()
    provider = AuthSettings.model_validate(row.settings["auth"]).providers["google"]
    return provider.key_id, provider.secret(ref, sealer.open)


async def test_providers_secrets_come_under_the_first_key(db: Database) -> None:
    refs = [await realm_with_secret(db, Sealer({"1": OLD})) for _ in range(3)]
    rolled = Sealer({"2": NEW, "1": OLD})
    assert not await reseal(db, rolled)
    for ref in refs:
        assert await stored(db, ref, Sealer({"2": NEW})) == ("2", "s3cret")
    assert not await reseal(db, rolled)


async def test_a_secret_whose_key_is_gone_stays_and_is_counted(db: Database) -> None:
    ref = await realm_with_secret(db, Sealer({"gone": OLD}))
    assert (await reseal(db, Sealer({"2": NEW})))["gone"] == 1
    assert await stored(db, ref, Sealer({"gone": OLD})) == ("gone", "s3cret")
