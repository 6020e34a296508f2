"""What a superuser takes from everybody on a database of apps: the second wall behind the allow-list."""

from pathlib import Path

import pytest

from data.domain.realm import Role
from dev.stack.databases import CLOSING
from tests.data.hostile import ATTACKER, ask
from tests.data.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"
FURTHER = {
    "large objects": "lo_create(0)",
    "contents of large objects": "lo_from_bytea(0, 'x')",
    "locks of other sessions": "pg_advisory_lock(1)",
    "locks of other transactions": "pg_try_advisory_xact_lock(1, 2)",
    "notifications": "pg_notify('all', 'x')",
    "logical messages": "pg_logical_emit_message(false, 'a', 'b')",
    "what others do": "(SELECT count(*) FROM pg_stat_activity)",
    "what others wait for": "(SELECT count(*) FROM pg_locks)",
    "how much others write": "(SELECT sum(n_tup_ins) FROM pg_stat_all_tables)",
    "how much there is": "pg_database_size(current_database())",
    "others' sessions": "pg_terminate_backend(1)",
    "snapshots for others": "pg_export_snapshot()",
    "replication": "pg_create_physical_replication_slot('held')",
    "queries given as text": "query_to_xml('select 1', true, false, '')",
}


async def test_what_reaches_further_than_an_app_is_refused_to_its_roles(world: World) -> None:
    own = await world.app(ATTACKER)
    for what, call in FURTHER.items():
        for role in Role:
            seen = await ask(world, own, role, "SELECT read(($1)[1])", f"SELECT {call}")
            assert seen.startswith("permission denied for function"), (what, role, seen)


async def test_operators_can_do_again_what_the_local_stack_does(world: World) -> None:
    rights = "SELECT md5(string_agg(oid || proacl::text, ',' ORDER BY oid)) FROM pg_proc"
    assert f"```sql\n{CLOSING}```" in OPERATIONS.read_text(encoding="utf-8")
    async with world.superuser() as connection:
        before = await connection.fetchval(rights)
        await connection.execute(CLOSING)
        assert await connection.fetchval(rights) == before
