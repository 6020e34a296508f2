"""What the look at migrations lets pass runs on PostgreSQL as it was rewritten; what it knows is there."""

import pytest

from data.domain.realm import Role
from data.domain.sql.builtins import FUNCTIONS, TYPES
from data.domain.sql.rewrite import rewritten
from tests.data.hostile import ask
from tests.data.migrations import ORDINARY, migration
from tests.data.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

OF_VECTOR = {"cosine_distance", "inner_product", "l1_distance", "l2_distance", "l2_norm", "l2_normalize"}
OF_VECTOR |= {
    "hamming_distance",
    "jaccard_distance",
    "subvector",
    "vector_dims",
    "vector_norm",
    "binary_quantize",
}
OF_VECTOR |= {"vector", "halfvec", "sparsevec"}
SERIAL = {"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"}
# Volatile, and still looking at nothing but chance, the clock and the app's own sequences.
HARMLESS = {
    "random",
    "random_normal",
    "setseed",
    "gen_random_uuid",
    "uuidv4",
    "uuidv7",
    "clock_timestamp",
    "timeofday",
}
HARMLESS |= {"array_sample", "array_shuffle"}


async def test_ordinary_migrations_run(world: World) -> None:
    app = await world.app()
    async with world.shard.owner(app.ref) as owner:
        await owner.run("CREATE SEQUENCE numbers")
        for statement in migration(ORDINARY).statements:
            text = rewritten(statement, app.ref)
            if text:
                await owner.run(text)
    seen = await ask(world, app, Role.AUTHENTICATED, "SELECT string_agg(id::text, ',') FROM open_ones(0)")
    assert seen == "None None None"
    assert await ask(world, app, Role.OWNER, "SELECT one()") == "1 None None"


async def test_rows_that_policies_refuse_stay_hidden_in_views(world: World) -> None:
    sql = "create table notes (a int); alter table notes enable row level security;"
    sql += "insert into public.notes values (1); create view public.seen as select * from public.notes"
    app = await world.app()
    async with world.shard.owner(app.ref) as owner:
        for one in migration(sql).statements:
            await owner.run(rewritten(one, app.ref))
    assert await ask(world, app, Role.ANON, "SELECT count(*) FROM seen") == "0 None None"
    assert await ask(world, app, Role.OWNER, "SELECT count(*) FROM seen") == "1 None None"


async def test_functions_and_types_that_apps_may_use_are_there(world: World) -> None:
    async with world.superuser() as connection:
        functions = {row[0] for row in await connection.fetch("SELECT DISTINCT proname FROM pg_proc")}
        types = {row[0] for row in await connection.fetch("SELECT DISTINCT typname FROM pg_type")}
    assert FUNCTIONS - functions - OF_VECTOR == set()
    assert TYPES - types - OF_VECTOR - SERIAL == set()


async def test_functions_that_look_further_are_none_of_them(world: World) -> None:
    async with world.superuser() as connection:
        volatile = {
            row[0]
            for row in await connection.fetch(
                "SELECT DISTINCT proname FROM pg_proc WHERE provolatile = 'v'"
                " AND pronamespace = 'pg_catalog'::regnamespace"
            )
        }
    assert volatile & FUNCTIONS == HARMLESS & volatile
