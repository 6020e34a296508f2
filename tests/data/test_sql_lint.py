"""What the lint says of an app's tables and policies."""

import pytest

from data.domain.sql.findings import Level
from data.domain.sql.parse import load
from data.domain.sql.schema import tables_of
from tests.data.migrations import codes, found, migration

TODOS = """
create table todos (id bigint primary key, user_id uuid not null references auth.users (id), title text);
create index on todos (user_id);
"""
GUESTBOOK = (
    "create table book (id bigint primary key, text text); comment on table book is '@shared: guestbook';"
)
OWN = "using ((select auth.uid()) = user_id)"


def test_own_rows_need_no_word() -> None:
    sql = f"""{TODOS}
    create policy s on todos for select to authenticated {OWN};
    create policy i on todos for insert to authenticated with check ((select auth.uid()) = user_id);
    create policy u on todos for update to authenticated {OWN} with check ((select auth.uid()) = user_id);
    create policy d on todos for delete to authenticated {OWN};
    """
    assert found(sql) == []


@pytest.mark.parametrize(
    "policy",
    [
        "for select to anon using (true)",
        "for insert to authenticated with check (true)",
        "for update to authenticated using (true)",
        "for delete to authenticated using (1 = 1)",
        "for all to authenticated using (auth.role() = 'authenticated')",
        "for select to authenticated using (user_id = '00000000-0000-0000-0000-000000000001')",
        "for select to authenticated using (title is not null)",
        f"for update to authenticated {OWN} with check (true)",
    ],
)
def test_policies_that_do_not_look_at_the_caller_are_errors(policy: str) -> None:
    assert codes(f"{TODOS} create policy p on todos {policy}") == {"policy_open"}


@pytest.mark.parametrize(
    "policy",
    [
        "for select to authenticated using ((auth.jwt() ->> 'sub')::uuid = user_id)",
        "for select to authenticated using (current_setting('request.jwt.claims', true) = title)",
        "for select to authenticated using (exists (select from members where team = todos.id))",
        "for select to authenticated using (public.may_read(id))",
        "for select to authenticated using (may_read(id))",
        "for select to service_role using (true)",
        "as restrictive for select to authenticated using (title <> '')",
    ],
)
def test_policies_that_look_at_the_caller_in_another_way_are_none(policy: str) -> None:
    made = "create function may_read(a bigint) returns bool language sql as 'select true';"
    assert (
        codes(f"{TODOS} create table members (team bigint); {made} create policy p on todos {policy}")
        == set()
    )


def test_a_table_declared_shared_may_be_read_and_added_to_by_everybody() -> None:
    sql = f"""{GUESTBOOK}
    create policy s on book for select to anon, authenticated using (true);
    create policy i on book for insert to anon, authenticated with check (char_length(text) < 500);
    """
    assert found(sql) == []


def test_changes_by_everybody_are_warned_of_even_where_rows_are_shared() -> None:
    sql = f"{GUESTBOOK} create policy d on book for delete to anon using (true)"
    assert codes(sql) == set()
    assert codes(sql, Level.WARNING) == {"policy_open"}


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (TODOS, "no_policy"),
        ("create table t (a int)", "no_primary_key"),
        ("create table t (a int references u (id))", "foreign_key_unindexed"),
        ("create table t (a int, foreign key (a) references u (id))", "foreign_key_unindexed"),
        (f"{TODOS} create policy p on todos for select {OWN}", "policy_without_role"),
        (f"{TODOS} create policy p on todos to authenticated {OWN}", "policy_for_all"),
        (f"{TODOS} create policy p on todos for update to authenticated {OWN}", "policy_update_unchecked"),
        (f"{TODOS} create policy p on todos for select using (auth.uid() = user_id)", "policy_call_per_row"),
        (f"create table t (user_id uuid); create policy p on t for select {OWN}", "policy_column_unindexed"),
    ],
)  # fmt: skip
def test_what_is_slow_or_unclear_is_warned_of(sql: str, code: str) -> None:
    assert code in codes(sql, Level.WARNING)


def test_later_migrations_change_what_earlier_ones_made() -> None:
    first = f"{TODOS} create policy p on todos for select to anon using (true); create table gone (a int);"
    second = f"""
    alter policy p on todos to authenticated {OWN};
    alter policy p on todos rename to mine;
    create policy other on todos for delete to anon using (true);
    drop policy other on todos;
    alter table todos rename column user_id to owner_id;
    alter table todos rename to tasks;
    drop table gone;
    """
    read = load({"supabase/migrations/1_a.sql": first, "supabase/migrations/2_b.sql": second})
    tables = tables_of(read)
    assert set(tables) == {"tasks"}
    assert set(tables["tasks"].policies) == {"mine"}
    assert tables["tasks"].policies["mine"].roles == ("authenticated",)
    assert "owner_id" in tables["tasks"].columns
    assert [key.columns for key in tables["tasks"].foreign_keys] == [("owner_id",)]


def test_of_very_many_findings_errors_come_before_warnings() -> None:
    sql = "".join(f"create table t{n} (a int);" for n in range(200)) + "set role x;"
    read = found(sql)
    assert len(read) == 100
    assert [finding.code for finding in read if finding.level is Level.ERROR] == ["statement_not_allowed"]


def test_only_a_comment_that_begins_so_declares_a_table_shared() -> None:
    sql = "create table t (a int); comment on table t is 'is not @shared';"
    assert not tables_of([migration(sql)])["t"].shared
