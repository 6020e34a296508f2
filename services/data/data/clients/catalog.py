"""Reads from PostgreSQL's catalog what a realm's schema holds. Touches nothing that an app has defined."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from asyncpg.exceptions import InvalidSchemaNameError, UndefinedFunctionError, UndefinedTableError

from data.clients.shard import NO_CLAIMS, Shard
from data.domain.realm import PLATFORM, Names, Role
from data.domain.rest.catalog import Argument, ColumnInfo, ForeignKey, Function, Schema, Table
from data.domain.rest.statement import CHECKS
from data.domain.rest.views import Origin, inherited, view_columns
from data.errors import RealmNotFound, ShardAway

# Expressions may call PostgreSQL's own functions, of which these leave something in the session.
_ACTING = r"\m(set_config|pg_\w*advisory\w*|pg_notify|lo_\w+|\w+_to_xml\w*|dblink\w*)\M"

_QUERY = rf"""
WITH rel AS (
  SELECT c.oid, c.relname, c.relkind, c.reltype FROM pg_class c
  WHERE c.relnamespace = to_regnamespace($2) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    AND NOT c.relispartition
), col AS (
  SELECT a.attrelid, json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, -1),
    'base', format_type(CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE a.atttypid END, -1),
    'default', CASE WHEN a.attidentity <> '' THEN (
        SELECT format('nextval(%L::regclass)', d.objid::regclass) FROM pg_depend d
        WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
          AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype = 'i')
      WHEN a.attgenerated = '' THEN pg_get_expr(def.adbin, def.adrelid) END
    ) ORDER BY a.attnum) AS columns
  FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef def ON def.adrelid = a.attrelid AND def.adnum = a.attnum
  WHERE a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
), con AS (
  SELECT k.conname, k.contype, k.conrelid, k.confrelid, k.conkey,
    (SELECT json_agg(a.attname ORDER BY n.nth) FROM unnest(k.conkey) WITH ORDINALITY AS n(num, nth)
      JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = n.num) AS columns,
    (SELECT json_agg(a.attname ORDER BY n.nth) FROM unnest(k.confkey) WITH ORDINALITY AS n(num, nth)
      JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = n.num) AS foreign_columns
  FROM pg_constraint k JOIN rel ON rel.oid = k.conrelid WHERE k.contype IN ('p', 'f')
), fun AS (
  SELECT p.oid, p.proname, p.proretset, p.prorows, p.provolatile, t.typname AS result,
    format_type(p.prorettype, -1) AS returns, t.typtype, t.typrelid,
    coalesce(p.proargmodes && '{{o,b,t}}'::"char"[], false) AS has_columns,
    (SELECT json_agg(json_build_object(
        'name', coalesce(p.proargnames[n.nth], ''), 'mode', coalesce(p.proargmodes[n.nth], 'i'),
        'type', format_type(n.kind, -1), 'row_of', (SELECT relname FROM rel WHERE rel.reltype = n.kind),
        'base', format_type(CASE WHEN at.typtype = 'd' THEN at.typbasetype ELSE n.kind END, -1)
      ) ORDER BY n.nth)
      FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[])) WITH ORDINALITY AS n(kind, nth)
      JOIN pg_type at ON at.oid = n.kind) AS arguments,
    p.pronargs, p.pronargdefaults
  FROM pg_proc p JOIN pg_type t ON t.oid = p.prorettype
  WHERE p.pronamespace = to_regnamespace($2) AND p.prokind = 'f'
)
SELECT json_build_object(
  'version', (SELECT schema_version FROM {PLATFORM}.realms WHERE ref = $1),
  'tables', (SELECT json_agg(json_build_object('name', rel.relname, 'kind', rel.relkind,
      'columns', coalesce(col.columns, '[]'),
      'key', (SELECT con.columns FROM con WHERE con.conrelid = rel.oid AND con.contype = 'p'),
      'definition', CASE WHEN rel.relkind IN ('v', 'm') THEN pg_get_viewdef(rel.oid) END)
      ORDER BY rel.relname)
    FROM rel LEFT JOIN col ON col.attrelid = rel.oid),
  'keys', (SELECT json_agg(json_build_object('name', con.conname, 'table', rel.relname,
      'columns', con.columns, 'foreign', far.relname, 'foreign_columns', con.foreign_columns,
      'single', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = con.conrelid AND i.indisunique
        AND i.indpred IS NULL AND i.indexprs IS NULL
        AND (i.indkey::smallint[])[0:i.indnkeyatts - 1] <@ con.conkey)) ORDER BY con.conname)
    FROM con JOIN rel ON rel.oid = con.conrelid JOIN rel far ON far.oid = con.confrelid
    WHERE con.contype = 'f'),
  'acts', EXISTS (
    SELECT FROM (
      SELECT pg_get_viewdef(rel.oid) FROM rel WHERE rel.relkind IN ('v', 'm')
      UNION ALL SELECT concat(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p JOIN rel ON rel.oid = p.polrelid
      UNION ALL SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d JOIN rel ON rel.oid = d.adrelid
      UNION ALL SELECT pg_get_expr(k.conbin, k.conrelid) FROM pg_constraint k JOIN rel ON rel.oid = k.conrelid
    ) AS expressions(sql) WHERE sql ~* '{_ACTING}'),
  'functions', (SELECT json_agg(json_build_object('name', fun.proname, 'set', fun.proretset,
      'one_row', fun.proretset AND fun.prorows = 1, 'volatile', fun.provolatile = 'v',
      'result', fun.result, 'returns', fun.returns,
      'composite', fun.has_columns OR fun.typtype = 'c' OR fun.result = 'record',
      'table', (SELECT relname FROM rel WHERE rel.oid = fun.typrelid),
      'arguments', coalesce(fun.arguments, '[]'), 'defaults', fun.pronargdefaults,
      'inputs', fun.pronargs) ORDER BY fun.proname, fun.oid)
    FROM fun))::text
