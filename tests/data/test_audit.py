"""The second wall: what a migration must not make of a realm, should the allow-list ever let it pass."""

import pytest

from data.clients.audit import audit
from data.clients.shard import OwnerGate
from data.domain.realm import Names
from tests.data.hostile import opened
from tests.data.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

AGGREGATE = "CREATE AGGREGATE a (int) (sfunc = int4pl, stype = int4)"
EACH = "FOR EACH ROW EXECUTE FUNCTION f()"
FUNCTION = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"


async def found_after(world: World, *statements: str) -> set[str]:
    """The codes of what the audit finds; nothing of the statements stays."""
    app = await world.app()
    async with world.shard.alone({}) as connection:
        await connection.execute("BEGIN")
        owner = OwnerGate(connection, Names(app.ref))
        for statement in statements:
            await owner.run(statement.replace("<ref>", app.ref))
        return {breach.code for breach in await audit(connection, Names(app.ref))}


@pytest.mark.parametrize(
    ("code", "statements"),
    [
        pytest.param("row_security", ["CREATE TABLE t (a int)"], id="a table that is open"),
        pytest.param("kind", ["CREATE UNLOGGED TABLE t (a int)"], id="an unlogged table"),
        pytest.param("kind", ["CREATE MATERIALIZED VIEW v AS SELECT 1"], id="a materialized view"),
        pytest.param("security_invoker", ["CREATE VIEW v AS SELECT 1"], id="a view with its owner's rights"),
        pytest.param(
            "function",
            ["CREATE FUNCTION f() RETURNS int SECURITY DEFINER LANGUAGE sql AS 'SELECT 1'"],
            id="a function with its owner's rights",
        ),
        pytest.param(
            "function",
            ["CREATE FUNCTION f() RETURNS int LANGUAGE sql SET row_security = off AS 'SELECT 1'"],
            id="a function with settings",
        ),
        pytest.param("function", [AGGREGATE], id="an aggregate"),
        pytest.param(
            "trigger",
            ["CREATE TABLE t (a int)", FUNCTION, "CREATE CONSTRAINT TRIGGER c AFTER INSERT ON t " + EACH],
            id="a constraint trigger",
        ),
        pytest.param(
            "rule",
            ["CREATE TABLE t (a int)", "CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING"],
            id="a rule",
        ),
        pytest.param(
            "grant",
            ["CREATE TABLE t (a int)", "GRANT SELECT ON t TO PUBLIC"],
            id="rights for everybody",
        ),
        pytest.param(
            "grant",
            ["CREATE TABLE t (a int)", 'GRANT TRUNCATE ON t TO "<ref>_anon"'],
            id="a right that no policy governs",
        ),
        pytest.param(
            "grant",
            ["CREATE TABLE t (a int)", 'GRANT SELECT ON t TO "<ref>_anon" WITH GRANT OPTION'],
            id="a right to pass on",
        ),
        pytest.param(
            "restrictive",
            ["CREATE TABLE t (a int)", "CREATE POLICY p ON t AS RESTRICTIVE USING (false)"],
            id="rows that dumps would miss",
        ),
        pytest.param(
            "restrictive",
            [
                "CREATE TABLE t (a int)",
                'CREATE POLICY p ON t AS RESTRICTIVE TO "<ref>_anon" USING (false)',
                'ALTER POLICY p ON t TO "<ref>_owner"',
            ],
            id="rows that dumps would miss since a policy is for others",
        ),
        pytest.param("grant", ["GRANT USAGE ON SCHEMA <ref> TO PUBLIC"], id="the schema for everybody"),
        pytest.param(
            "grant",
            ["ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"],
            id="rights on what is made later",
        ),
        pytest.param(
            "outside",
            ["CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)"],
            id="an operator",
        ),
    ],
)
async def test_the_audit_finds(world: World, code: str, statements: list[str]) -> None:
    assert code in await found_after(world, *statements)


async def test_the_audit_finds_a_large_object_where_they_are_open(world: World) -> None:
    async with opened(world):
        assert "outside" in await found_after(world, "SELECT lo_create(0)")


async def test_the_audit_finds_nothing_in_what_apps_have(world: World) -> None:
    statements = [
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE t (id int PRIMARY KEY, m mood, u uuid REFERENCES <ref>_auth.users (id))",
        "CREATE INDEX ON t (u)",
        "CREATE VIEW v WITH (security_invoker = true) AS SELECT * FROM t",
        FUNCTION,
        "CREATE TRIGGER g BEFORE INSERT ON t " + EACH,
        'GRANT SELECT, INSERT ON t TO "<ref>_anon"',
    ]
    assert await found_after(world, *statements) == {"row_security"}
