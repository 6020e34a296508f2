"""Every place of a PL/pgSQL body where an expression, a query or a type may stand is looked at."""

import pytest

from data.domain.sql.declarations import MOST_SECTIONS
from tests.data.migrations import codes

PLAIN = "create function f() returns int language plpgsql as $$ {} $$"
SET = "create function f() returns setof int language plpgsql as $$ {} $$"
OWN = "create table public.things (id int primary key);\ncreate table public.cursor (id int primary key);\n"

DEFAULTS = (
    "declare x text := {}; begin end",
    "declare x record := {}; begin end",
    "declare x constant record default {}; begin end",
    "declare x constant cursor := {}; begin end",
    "declare x record = {}; begin end",
    "declare x public.things := {}; begin end",
    "declare x things not null := {}; begin end",
    "declare x things%rowtype := {}; begin end",
    "declare x public . things % rowtype := {}; begin end",
    "declare a int := (select 1 as begin); x record := {}; begin end",
    "declare a int[] := array[1, (2)]; x record := {}; begin end",
    "declare a int; declare x record := {}; begin end",
    "declare a text := ';'; /* ; begin */ x record := {}; begin end",
    "begin declare x record := {}; begin end; end",
    "begin loop declare x constant record default {}; begin end; end loop; end",
    "begin null; exception when others then declare x record = {}; begin end; end",
    "begin perform (select 1 as declare); <<l>> declare x record := {}; begin end; end",
)
PLACES = (
    *DEFAULTS,
    "declare a int; begin a := {}; end",
    "declare a int[]; begin a[{}] := 1; end",
    "declare a things; begin a.id := {}; end",
    "declare a int; begin select {} into a; end",
    "declare a int; begin select 1 into strict a from {}; end",
    "declare c cursor (a int) for select {}; begin open c(1); end",
    "declare c no scroll cursor is select {}; begin open c; end",
    "declare c cursor (a int) for select 1; begin open c({}); end",
    "declare c cursor (a int) for select 1; begin for r in c({}) loop null; end loop; end",
    "declare r record; begin for r in select {} loop null; end loop; end",
    "declare r record; begin for r in execute {} loop null; end loop; end",
    "declare r record; begin for r in execute 'x' using {} loop null; end loop; end",
    "begin for i in {}..3 loop null; end loop; end",
    "begin for i in 1..{} loop null; end loop; end",
    "begin for i in 1..3 by {} loop null; end loop; end",
    "declare r int; begin foreach r in array {} loop null; end loop; end",
    "begin if {} then null; end if; end",
    "begin if true then null; elsif {} then null; else null; end if; end",
    "begin if true then null; else perform {}; end if; end",
    "begin case {} when 1 then null; end case; end",
    "begin case 1 when {} then null; end case; end",
    "begin case when {} then null; else null; end case; end",
    "begin while {} loop null; end loop; end",
    "begin loop exit when {}; end loop; end",
    "begin loop continue when {}; end loop; end",
    "begin return {}; end",
    "begin raise notice 'x %', {}; end",
    "begin raise exception 'x' using detail = {}; end",
    "begin raise using message = {}; end",
    "begin assert {}; end",
    "begin assert true, {}; end",
    "begin perform {}; end",
    "begin null; exception when others then perform {}; end",
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("hidden", ["pg_catalog.version()", "pg_backend_pid()"])
def test_a_call_of_what_is_not_open_is_found_wherever_it_stands(place: str, hidden: str) -> None:
    assert set(codes(OWN + PLAIN.format(place.format(hidden)))) & {"function_not_allowed", "dynamic_sql"}


@pytest.mark.parametrize("place", ["begin return next {}; end", "begin return query select {}; end"])
def test_so_it_is_in_functions_that_return_sets(place: str) -> None:
    assert "function_not_allowed" in codes(OWN + SET.format(place.format("pg_catalog.version()")))


@pytest.mark.parametrize(
    "place", [*DEFAULTS, "declare c cursor for select * from things where id = any({}); begin end"]
)
def test_what_is_open_may_stand_there(place: str) -> None:
    written = place.format("(select array[1])")
    assert "function_not_allowed" not in (found := codes(OWN + PLAIN.format(written)))
    assert "syntax_error" not in found


@pytest.mark.parametrize(
    "catalogue", ["(select proname from pg_catalog.pg_proc)", "(select 1 from pg_class)"]
)
def test_a_default_reads_no_catalogue(catalogue: str) -> None:
    body = f"declare r record := row({catalogue}); begin return 1; end"
    assert "catalog_not_allowed" in codes(PLAIN.format(body))


@pytest.mark.parametrize(
    "type_",
    [
        "pg_proc",
        "pg_catalog.pg_proc",
        "pg_proc%rowtype",
        "pg_proc.prosupport%type",
        "pg_catalog.pg_proc.oid%type",
    ],
)
def test_a_variable_is_of_an_own_type(type_: str) -> None:
    found = codes(PLAIN.format(f"declare r {type_}; begin return 1; end"))
    assert {"type_not_allowed", "schema_not_allowed", "catalog_not_allowed"} & set(found)


@pytest.mark.parametrize(
    "condition",
    [
        "query_canceled",
        "operator_intervention",
        "sqlstate '57014'",
        "sqlstate '57000'",
        "others or Query_Canceled",
    ],
)
def test_no_function_catches_that_it_is_ended(condition: str) -> None:
    body = f"begin begin perform 1; exception when {condition} then null; end; return 1; end"
    assert codes(PLAIN.format(body)) == {"cancel_caught"}


@pytest.mark.parametrize("condition", ["others", "unique_violation", "sqlstate '23505'", "sqlstate 'P0001'"])
def test_other_errors_are_caught_as_ever(condition: str) -> None:
    assert codes(PLAIN.format(f"begin return 1; exception when {condition} then return 2; end")) == set()


def test_more_blocks_than_anybody_writes_are_refused_unread() -> None:
    nested = "begin declare a int; begin null; end; end; " * (MOST_SECTIONS + 1)
    assert codes(PLAIN.format(f"begin {nested} end")) == {"too_complex"}
