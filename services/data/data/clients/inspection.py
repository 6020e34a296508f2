"""Reads an app's schema from PostgreSQL's catalog. Nothing of the app runs: only the catalog is asked."""

import re
from typing import Any

from pydantic import TypeAdapter

from data.domain.catalog import Catalog
from data.domain.realm import EXTENSIONS, Names, Role

OWNER_POLICY = "overskill_owner"
"""On every table: lets the owner's gate see all rows, for seeds and dumps. People are not shown it."""

_CATALOG = TypeAdapter(Catalog)

_KINDS = """CASE t.typtype WHEN 'b' THEN 'base' WHEN 'e' THEN 'enum' WHEN 'c' THEN 'composite'
  WHEN 'd' THEN 'domain' WHEN 'r' THEN 'range' WHEN 'm' THEN 'multirange' ELSE 'pseudo' END"""


def _names(keys: str, relation: str) -> str:
    """SQL for the names of columns, as JSON, in the order of their numbers `keys`."""
    return (
        "(SELECT coalesce(json_agg(at.attname ORDER BY key.n), '[]') "
        f"FROM unnest({keys}) WITH ORDINALITY key(num, n) "
        f"JOIN pg_attribute at ON at.attrelid = {relation} AND at.attnum = key.num)"
    )


_QUERY = f"""
WITH RECURSIVE space AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
rel AS (SELECT c.* FROM pg_class c, space s WHERE c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'v')
  AND NOT c.relispartition),
fn AS (SELECT p.* FROM pg_proc p, space s WHERE p.pronamespace = s.oid AND p.prokind = 'f'
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)),
used(id) AS (
  SELECT a.atttypid FROM pg_attribute a JOIN rel ON rel.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped
  UNION SELECT prorettype FROM fn
  UNION SELECT unnest(coalesce(proallargtypes, proargtypes::oid[])) FROM fn
  UNION SELECT t.oid FROM pg_type t, space s WHERE t.typnamespace = s.oid AND t.typtype IN ('e', 'd')
  UNION SELECT t.oid FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid, space s
    WHERE t.typnamespace = s.oid AND c.relkind = 'c'
  UNION SELECT n.id FROM used u JOIN pg_type t ON t.oid = u.id LEFT JOIN pg_attribute a
    ON a.attrelid = t.typrelid AND t.typtype = 'c' AND a.attnum > 0 AND NOT a.attisdropped,
    LATERAL (VALUES (CASE t.typcategory WHEN 'A' THEN t.typelem END), (nullif(t.typbasetype, 0)),
      (a.atttypid)) n(id) WHERE n.id IS NOT NULL
)
SELECT json_build_object(
'types', (SELECT coalesce(json_object_agg(t.oid, json_build_object('name', t.typname, 'kind', {_KINDS},
    'own', t.typnamespace = s.oid,
    'element', CASE t.typcategory WHEN 'A' THEN t.typelem END,
    'base', nullif(t.typbasetype, 0),
    'labels', (SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
      FROM pg_enum e WHERE e.enumtypid = t.oid),
    'attributes', (SELECT coalesce(json_agg(json_build_array(a.attname, a.atttypid) ORDER BY a.attnum), '[]')
      FROM pg_attribute a WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0
      AND NOT a.attisdropped))), '{{}}') FROM used u JOIN pg_type t ON t.oid = u.id, space s),
'relations', (SELECT coalesce(json_agg(json_build_object(
    'name', r.relname,
    'kind', CASE r.relkind WHEN 'v' THEN 'view' ELSE 'table' END,
    'comment', obj_description(r.oid, 'pg_class'),
    'rows', CASE WHEN r.reltuples >= 0 THEN r.reltuples::bigint END,
    'writable', r.relkind <> 'v' OR (pg_relation_is_updatable(r.oid, false) & 28) = 28,
    'columns', (SELECT coalesce(json_agg(json_build_object(
        'name', a.attname, 'type', a.atttypid, 'shown', format_type(a.atttypid, a.atttypmod),
        'not_null', a.attnotnull OR t.typnotnull,
        'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
        'identity', CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'default' END,
        'generated', a.attgenerated <> '',
        'comment', col_description(r.oid, a.attnum)) ORDER BY a.attnum), '[]')
      FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
      LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
      WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'primary_key', (SELECT coalesce(max({_names("i.indkey::int2[]", "r.oid")}::text), '[]')::json
      FROM pg_index i WHERE i.indrelid = r.oid AND i.indisprimary),
    'keys', (SELECT coalesce(json_agg({_names("(i.indkey::int2[])[0:i.indnkeyatts - 1]", "r.oid")}
        ORDER BY NOT i.indisprimary, i.indexrelid), '[]')
      FROM pg_index i WHERE i.indrelid = r.oid AND i.indisunique
      AND i.indpred IS NULL AND i.indexprs IS NULL),
    'foreign_keys', (SELECT coalesce(json_agg(json_build_object('name', k.conname,
        'columns', {_names("k.conkey", "k.conrelid")},
        'table', CASE WHEN f.relnamespace = r.relnamespace THEN f.relname END,
        'referenced', {_names("k.confkey", "k.confrelid")}) ORDER BY k.conname), '[]')
      FROM pg_constraint k JOIN pg_class f ON f.oid = k.confrelid
      WHERE k.conrelid = r.oid AND k.contype = 'f' AND k.conparentid = 0),
    'checks', (SELECT coalesce(json_agg(json_build_object('name', k.conname,
        'columns', {_names("k.conkey", "k.conrelid")},
        'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname), '[]')
      FROM pg_constraint k WHERE k.conrelid = r.oid AND k.contype = 'c'),
    'policies', (SELECT coalesce(json_agg(json_build_object('name', p.polname,
        'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
          WHEN 'd' THEN 'delete' ELSE 'all' END,
        'permissive', p.polpermissive,
        'roles', (SELECT json_agg(coalesce(o.rolname, 'public') ORDER BY o.rolname)
          FROM unnest(p.polroles) g(id) LEFT JOIN pg_roles o ON o.oid = g.id),
        'using', pg_get_expr(p.polqual, p.polrelid), 'check', pg_get_expr(p.polwithcheck, p.polrelid))
        ORDER BY p.polname), '[]')
      FROM pg_policy p WHERE p.polrelid = r.oid AND p.polname <> '{OWNER_POLICY}')
    ) ORDER BY r.relname), '[]') FROM rel r),
'functions', (SELECT coalesce(json_agg(json_build_object('name', f.proname, 'returns', f.prorettype,
    'set', f.proretset,
    'arguments', (SELECT coalesce(json_agg(json_build_object('name', coalesce(a.name, ''), 'type', a.type,
        'optional', a.place > f.pronargs - f.pronargdefaults) ORDER BY a.place), '[]')
      FROM (SELECT f.proargnames[n] AS name, ty AS type, row_number() OVER (ORDER BY n) AS place
        FROM unnest(coalesce(f.proallargtypes, f.proargtypes::oid[])) WITH ORDINALITY x(ty, n)
        WHERE coalesce(f.proargmodes[n], 'i') IN ('i', 'b', 'v')) a),
    'columns', (SELECT coalesce(json_agg(json_build_array(coalesce(f.proargnames[n], ''), ty) ORDER BY n),
        '[]')
      FROM unnest(f.proallargtypes) WITH ORDINALITY x(ty, n) WHERE f.proargmodes[n] IN ('o', 'b', 't')))
    ORDER BY f.proname, f.oid), '[]') FROM fn f)
)::text
"""


async def read_catalog(connection: Any, names: Names) -> Catalog:
    """What the realm's schema holds, in the app's own names, as the connection's transaction sees it."""
    return _CATALOG.validate_json(as_the_app_says(await connection.fetchval(_QUERY, names.schema), names))


def as_the_app_says(text: str, names: Names) -> str:
    """Puts back the names that the app's SQL uses for those of its realm."""
    schemas = {names.auth_schema: "auth.", names.schema: "", EXTENSIONS: ""}
    roles = {names.role(Role.OWNER): "service_role", names.role(Role.ANON): "anon"}
    roles[names.role(Role.AUTHENTICATED)] = "authenticated"
    # A line that begins with a name follows upon an escape, as the text is JSON.
    begin = r"(?:(?<![\w.])|(?<=\\n))"
    text = re.sub(rf"{begin}({'|'.join(schemas)})\.", lambda found: schemas[found[1]], text)
    return re.sub(rf"{begin}({'|'.join(roles)})(?!\w)", lambda found: roles[found[1]], text)