"""
_GONE = "There is no such database here any more."
_NO_CALL = frozenset({"trigger", "event_trigger"})


async def load_schema(shard: Shard, names: Names) -> Schema:
    """Everything in one snapshot, with its version.

    Raises RealmNotFound for a realm that is gone, and ShardAway while the shard is not prepared.
    """
    try:
        async with shard.admin(names.ref) as connection:
            found = json.loads(await connection.fetchval(_QUERY, names.ref, names.schema))
    except UndefinedTableError as error:
        message = "The app's database server is being prepared; try again shortly."
        raise ShardAway(message, retry_after=2.0) from error
    if found["version"] is None:
        raise RealmNotFound(_GONE)
    return await asyncio.to_thread(build_schema, names, found)


async def current_version(shard: Shard, names: Names) -> int | None:
    """Through the gate, so that no more is asked of the few connections that see the catalog as admins.

    Raises RealmNotFound for a realm that is gone.
    """
    query = f"SELECT {CHECKS}.version(($1)[1]), 0::bigint, NULL::text"
    try:
        answer = await shard.call(
            names.ref, Role.ANON, query, [names.ref], NO_CLAIMS, foreign_code=False, read_only=True
        )
    except (UndefinedFunctionError, InvalidSchemaNameError) as error:
        raise RealmNotFound(_GONE) from error
    return answer.total


def build_schema(names: Names, found: Mapping[str, Any]) -> Schema:
    """What the catalog query found, as requests see it; views get the foreign keys of their tables."""
    relations = found["tables"] or []
    functions = [_function(one) for one in found["functions"] or [] if one["result"] not in _NO_CALL]
    tables = {one["name"]: _table(one, functions) for one in relations}
    keys = tuple(_foreign_key(one) for one in found["keys"] or [])
    views: dict[str, dict[str, Origin]] = {
        one["name"]: view_columns(one["definition"], names.schema, tables[one["name"]].columns)
        for one in relations
        if one["definition"]
    }
    by_name: dict[str, tuple[Function, ...]] = {}
    for function in functions:
        by_name[function.name] = (*by_name.get(function.name, ()), function)
    runs_code = bool(found["functions"]) or found["acts"]
    return Schema(names.schema, found["version"] or 0, tables, inherited(keys, views), by_name, runs_code)


def _table(found: Mapping[str, Any], functions: list[Function]) -> Table:
    computed = {
        one.name: ColumnInfo(one.name, one.returns, one.returns)
        for one in functions
        if one.row_of == found["name"] and not one.is_composite and not one.is_set
    }
    return Table(
        found["name"],
        {one["name"]: ColumnInfo(**one) for one in found["columns"]},
        primary_key=tuple(found["key"] or ()),
        is_view=found["kind"] in {"v", "m"},
        is_plain=found["kind"] == "r",
        computed=computed,
    )


def _foreign_key(found: Mapping[str, Any]) -> ForeignKey:
    return ForeignKey(
        found["name"],
        found["table"],
        tuple(found["columns"]),
        found["foreign"],
        tuple(found["foreign_columns"]),
        single=found["single"],
    )


def _function(found: Mapping[str, Any]) -> Function:
    inputs = [one for one in found["arguments"] if one["mode"] in {"i", "b", "v"}]
    required = found["inputs"] - found["defaults"]
    columns = {
        one["name"]: ColumnInfo(one["name"], one["type"], one["base"])
        for one in found["arguments"]
        if one["mode"] in {"o", "b", "t"}
    }
    return Function(
        found["name"],
        tuple(
            Argument(one["name"], one["type"], position < required, variadic=one["mode"] == "v")
            for position, one in enumerate(inputs)
        ),
        found["returns"],
        is_set=found["set"],
        is_composite=found["composite"],
        is_void=found["result"] == "void",
        is_volatile=found["volatile"],
        one_row=found["one_row"],
        table=found["table"],
        row_of=inputs[0]["row_of"] if len(inputs) == 1 else None,
        columns=columns,
    )
