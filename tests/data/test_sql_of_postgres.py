"""What PostgreSQL brings itself, held against what apps may use: a new release brings more to judge."""

import httpx
import pytest
import pytest_asyncio

from data.domain.sql.builtins import (
    FUNCTIONS,
    NAMED_BY_TEXT,
    OID_ALIASES,
    TRIGGER_FUNCTIONS,
    TYPES,
    catalogue_function,
    opened_by_attribute,
)
from data.domain.sql.expressions import Known
from data.domain.statement import SqlRefused, read_statement
from tests.data.migrating import Migrating
from tests.data.migrations import codes
from tests.data.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

REF = "app_k7v0aaaaaaaa"

# Not immutable, and still looking at nothing but values, how these are written, and the time zone.
HARMLESS = frozenset(
    """
    anyarray_out anyarray_send anycompatiblearray_out anycompatiblearray_send anycompatiblemultirange_in
    anycompatiblemultirange_out anycompatiblerange_in anycompatiblerange_out anyenum_out anymultirange_in
    anymultirange_out anyrange_in anyrange_out anytextcat array_out array_send bpcharsend cash_in cash_out
    cstring_send date_cmp_timestamptz date_eq_timestamptz date_ge_timestamptz date_gt_timestamptz date_in
    date_le_timestamptz date_lt_timestamptz date_ne_timestamptz date_out enum_out enum_send in_range
    interval_in interval_out interval_pl_timestamptz money multirange_out multirange_send namesend range_out
    range_send record_out record_send textanycat textsend time_in timestamp_cmp_timestamptz
    timestamp_eq_timestamptz timestamp_ge_timestamptz timestamp_gt_timestamptz timestamp_in
    timestamp_le_timestamptz timestamp_lt_timestamptz timestamp_ne_timestamptz timestamp_out
    timestamptz_cmp_date timestamptz_cmp_timestamp timestamptz_eq_date timestamptz_eq_timestamp
    timestamptz_ge_date timestamptz_ge_timestamp timestamptz_gt_date timestamptz_gt_timestamp timestamptz_in
    timestamptz_le_date timestamptz_le_timestamp timestamptz_lt_date timestamptz_lt_timestamp
    timestamptz_mi_interval timestamptz_ne_date timestamptz_ne_timestamp timestamptz_out
    timestamptz_pl_interval timetz_in ts_match_tq ts_match_tt varcharsend xml_in xml_is_well_formed xml_send
    """.split()  # noqa: SIM905
)
LOOKED_AT = frozenset({"current_setting"}) | NAMED_BY_TEXT | TRIGGER_FUNCTIONS
"""Allowed in a few forms only, which other tests hold."""

_CALLABLE = "pronamespace = 'pg_catalog'::regnamespace AND NOT 'internal'::regtype = ANY (proargtypes::oid[])"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def looking_further(world: World) -> frozenset[str]:
    """Functions whose answer or effect is not that of their arguments alone."""
    return await names(
        world, f"SELECT DISTINCT proname FROM pg_proc WHERE {_CALLABLE} AND provolatile <> 'i'"
    )


async def names(world: World, query: str) -> frozenset[str]:
    async with world.superuser() as connection:
        return frozenset(row[0] for row in await connection.fetch(query))


async def test_every_function_that_looks_further_has_been_judged(looking_further: frozenset[str]) -> None:
    refused = {name for name in looking_further if catalogue_function(name)}
    assert len(refused) > 500
    unjudged = looking_further - FUNCTIONS - LOOKED_AT - HARMLESS - refused
    assert unjudged == set(), "allow or refuse them in data/domain/sql/builtins.py"


async def test_what_is_refused_stays_so_where_the_app_has_a_function_of_that_name(
    looking_further: frozenset[str],
) -> None:
    """PostgreSQL's own would be found first."""
    for name in sorted(looking_further - FUNCTIONS - HARMLESS - LOOKED_AT):
        assert "name_reserved" in codes(f'create function public."{name}"(a int) returns int return 1'), name
        with pytest.raises(SqlRefused, match=name):
            read_statement(f'select "{name}"(1)', REF, write=False, known=Known(frozenset({name})))


