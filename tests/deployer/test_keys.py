"""The key ring: what its text may be, what each key opens, and that everything ends up under the first."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio
from pydantic import SecretStr
from sqlalchemy import text

import deployer.main
from common.database import Database
from common.ids import new_app_id
from common.keyring import Sealed, parse_keys
from common.sealing import Sealer, SecretKeyMissing, SecretUnreadable
from deployer.db import secrets
from deployer.domain.secrets import secret_context
from deployer.usecases.keys import BATCH, check_keys, reseal

OLD, NEW = bytes(range(32)), bytes(range(32, 64))
BEFORE = Sealer({"1": OLD})
ROTATED = Sealer({"2": NEW, "1": OLD})
AFTER = Sealer({"2": NEW})
A, B = base64.b64encode(OLD).decode(), base64.b64encode(NEW).decode()


@pytest_asyncio.fixture
async def db(postgres_url: str) -> AsyncIterator[Database]:
    database = Database(SecretStr(postgres_url), "deployer")
    try:
        await database.migrate(deployer.main.MIGRATIONS)
        async with database.begin() as session:
            await session.execute(text("TRUNCATE app_secrets"))
        yield database
    finally:
        await database.close()


async def put(db: Database, app: str, values: Mapping[str, str], sealer: Sealer) -> None:
    for name, value in values.items():
        sealed = sealer.seal(value, secret_context(app, "preview", name))
        async with db.begin() as session:
            await secrets.put(session, app, "preview", name, sealed)


async def stored(db: Database, app: str, sealer: Sealer) -> dict[str, tuple[str, str]]:
    """Key id and value of the app's secrets."""
    async with db.begin() as session:
        values = await secrets.values_of(session, app, "preview")
    return {
        name: (item.key_id, sealer.open(item, secret_context(app, "preview", name)))
        for name, item in values.items()
        if isinstance(item, Sealed)
    }


@pytest.mark.parametrize(
    ("ring", "keys"),
    [
        (f"1:{A}", {"1": OLD}),
        (f"2026-11:{B}, 1:{A}", {"2026-11": NEW, "1": OLD}),
        (f"2:{B},1:lost", {"2": NEW, "1": None}),
    ],
)
def test_a_ring_is_read_in_its_order(ring: str, keys: Mapping[str, bytes | None]) -> None:
    assert list(parse_keys(ring).items()) == list(keys.items())


@pytest.mark.parametrize(
    "ring",
    [
        "",
        A,
        f"1:{A},",
        f":{A}",
        f"a b:{A}",
        f"{'i' * 17}:{A}",
        f"1:{A},1:{B}",
        f"1:{A[:-4]}",
        "1:ключ",
        "1:lost",
    ],
)
def test_what_is_no_ring_is_refused_without_a_part_of_a_key(ring: str) -> None:
    with pytest.raises(ValueError, match=r"entry|twice|32 bytes|lost") as refused:
        parse_keys(ring)
    assert A[:8] not in str(refused.value)


def test_each_key_opens_its_own_and_nothing_else_does() -> None:
    sealed = BEFORE.seal("value", "app/preview/A")
    assert ROTATED.open(sealed, "app/preview/A") == "value"
    with pytest.raises(SecretKeyMissing, match="'1'"):
        AFTER.open(sealed, "app/preview/A")
    for ring in (Sealer({"2": NEW, "1": None}), Sealer({"1": NEW})):
        with pytest.raises(SecretUnreadable, match="'1'") as refused:
            ring.open(sealed, "app/preview/A")
        assert not refused.value.retryable
    with pytest.raises(SecretUnreadable):
        ROTATED.open(sealed, "app/production/A")
    assert str(sealed.data) not in repr(sealed)


def test_a_fingerprint_outlives_a_rotation_as_long_as_its_key_is_there() -> None:
    values = {"A": "1", "B": "2"}
    before = BEFORE.fingerprint(values)
    assert ROTATED.matches(before, dict(reversed(values.items())))
    assert not ROTATED.matches(before, {**values, "B": "3"})
    assert ROTATED.fingerprint(values) != before
    assert not AFTER.matches(before, values)
    assert not ROTATED.matches(None, {})
    assert not ROTATED.matches(before.partition(":")[2], values), "one without its key's id"


async def test_everything_ends_up_under_the_first_key_with_its_value(db: Database) -> None:
    app = new_app_id()
    values = {f"S{n:03}": f"value {n}" for n in range(BATCH * 2 + 7)}
    await put(db, app, values, BEFORE)
    async with db.begin() as session:  # as a replica of the version before would write one
        await session.execute(text("UPDATE app_secrets SET key_id = DEFAULT"))
        # One that nothing opens keeps no other from it.
        await session.execute(text("UPDATE app_secrets SET sealed = '\\x00' WHERE name = 'S000'"))
    assert await reseal(db, ROTATED) == len(values) - 1
    async with db.begin() as session:
        assert await secrets.count_by_other_keys(session, "2") == {"1": 1}
        await secrets.remove(session, app, "preview", "S000")
    del values["S000"]
    assert await stored(db, app, AFTER) == {name: ("2", value) for name, value in values.items()}
    assert await reseal(db, ROTATED) == 0


async def test_a_secret_that_is_set_while_it_is_sealed_anew_keeps_what_was_set_last(db: Database) -> None:
    app = new_app_id()
    names = [f"S{n:03}" for n in range(30)]
    await put(db, app, dict.fromkeys(names, "first"), BEFORE)

    async def rotate() -> None:
        for _ in range(10):
            await reseal(db, ROTATED)

    async def set_again(sealer: Sealer, wanted: list[str]) -> None:
        for turn in range(4):
            await put(db, app, dict.fromkeys(wanted, f"turn {turn}"), sealer)

    # Replicas with the earlier ring go on sealing under its key for a while.
    await asyncio.gather(rotate(), rotate(), set_again(BEFORE, names[:15]), set_again(ROTATED, names[15:]))
    await reseal(db, ROTATED)
    assert await stored(db, app, AFTER) == dict.fromkeys(names, ("2", "turn 3"))


async def test_a_secret_that_is_being_set_is_left_to_who_sets_it(db: Database) -> None:
    app = new_app_id()
    await put(db, app, {"S": "earlier"}, BEFORE)
    async with db.begin() as session:
        later = BEFORE.seal("later", secret_context(app, "preview", "S"))
        await secrets.put(session, app, "preview", "S", later)
        assert await reseal(db, ROTATED) == 0
    assert await reseal(db, ROTATED) == 1
    assert await stored(db, app, AFTER) == {"S": ("2", "later")}


async def test_keys_that_are_missing_or_wrong_are_named(db: Database) -> None:
    await check_keys(db, AFTER)
    await put(db, new_app_id(), {"TOKEN": "value"}, BEFORE)
    await check_keys(db, ROTATED)
    with pytest.raises(SecretUnreadable, match=r"does not hold: '1' \(1\)"):
        await check_keys(db, AFTER)
    for wrong in (Sealer({"1": NEW}), Sealer({"2": OLD, "1": NEW})):
        with pytest.raises(SecretUnreadable, match="The keys '1' of SECRETS_KEYS are not those"):
            await check_keys(db, wrong)
    await check_keys(db, Sealer({"2": NEW, "1": None}))
