"""Looks at what a migration has made of a realm, in the catalog: the second wall behind the allow-list.

What it finds no migration can do that the allow-list let pass, so whatever it finds refuses the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from data.clients.inspection import OWNER_POLICY, as_the_app_says
from data.domain.realm import GATES, Names, Role

_OWNABLE = (
    "'table', 'view', 'index', 'sequence', 'type', 'function', 'procedure', 'composite type', 'default acl', "
    "'statistics object', 'partitioned table', 'partitioned index'"
)

_QUERY = f"""
WITH me AS (SELECT n.oid AS space, o.oid AS owner, a.oid AS anon, u.oid AS authenticated, x.oid AS auth_space
  FROM pg_namespace n, pg_roles o, pg_roles a, pg_roles u, pg_namespace x
  WHERE n.nspname = $1 AND o.rolname = $2 AND a.rolname = $3 AND u.rolname = $4 AND x.nspname = $5),
tables AS (SELECT c.* FROM pg_class c, me WHERE c.relnamespace = me.space AND c.relkind IN ('r', 'p')),
granted AS (
  SELECT c.relname AS name, g.* FROM pg_class c, me, aclexplode(c.relacl) g WHERE c.relnamespace = me.space
  UNION ALL SELECT c.relname || '.' || a.attname, g.* FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid, me, aclexplode(a.attacl) g WHERE c.relnamespace = me.space
  UNION ALL SELECT p.proname, g.* FROM pg_proc p, me, aclexplode(p.proacl) g WHERE p.pronamespace = me.space
  UNION ALL SELECT n.nspname, g.* FROM pg_namespace n, me, aclexplode(n.nspacl) g WHERE n.oid = me.space
  UNION ALL SELECT t.typname, g.* FROM pg_type t, me, aclexplode(t.typacl) g
    WHERE t.typnamespace = me.space AND t.typtype <> 'c'
  UNION ALL SELECT 'default privileges', g.* FROM pg_default_acl d, me, aclexplode(d.defaclacl) g
    WHERE d.defaclrole = me.owner)
SELECT 'owner' AS code, c.relname AS name FROM pg_class c, me
  WHERE c.relnamespace = me.space AND c.relowner <> me.owner
UNION SELECT 'owner', p.proname FROM pg_proc p, me WHERE p.pronamespace = me.space AND p.proowner <> me.owner
UNION SELECT 'owner', n.nspname FROM pg_namespace n, me WHERE n.oid = me.space AND n.nspowner <> me.owner
UNION SELECT 'outside', i.identity FROM pg_shdepend d, me,
  LATERAL pg_identify_object(d.classid, d.objid, d.objsubid) i
  WHERE d.refclassid = 'pg_authid'::regclass AND d.deptype = 'o'
  AND d.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND d.refobjid IN (me.owner, me.anon, me.authenticated)
  AND NOT (d.refobjid = me.owner AND i.type IN ({_OWNABLE})
    AND coalesce(i.schema, '') IN (SELECT nspname FROM pg_namespace WHERE oid = me.space
      UNION ALL SELECT '' WHERE i.type = 'default acl'))
  AND NOT (d.refobjid = me.owner AND d.classid = 'pg_namespace'::regclass AND d.objid = me.space)
  AND NOT (i.type = 'function' AND d.objid IN (SELECT g.oid FROM pg_proc g JOIN pg_namespace s
    ON s.oid = g.pronamespace WHERE s.nspname = '{GATES}' AND g.proname = ANY ($6)))
UNION SELECT 'kind', c.relname FROM pg_class c, me WHERE c.relnamespace = me.space
  AND (c.relkind NOT IN ('r', 'p', 'v', 'i', 'I', 'S', 'c') OR c.relpersistence <> 'p')
UNION SELECT 'inherits', c.relname FROM pg_inherits h JOIN pg_class c ON c.oid = h.inhrelid
  JOIN pg_class p ON p.oid = h.inhparent, me WHERE (c.relnamespace = me.space) <> (p.relnamespace = me.space)
UNION SELECT 'row_security', relname FROM tables WHERE NOT (relrowsecurity AND relforcerowsecurity)
UNION SELECT 'row_security', relname FROM tables t WHERE NOT EXISTS (SELECT FROM pg_policy p, me
  WHERE p.polrelid = t.oid AND p.polname = '{OWNER_POLICY}' AND p.polroles = ARRAY[me.owner])
