"""What two made-up people can do to each other, before a version goes live."""

import pytest

from tests.data.migrating import TODOS, Migrating, errors, warnings
from tests.data.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

OWN = "((select auth.uid()) = user_id)"
# These name who asks, so that no look at the text alone tells that they let everybody in.
SIGNED_IN = "((select auth.uid()) is not null)"
ANYBODY = "(coalesce((select auth.uid())::text, 'nobody') <> '')"
NOTES = """create table public.notes (
  id bigint generated always as identity primary key,
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  body text not null check (body like 'note: %'),
  kind text not null check (kind in ('short', 'long'))
);
create index on public.notes (user_id);
"""


def notes(
    read: str = f"using {OWN}",
    add: str = f"with check {OWN}",
    change: str = f"using {OWN} with check {OWN}",
    delete: str = f"using {OWN}",
    to: str = "authenticated",
) -> str:
    """The table with one policy for each command, on a line of its own: from line 8 on."""
    policies = {"select": read, "insert": add, "update": change, "delete": delete}
    return NOTES + "".join(
        f'create policy "{command} notes" on public.notes for {command} to {to} {rule};\n'
        for command, rule in policies.items()
    )


async def test_what_nobody_else_reaches_passes(world: World) -> None:
    assert (await Migrating(world).check(notes()))["findings"] == []


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param(notes(read=f"using {SIGNED_IN}"), [("probe_select", 8)], id="read by all"),
        pytest.param(notes(add=f"with check {SIGNED_IN}"), [("probe_insert", 9)], id="in another's name"),
        pytest.param(
            notes(change=f"using {SIGNED_IN} with check {OWN}"), [("probe_update", 10)], id="taken over"
        ),
        pytest.param(notes(change=f"using {SIGNED_IN}"), [("probe_update", 10)], id="changed, though unseen"),
        pytest.param(notes(delete=f"using {SIGNED_IN}"), [("probe_delete", 11)], id="deleted, though unseen"),
    ],
)
async def test_a_leak_is_told_by_the_policy_that_lets_it(
    world: World, sql: str, expected: list[tuple[str, int]]
) -> None:
    found = await Migrating(world).check(sql)
    probed = [one for one in errors(found) if one[0].startswith("probe_")]
    assert [one[:2] for one in probed] == expected
    assert "anybody who signs up" in probed[0][2].lower()
    assert '"notes"' in probed[0][2]


async def test_who_has_not_signed_in_is_tried_too_and_told_of_once(world: World) -> None:
    found = await Migrating(world).check(notes(read=f"using {ANYBODY}", to="anon, authenticated"))
    told = [one[2] for one in errors(found) if one[0] == "probe_select"]
    assert told == [
        (
            'Anybody without signing in can read rows that are not theirs in "notes": '
            'the policy "select notes" lets them.'
        )
    ]


async def test_membership_that_does_not_ask_in_what_is_found_out(world: World) -> None:
    """Somebody with a team of their own must not see another's."""
    sql = """create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.members (
  team_id uuid not null references public.teams (id),
  user_id uuid not null references auth.users (id), primary key (team_id, user_id));
create table public.plans (id uuid primary key default gen_random_uuid(),
  team_id uuid not null references public.teams (id), title text not null);
create index on public.members (user_id);
create index on public.plans (team_id);
create policy own on public.members for select to authenticated using ((select auth.uid()) = user_id);
create policy mine on public.teams for select to authenticated using (
  id in (select team_id from public.members where user_id = (select auth.uid())));
create policy any_team on public.plans for select to authenticated using (
  exists (select 1 from public.members m where m.user_id = (select auth.uid())));
"""
    found = await Migrating(world).check(sql)
    assert [one[:2] for one in errors(found)] == [("probe_select", 12)]
    mended = sql.replace("(select auth.uid())));\n", "(select auth.uid()) and m.team_id = plans.team_id));\n")
    mended = mended.replace(
        "where user_id = (select auth.uid()) and m.team_id = plans.team_id",
        "where user_id = (select auth.uid())",
    )
    assert errors(await Migrating(world).check(mended)) == []


async def test_a_row_between_two_people_is_kept_from_a_third(world: World) -> None:
    sql = """create table public.letters (id bigint generated always as identity primary key,
  sender uuid not null default auth.uid() references auth.users (id),
  recipient uuid not null references auth.users (id), check (sender <> recipient));
create index on public.letters (sender);
create index on public.letters (recipient);
create policy read on public.letters for select to authenticated
  using ((select auth.uid()) in (sender, recipient));
create policy add on public.letters for insert to authenticated with check ({});
"""
    assert (await Migrating(world).check(sql.format("(select auth.uid()) = sender")))["findings"] == []
    found = await Migrating(world).check(sql.format(SIGNED_IN))
    assert [one[:2] for one in errors(found)] == [("probe_insert", 8)]


async def test_what_is_declared_shared_is_told_and_passes(world: World) -> None:
    sql = notes(read=f"using {SIGNED_IN}", change=f"using {SIGNED_IN}")
    shared = sql + "comment on table public.notes is '@shared: everybody edits';\n"
    app = Migrating(world)
    assert {one[0] for one in errors(await app.check(sql))} >= {"probe_select", "probe_update"}
    found = await app.check(shared)
    assert [one[0] for one in errors(found)] == []
    assert "probe_update" in [one[0] for one in warnings(found)]
    assert len(await app.applied(shared)) == 1


async def test_a_table_that_takes_no_made_up_row_is_told(world: World) -> None:
    sql = NOTES.replace(
        "body like 'note: %'", "md5(body) = 'd41d8cd98f00b204e9800998ecf8427f' and body <> ''"
    )
    found = await Migrating(world).check(sql + TODOS)
    told = [one[2] for one in warnings(found) if one[0] == "probe_no_row"]
    assert len(told) == 1
    assert told[0].startswith('No row could be made up for "notes"')


async def test_nothing_of_the_probe_stays(world: World) -> None:
    app = Migrating(world)
    counted = "create table public.counted (id serial primary key, n smallserial, note text);\n"
    await app.applied(notes() + counted)
    async with world.superuser() as connection:
        numbers = await connection.fetch("SELECT last_value FROM pg_sequences WHERE schemaname = $1", app.ref)
        assert [row[0] for row in numbers] == [None] * 3
        assert await connection.fetchval(f"SELECT count(*) FROM {app.ref}.notes") == 0
        assert await connection.fetchval(f"SELECT count(*) FROM {app.ref}_auth.users") == 0
        policies = await connection.fetch("SELECT policyname FROM pg_policies WHERE schemaname = $1", app.ref)
    assert "overskill_probe" not in [row[0] for row in policies]