async def test_no_value_opens_what_is_refused_as_if_it_were_a_column_of_it(
    world: World, looking_further: frozenset[str]
) -> None:
    """PostgreSQL reads `value.f` as `f(value)`."""
    query = (
        f"SELECT proname FROM pg_proc WHERE {_CALLABLE} AND pronargs > 0 AND pronargs - pronargdefaults < 2"
        " AND NOT proargtypes::oid[] && ARRAY['txid_snapshot'::regtype, 'cstring'::regtype]::oid[]"
    )
    one_argument = await names(world, query)
    for name in sorted((one_argument & looking_further) - FUNCTIONS - HARMLESS - TRIGGER_FUNCTIONS):
        if name in TYPES or name in {"xml", "brin_bloom_summary_send", "brin_minmax_multi_summary_send"}:
            continue
        assert opened_by_attribute(name), name
    for sql in (
        "select ('max_connections'::text).current_setting",
        "select f.current_setting from unnest(array['max_connections']) f",
        "select (1259::oid).regclass",
        "select ('pg_authid'::text).to_regclass",
        "select (1::oid).lo_get",
        "select ('x'::text).nextval",
    ):
        with pytest.raises(SqlRefused):
            read_statement(sql, REF, write=False)
        assert "function_not_allowed" in codes(f"create view v as {sql}")
    columns = "select t.version, t.has_access, t.region, t.internal, t.xml, t.reg from t"
    assert read_statement(columns, REF, write=False).text == columns


async def test_operators_look_at_their_operands_alone(world: World) -> None:
    query = (  # PostgreSQL's own: apps of other tests may have made some
        "SELECT oprname FROM pg_operator JOIN pg_proc p ON p.oid = oprcode"
        " WHERE provolatile = 'v' AND oprnamespace = 'pg_catalog'::regnamespace"
    )
    assert await names(world, query) == set()


async def test_all_types_that_read_names_of_the_catalogue_are_known(world: World) -> None:
    aliases = await names(
        world,
        "SELECT typname FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typname LIKE 'reg%'",
    )
    assert len(aliases) > 10
    assert aliases - OID_ALIASES == set()
    for name in sorted(aliases - {"regconfig"}):
        for sql in (f"'x'::{name}", f"cast(1 as {name})", f"array[]::{name}[]", f"'x'::pg_catalog.{name}"):
            assert "type_not_allowed" in codes(f"create view v as select {sql}"), sql
        assert "type_not_allowed" in codes(f"create table t (a {name})")
    for name in sorted(aliases):
        for call in (name, f"{name}in", f"{name}out", f"to_{name}"):
            made = f"create function {call}(a int) returns int return a; create view v as select {call}(1)"
            assert {"name_reserved", "function_not_allowed"} <= codes(made), call


async def test_own_names_may_begin_as_those_types_do(world: World) -> None:
    app = Migrating(world, environment="production")
    await app.applied(
        "create type region as enum ('north', 'south');\n"
        "create table regions (id int primary key, regular region not null, register text);\n"
        "comment on table regions is '@shared: a map';\n"
        "create policy everybody on regions for select to anon using (regular <> 'south');\n"
        "create view registrations as select r.register, r.regular from regions r;\n"
        "create function regrets(r region) returns int language sql as "
        "$$ select count(*)::int from public.regions where regions.regular = r::region $$;\n"
        "insert into regions values (1, 'north', 'a'), (2, 'south', 'b');\n"
    )
    realm = (await world.http.get(f"/internal/realms/{app.app_id}/production")).json()

    async def rest(target: str) -> object:
        async with httpx.AsyncClient(headers={"apikey": realm["publishable_key"]}) as http:
            answer = await http.get(f"{realm['url']}/rest/v1/{target}", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert await rest("regions?select=id,regular&regular=eq.north") == [{"id": 1, "regular": "north"}]
    assert await rest("regions?select=id&regular=in.(north,south)") == [{"id": 1}]
    assert await rest("registrations?select=register::text") == [{"register": "a"}]
    assert await rest("rpc/regrets?r=north") == 1
    answer = await world.http.post(
        f"/internal/realms/{app.app_id}/production/sql",
        json={"sql": "select regrets(r.regular) as n from regions r where r.regular = 'south'::region"},
    )
    assert (answer.status_code, answer.json()["rows"]) == (200, [{"n": 1}]), answer.text