UNION SELECT 'restrictive', p.polname FROM pg_policy p JOIN tables t ON t.oid = p.polrelid, me
  WHERE NOT p.polpermissive AND p.polroles && ARRAY[0::oid, me.owner]
UNION SELECT 'security_invoker', c.relname FROM pg_class c, me WHERE c.relnamespace = me.space
  AND c.relkind = 'v' AND NOT coalesce(c.reloptions, '{{}}') && ARRAY['security_invoker=true',
    'security_invoker=on', 'security_invoker=yes', 'security_invoker=1']
UNION SELECT 'function', p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang, me
  WHERE p.pronamespace = me.space AND (p.prosecdef OR p.prokind NOT IN ('f', 'p') OR p.proleakproof
  OR l.lanname NOT IN ('sql', 'plpgsql') OR p.prosupport <> 0 OR EXISTS (SELECT FROM unnest(p.proconfig) s
    WHERE s NOT LIKE 'search\\_path=%'))
UNION SELECT 'trigger', t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_proc p ON p.oid = t.tgfoid, me WHERE NOT t.tgisinternal AND (
    (c.relnamespace = me.space AND (t.tgdeferrable OR t.tgconstraint <> 0 OR p.pronamespace <> me.space))
    OR (p.pronamespace = me.space AND c.relnamespace <> me.space) OR c.relnamespace = me.auth_space)
UNION SELECT 'rule', r.rulename FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class, me
  WHERE c.relnamespace = me.space AND NOT (c.relkind = 'v' AND r.rulename = '_RETURN')
UNION SELECT 'foreign_key', k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  JOIN pg_class f ON f.oid = k.confrelid, me WHERE k.contype = 'f' AND c.relnamespace = me.space
  AND f.relnamespace NOT IN (me.space, me.auth_space)
UNION SELECT 'grant', g.name FROM granted g, me
  WHERE g.grantee NOT IN (me.owner, me.anon, me.authenticated) OR g.grantor <> me.owner
  OR (g.grantee <> me.owner AND (g.is_grantable
    OR g.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE', 'EXECUTE')))
UNION SELECT 'membership', r.rolname FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid, me
  WHERE m.member IN (me.owner, me.anon, me.authenticated)
UNION SELECT 'role_setting', r.rolname FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole, me
  WHERE s.setrole IN (me.owner, me.anon, me.authenticated)
LIMIT 50
"""

_MESSAGES = {
    "owner": 'The migration gives "{}" to another owner.',
    "outside": "The migration makes {} outside of the app's own schema.",
    "kind": '"{}" is a kind of table that apps cannot have.',
    "inherits": '"{}" is part of a table of another schema.',
    "row_security": 'Row-level security of "{}" is not as it has to be.',
    "restrictive": 'The restrictive policy "{}" is also for service_role, and would hide rows from dumps.',
    "security_invoker": 'The view "{}" reads as its owner and not as who asks: security_invoker is missing.',
    "function": 'The function "{}" runs with rights or settings that an app\'s functions cannot have.',
    "trigger": 'The trigger "{}" is deferred, or is on or of another schema.',
    "rule": '"{}" is a rule, which apps cannot have.',
    "foreign_key": 'The foreign key "{}" points out of the app\'s schema.',
    "grant": 'Rights on "{}" are granted that no policy governs, or to others than the app\'s own roles.',
    "membership": "A role of the app has become a member of {}.",
    "role_setting": "A setting was made for the role {}.",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that a realm must not have; `code` is stable."""

    code: str
    message: str


async def audit(connection: Any, names: Names) -> Sequence[Breach]:
    """What is not as it has to be in the realm, as the connection's transaction sees it."""
    roles = (names.role(Role.OWNER), names.role(Role.ANON), names.role(Role.AUTHENTICATED))
    gates = [*roles, names.run_name]
    rows = await connection.fetch(_QUERY, names.schema, *roles, names.auth_schema, gates)
    return [
        Breach(row["code"], _MESSAGES[row["code"]].format(as_the_app_says(row["name"], names)))
        for row in rows
    ]


async def unsealed(connection: Any, names: Names) -> Sequence[str]:
    """The tables that lack row-level security or the owner's policy."""
    rows = await connection.fetch(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = $1 AND c.relkind IN ('r', 'p') "
        "AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS "
        "(SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = $2)) ORDER BY 1",
        names.schema,
        OWNER_POLICY,
    )
    return [row["relname"] for row in rows]
