"""Renders migrations in Supabase's dialect: an entity's table with its policies, and its later columns."""

import re
from collections.abc import Iterable, Sequence

from dev.simulator.blueprint import words
from dev.simulator.blueprint.spec import AppSpec, Field, Kind

FOLDER = "supabase/migrations/"
_LONGEST: dict[Kind, int] = {"textarea": 10_000, "url": 2_000, "email": 320}
_SHORT = 200
_COLUMNS: dict[Kind, str] = {
    "boolean": "{name} boolean not null default false",
    "date": "{name} date",
    "number": "{name} numeric",
    "price": "{name} numeric",
    "rating": "{name} smallint not null default 3 check ({name} between 1 and 5)",
}
_NUMBER = re.compile(rf"{FOLDER}(\d+)_\w+\.sql")
# Postgres' reserved words, which name a column in quotes only.
_RESERVED = (
    "all analyse analyze and any array as asc asymmetric authorization binary both case cast check "
    "collate collation column concurrently constraint create cross current_date current_role "
    "current_schema current_time current_timestamp current_user default deferrable desc distinct do "
    "else end except false fetch for foreign freeze from full grant group having ilike in initially "
    "inner intersect into is isnull join lateral leading left like limit localtime localtimestamp "
    "natural not notnull null offset on only or order outer overlaps placing primary references "
    "returning right select session_user similar some symmetric table tablesample then to trailing true "
    "union unique user using variadic verbose when where window with"
)


def path_of(number: int, name: str) -> str:
    return f"{FOLDER}{number:04}_{name}.sql"


def next_path(listing: Iterable[str], name: str) -> str:
    """Of a migration that comes after all that there are."""
    numbers = [int(found.group(1)) for path in listing if (found := _NUMBER.fullmatch(path))]
    return path_of(max(numbers, default=0) + 1, name)


def table_file(spec: AppSpec) -> str:
    """The table of a new app."""
    about, owner, index, rules = _own(spec) if spec.kept == "own" else _shared(spec)
    columns = [
        "id uuid primary key default gen_random_uuid()",
        *owner,
        "created_at timestamptz not null default now()",
        *(_column(field, _is_needed(field, spec)) for field in spec.fields),
    ]
    body = ",\n".join(f"  {column}" for column in columns)
    return (
        f"-- {about}\ncreate table public.{spec.table} (\n{body}\n);\n\n"
        f"create index on public.{spec.table} ({index});\n\n"
        f"alter table public.{spec.table} enable row level security;\n\n{rules}\n"
    )


def change_file(before: AppSpec, after: AppSpec) -> str | None:
    """What the table needs for the entity's new fields; those that go stay in it, with what people wrote."""
    table = f"alter table public.{before.table}"
    known, kept = {field.name for field in before.fields}, {field.name for field in after.fields}
    steps = [
        f"{table} add column {_column(field, False)};" for field in after.fields if field.name not in known
    ]
    if before.primary.name not in kept:
        steps.append(f"{table} alter column {_name(before.primary)} drop not null;")
    return "\n".join(steps) + "\n" if steps else None


def _own(spec: AppSpec) -> tuple[str, Sequence[str], str, str]:
    owner = "user_id uuid not null default auth.uid() references auth.users (id) on delete cascade"
    mine = "((select auth.uid()) = user_id)"
    rules = {
        "see": f"for select to authenticated using {mine}",
        "add": f"for insert to authenticated with check {mine}",
        "change": f"for update to authenticated using {mine} with check {mine}",
        "delete": f"for delete to authenticated using {mine}",
    }
    policies = [
        f'create policy "People {verb} their own {spec.entities}" on public.{spec.table}\n  {rule};'
        for verb, rule in rules.items()
    ]
    about = f"Each person's own {spec.entities}: nobody sees another's."
    return about, [owner], "user_id, created_at", "\n".join(policies)


def _shared(spec: AppSpec) -> tuple[str, Sequence[str], str, str]:
    summary = f"everybody reads the {spec.entities} and adds to them, nobody changes what is there"
    rules = (
        f"comment on table public.{spec.table} is '@shared: {summary}';\n\n"
        f'create policy "Everybody reads the {spec.entities}" on public.{spec.table}\n'
        "  for select to anon, authenticated using (true);\n"
        f'create policy "Everybody adds to the {spec.entities}" on public.{spec.table}\n'
        "  for insert to anon, authenticated with check (true);"
    )
    return f"{words.capitalised(summary)}.", [], "created_at", rules


def _is_needed(field: Field, spec: AppSpec) -> bool:
    return field == spec.primary or spec.requires(field)


def _column(field: Field, needed: bool) -> str:
    """`needed`: a text that may not be left empty."""
    name = _name(field)
    if field.kind in _COLUMNS:
        return _COLUMNS[field.kind].format(name=name)
    if field.kind == "choice":
        options = ", ".join(_literal(option) for option in field.options)
        return f"{name} text not null default {_literal(field.options[0])} check ({name} in ({options}))"
    longest = _LONGEST.get(field.kind, _SHORT)
    if needed:
        return f"{name} text not null check (char_length({name}) between 1 and {longest})"
    return f"{name} text not null default '' check (char_length({name}) <= {longest})"


def _name(field: Field) -> str:
    name = words.snake(field.name)
    return f'"{name}"' if name in _RESERVED.split() else name


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
