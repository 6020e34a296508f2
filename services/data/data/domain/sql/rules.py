"""Which statements an app's migrations may contain. What has no rule here is refused."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pglast import ast
from pglast.enums import (
    AlterPublicationAction,
    AlterTableType,
    GrantTargetType,
    ObjectType,
    RoleSpecType,
)

from data.domain.sql.builtins import (
    INDEX_METHODS,
    TRIGGER_FUNCTIONS,
    WITHOUT_EFFECT,
    catalogue_function,
    reserved,
)
from data.domain.sql.expressions import Refusal, relation_refusals, schema_refusal, temporary
from data.domain.sql.trees import path, walk

REALTIME = "supabase_realtime"
ROLES = ("anon", "authenticated", "service_role")
Rule = Callable[[Any], Iterator[Refusal]]

_LEAVE_OUT = "Leave it out."
_ON = {"true", "on", "1", "yes", "t", "y"}
_PAST_POLICIES = {"truncate", "references", "trigger", "maintain", "create"}
_ALTERATIONS = frozenset(
    {
        AlterTableType.AT_AddColumn, AlterTableType.AT_DropColumn, AlterTableType.AT_ColumnDefault,
        AlterTableType.AT_DropNotNull, AlterTableType.AT_SetNotNull, AlterTableType.AT_SetExpression,
        AlterTableType.AT_DropExpression, AlterTableType.AT_AlterColumnType, AlterTableType.AT_AddConstraint,
        AlterTableType.AT_DropConstraint, AlterTableType.AT_ValidateConstraint, AlterTableType.AT_AddIdentity,
        AlterTableType.AT_SetIdentity, AlterTableType.AT_DropIdentity, AlterTableType.AT_EnableRowSecurity,
        AlterTableType.AT_ForceRowSecurity, AlterTableType.AT_ReplicaIdentity,
    }
)  # fmt: skip
_NAMED_BY_ONE = frozenset(
    {
        ObjectType.OBJECT_TABLE, ObjectType.OBJECT_VIEW, ObjectType.OBJECT_INDEX, ObjectType.OBJECT_SEQUENCE,
        ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN, ObjectType.OBJECT_FUNCTION,
    }
)  # fmt: skip
_OF_A_TABLE = frozenset(
    {
        ObjectType.OBJECT_COLUMN, ObjectType.OBJECT_POLICY, ObjectType.OBJECT_TRIGGER,
        ObjectType.OBJECT_TABCONSTRAINT,
    }
)  # fmt: skip
_GRANTED = frozenset(
    {
        ObjectType.OBJECT_TABLE, ObjectType.OBJECT_SEQUENCE, ObjectType.OBJECT_FUNCTION,
        ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN,
    }
)  # fmt: skip
_RENAMED = _NAMED_BY_ONE | _OF_A_TABLE | {ObjectType.OBJECT_ATTRIBUTE, ObjectType.OBJECT_DOMCONSTRAINT}


def making(name: tuple[str, ...], what: str) -> Iterator[Refusal]:
    """Why something new may not have this name."""
    if len(name) > 1 and name[0] != "public":
        yield schema_refusal(name[0], 0)
    elif reserved(name[-1]) or (what == "function" and catalogue_function(name[-1])):
        message = f"{name[-1]} may not be the name of a {what}."
        yield Refusal("name_reserved", message, "It is PostgreSQL's or the platform's: choose another.")


def _table(node: ast.CreateStmt) -> Iterator[Refusal]:
    yield from _named(node.relation, "table")
    if node.inhRelations or node.partspec or node.partbound or node.ofTypename:
        message = "Tables do not inherit, and are not partitioned."
        yield Refusal("option_not_allowed", message, "Make one table with an index.")
    if node.options or node.tablespacename or node.accessMethod or node.oncommit:
        yield Refusal("option_not_allowed", "How a table is stored is the platform's.", _LEAVE_OUT)


def _named(node: ast.RangeVar | None, what: str) -> Iterator[Refusal]:
    """A relation to be made, of a name that is free to apps; which schema, the look at all names says."""
    if node is not None and not any(relation_refusals(path(node), 0)):
        yield from making(path(node), what)


def _alter(node: ast.AlterTableStmt) -> Iterator[Refusal]:
    for command in node.cmds or ():
        subtype = command.subtype
        if subtype == AlterTableType.AT_SetRelOptions and node.objtype == ObjectType.OBJECT_VIEW:
            yield from _view_options(command.def_)
        elif subtype in {AlterTableType.AT_DisableRowSecurity, AlterTableType.AT_NoForceRowSecurity}:
            message = "Row level security is always on, also for the owner."
            yield Refusal("row_security", message, "Write policies for who may do what.")
        elif subtype not in _ALTERATIONS:
            name = AlterTableType(subtype).name.removeprefix("AT_")
            yield Refusal("option_not_allowed", f"ALTER … {name} is not allowed.", _LEAVE_OUT)


def _index(node: ast.IndexStmt) -> Iterator[Refusal]:
    if node.concurrent:
        message = "CONCURRENTLY cannot be used: a migration is one transaction."
        yield Refusal("option_not_allowed", message, "Leave out CONCURRENTLY.")
    if node.tableSpace or node.accessMethod not in INDEX_METHODS:
        yield Refusal("option_not_allowed", "An index of this kind is not there.", "Leave out TABLESPACE; "
                      f"methods are {', '.join(sorted(INDEX_METHODS))}.")  # fmt: skip


def _view(node: ast.ViewStmt) -> Iterator[Refusal]:
    yield from _named(node.view, "view")
    yield from _view_options(node.options)


def _view_options(options: Any) -> Iterator[Refusal]:
    for one in options or ():
        if one.defname not in {"security_invoker", "security_barrier", "check_option"}:
            yield Refusal("option_not_allowed", f"Views have no option {one.defname} here.", _LEAVE_OUT)
        elif one.defname == "security_invoker" and not is_on(one.arg):
            message = "A view without security_invoker shows every row to everybody."
            yield Refusal("security_invoker", message, "Write `with (security_invoker = true)`.")


def is_on(value: Any) -> bool:
    """Whether an option is switched on, as Postgres reads it."""
    if value is None:
        return True
    if isinstance(value, ast.Integer):
        return value.ival == 1
    return isinstance(value, ast.String) and (value.sval or "").lower() in {
        "true",
        "on",
        "1",
        "yes",
        "t",
        "y",
    }


def _policy(node: ast.CreatePolicyStmt) -> Iterator[Refusal]:
    yield from _platforms_own(node.policy_name)
    yield from role_refusals(node.roles, to_public=True)
    public = any(role.roletype == RoleSpecType.ROLESPEC_PUBLIC for role in node.roles or ())
    owner = any(role.rolename == "service_role" for role in node.roles or ())
    if not node.permissive and (public or owner):
        message = "A restrictive policy for everybody would also hide rows from backups."
        yield Refusal("role_not_allowed", message, "Add `to anon, authenticated`.")


def _alter_policy(node: ast.AlterPolicyStmt) -> Iterator[Refusal]:
    yield from _platforms_own(node.policy_name)
    yield from role_refusals(node.roles, to_public=False)


def _platforms_own(name: str | None) -> Iterator[Refusal]:
    if (name or "").startswith("overskill"):
        yield Refusal("name_reserved", f"{name} is the platform's own name.", "Choose another name.")


def role_refusals(roles: Any, *, to_public: bool) -> Iterator[Refusal]:
    """Why rights or policies may not be given to these roles."""
    for role in roles or ():
        at = role.location if isinstance(role.location, int) else 0
        if role.roletype == RoleSpecType.ROLESPEC_PUBLIC:
            if not to_public:
                message = "PUBLIC is every role of the database, of all apps."
                yield Refusal("role_not_allowed", message, "Name anon, authenticated or both.", at)
        elif role.roletype != RoleSpecType.ROLESPEC_CSTRING or role.rolename not in ROLES:
            message = f"The role {role.rolename or 'of who asks'} is not there for apps."
            yield Refusal("role_not_allowed", message, "Use anon, authenticated or service_role.", at)


def _sequence(node: ast.CreateSeqStmt) -> Iterator[Refusal]:
    yield from _named(node.sequence, "sequence")
    yield from _sequence_options(node)


def _sequence_options(node: Any) -> Iterator[Refusal]:
    for one in node.options or ():
        if one.defname == "owned_by" and len(path(one.arg)) == 3 and path(one.arg)[0] != "public":
            yield schema_refusal(path(one.arg)[0], 0)
        if one.defname in {"logged", "sequence_name"}:
            yield temporary(0)


def _trigger(node: ast.CreateTrigStmt) -> Iterator[Refusal]:
    if path(node.relation) == ("auth", "users"):
        message = "Triggers on auth.users are not possible: sign-up is the platform's own."
        hint = (
            "Let the profile's row be made by the app after sign-up (upsert), with "
            "`user_id uuid primary key default auth.uid() references auth.users(id)`."
        )
        yield Refusal("trigger_not_allowed", message, hint)
    if node.isconstraint or node.deferrable or node.initdeferred:
        message = "A trigger runs at once: constraint triggers and deferrable ones are not allowed."
        yield Refusal("deferrable", message, "Write CREATE TRIGGER … FOR EACH ROW without DEFERRABLE.")
    name = path(node.funcname)
    if len(name) > 1 and name[0] not in {"public", "pg_catalog"}:
        yield schema_refusal(name[0], 0)
    elif (name[0] == "pg_catalog" or reserved(name[-1])) and name[-1] not in TRIGGER_FUNCTIONS:
        message = f"{name[-1]} is no function of this app."
        yield Refusal("function_not_allowed", message, "Write the trigger's function yourself.")


def _comment(node: ast.CommentStmt) -> Iterator[Refusal]:
    yield from _object(node.objtype, node.object, _NAMED_BY_ONE | _OF_A_TABLE)


def _drop(node: ast.DropStmt) -> Iterator[Refusal]:
    if node.concurrent:
        message = "CONCURRENTLY cannot be used: a migration is one transaction."
        yield Refusal("option_not_allowed", message, "Leave out CONCURRENTLY.")
    for one in node.objects or ():
        yield from _object(node.removeType, one, _NAMED_BY_ONE | _OF_A_TABLE)


def _object(kind: Any, named: Any, allowed: frozenset[Any]) -> Iterator[Refusal]:
    name = path(named)
    if kind not in allowed:
        what = kind.name.removeprefix("OBJECT_").replace("_", " ").lower()
        yield Refusal("statement_not_allowed", f"A {what} is not an app's to change.", _LEAVE_OUT)
        return
    owner = name[:-1] if kind in _OF_A_TABLE else name
    if owner:
        yield from relation_refusals(owner, 0)
    if kind == ObjectType.OBJECT_POLICY:
        yield from _platforms_own(name[-1])


def _rename(node: ast.RenameStmt) -> Iterator[Refusal]:
    if node.renameType not in _RENAMED:
        yield Refusal("statement_not_allowed", "This cannot be renamed.", _LEAVE_OUT)
        return
    if node.object is not None:
        yield from relation_refusals(path(node.object), 0)
    if node.renameType == ObjectType.OBJECT_POLICY:
        yield from _platforms_own(node.subname)
        yield from _platforms_own(node.newname)
    elif node.renameType in _NAMED_BY_ONE:
        what = "function" if node.renameType == ObjectType.OBJECT_FUNCTION else "renamed object"
        yield from making((node.newname or "",), what)


def _grant(node: ast.GrantStmt) -> Iterator[Refusal]:
    yield from role_refusals(node.grantees, to_public=not node.is_grant)
    if node.grant_option or node.grantor:
        yield Refusal("privilege_not_allowed", "Rights are not passed on.", "Leave out WITH GRANT OPTION.")
    if node.targtype == GrantTargetType.ACL_TARGET_DEFAULTS:
        yield Refusal("privilege_not_allowed", "Default privileges are set already.", _LEAVE_OUT)
    for privilege in node.privileges or ():
        if node.is_grant and privilege.priv_name in {
            "truncate",
            "references",
            "trigger",
            "maintain",
            "create",
        }:
            message = f"{privilege.priv_name.upper()} is not for the app's users: it knows no policies."
            hint = "Grant select, insert, update and delete as needed."
            yield Refusal("privilege_not_allowed", message, hint)
    yield from _granted(node)


def _granted(node: ast.GrantStmt) -> Iterator[Refusal]:
    schemas = node.targtype == GrantTargetType.ACL_TARGET_ALL_IN_SCHEMA
    schemas = schemas or node.objtype == ObjectType.OBJECT_SCHEMA
    for one in node.objects or ():
        if schemas and path(one) != ("public",):
            yield schema_refusal(path(one)[0], 0)
        elif not schemas and node.objtype in {ObjectType.OBJECT_FUNCTION, ObjectType.OBJECT_TYPE}:
            yield from relation_refusals(path(one), 0)
    allowed = {ObjectType.OBJECT_TABLE, ObjectType.OBJECT_SEQUENCE, ObjectType.OBJECT_FUNCTION}
    if not schemas and node.objtype not in allowed | {ObjectType.OBJECT_TYPE, ObjectType.OBJECT_DOMAIN}:
        yield Refusal(
            "privilege_not_allowed", "Rights are given on tables, sequences, functions.", _LEAVE_OUT
        )


def _extension(node: ast.CreateExtensionStmt) -> Iterator[Refusal]:
    if node.extname not in WITHOUT_EFFECT:
        message = f"The extension {node.extname} is not there."
        hint = f"Known are {', '.join(sorted(WITHOUT_EFFECT))}; gen_random_uuid() needs none."
        yield Refusal("extension_not_allowed", message, hint)


def _publication(node: ast.AlterPublicationStmt) -> Iterator[Refusal]:
    adds = node.action == AlterPublicationAction.AP_AddObjects
    if node.pubname != REALTIME or not adds or node.for_all_tables:
        message = "Publications are the platform's."
        yield Refusal("statement_not_allowed", message, f"Only `alter publication {REALTIME} add table …`.")


def _type(node: ast.CreateEnumStmt) -> Iterator[Refusal]:
    yield from making(path(node.typeName), "type")


def _composite(node: ast.CompositeTypeStmt) -> Iterator[Refusal]:
    yield from _named(node.typevar, "type")


def _domain(node: ast.CreateDomainStmt) -> Iterator[Refusal]:
    yield from making(path(node.domainname), "domain")


def _alter_type(node: ast.AlterEnumStmt | ast.AlterDomainStmt) -> Iterator[Refusal]:
    yield from relation_refusals(path(node.typeName), 0)


def _target(node: ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt) -> Iterator[Refusal]:
    """Seed rows go to own tables; auth.users may be read by them, so the look at all names lets it pass."""
    for inner, at in walk(node):
        if isinstance(inner, ast.InsertStmt | ast.UpdateStmt | ast.DeleteStmt):
            yield from (
                r for r in relation_refusals(path(inner.relation), at) if r.code == "users_not_allowed"
            )


def _nothing(_: Any) -> Iterator[Refusal]:
    return iter(())


def _select(node: ast.SelectStmt) -> Iterator[Refusal]:
    calls = [target.val for target in node.targetList or ()]
    if not all(isinstance(call, ast.FuncCall) and path(call.funcname)[-1] == "setval" for call in calls):
        message = "A SELECT by itself does nothing in a migration."
        yield Refusal("statement_not_allowed", message, "Only `select setval('sequence', …)` is of use.")


RULES: Mapping[type, Rule] = {
    ast.AlterDomainStmt: _alter_type,
    ast.AlterEnumStmt: _alter_type,
    ast.AlterPolicyStmt: _alter_policy,
    ast.AlterPublicationStmt: _publication,
    ast.AlterSeqStmt: _sequence_options,
    ast.AlterTableStmt: _alter,
    ast.CommentStmt: _comment,
    ast.CompositeTypeStmt: _composite,
    ast.CreateDomainStmt: _domain,
    ast.CreateEnumStmt: _type,
    ast.CreateExtensionStmt: _extension,
    ast.CreatePolicyStmt: _policy,
    ast.CreateSeqStmt: _sequence,
    ast.CreateStmt: _table,
    ast.CreateTrigStmt: _trigger,
    ast.DeleteStmt: _target,
    ast.DropStmt: _drop,
    ast.GrantStmt: _grant,
    ast.IndexStmt: _index,
    ast.InsertStmt: _target,
    ast.RenameStmt: _rename,
    ast.SelectStmt: _select,
    ast.TruncateStmt: _nothing,
    ast.UpdateStmt: _target,
    ast.ViewStmt: _view,
}
