"""What supabase-js changes. Every test has rows of its own."""

import pytest

from dev.supabase.client import SupabaseClient
from tests.data.rest.library import Run, runner
from tests.data.world import App

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_an_insert_answers_nothing_or_what_was_selected(run: Run) -> None:
    found = await run("return await db.from('genres').insert({id: 10, name: 'essay'})")
    assert (found["status"], found["data"], found["error"]) == (201, None, None)
    found = await run("""return await db.from('books')
      .insert({title: 'Fiasco', author: 1, labels: ['a,b', '"'], details: {pages: 1.10, list: [null]}})
      .select('title, labels, details, kind, shout, authors(name)').single()""")
    assert found["data"] == {
        "title": "Fiasco",
        "labels": ["a,b", '"'],
        "details": {"pages": 1.10, "list": [None]},
        "kind": "soft",
        "shout": "FIASCO",
        "authors": {"name": "Lem"},
    }


async def test_many_rows_at_once_and_what_a_missing_key_means(run: Run) -> None:
    rows = "[{id: 20, title: 'One', kind: 'hard'}, {id: 21, title: 'Two'}]"
    found = await run(f"return await db.from('books').insert({rows})")
    assert (found["status"], found["error"]["code"]) == (400, "23502")
    found = await run(f"""return await db.from('books')
      .insert({rows}, {{defaultToNull: false, count: 'exact'}})
      .select('id, kind, price').order('id')""")
    assert (found["error"], found["count"]) == (None, 2)
    assert found["data"] == [
        {"id": 20, "kind": "hard", "price": 9.50},
        {"id": 21, "kind": "soft", "price": 9.50},
    ]
    found = await run("return await db.from('books').insert([]).select()")
    assert (found["status"], found["data"]) == (201, [])


async def test_ten_thousand_rows(run: Run) -> None:
    found = await run("""const rows = Array.from({length: 10000}, (_, i) => ({id: 1000 + i, name: `g${i}`}));
      return await db.from('genres').insert(rows, {count: 'exact'})""")
    assert (found["status"], found["count"]) == (201, 10_000)
    found = await run("return await db.from('genres').select('id', {count: 'exact'}).gte('id', 1000)")
    assert (found["status"], len(found["data"]), found["count"]) == (206, 1000, 10_000)


async def test_an_upsert_merges_or_ignores(run: Run) -> None:
    found = await run("return await db.from('genres').upsert([{id: 30, name: 'a'}, {id: 31, name: 'b'}])")
    assert found["status"] == 201
    found = await run("return await db.from('genres').upsert({id: 30, name: 'c'}).select()")
    assert (found["status"], found["data"]) == (200, [{"id": 30, "name": "c"}])
    found = await run("""return await db.from('genres')
      .upsert([{id: 30, name: 'd'}, {id: 32, name: 'e'}], {ignoreDuplicates: true}).select()""")
    assert (found["status"], found["data"]) == (201, [{"id": 32, "name": "e"}])
    found = await run("""return await db.from('books')
      .upsert({title: 'Eden', price: 8.75}, {onConflict: 'title'}).select('id, price').single()""")
    assert found["data"] == {"id": 2, "price": 8.75}


async def test_an_upsert_into_a_view_or_a_partitioned_table(run: Run) -> None:
    found = await run("""return await db.from('hard_books')
      .upsert({title: 'Solaris', kind: 'hard'}, {onConflict: 'title'}).select('id')""")
    assert found["data"] == [{"id": 1}]
    for name in ("first", "second"):
        found = await run(f"return await db.from('parts').upsert({{id: 1, name: '{name}'}}).select()")
        assert found["data"] == [{"id": 1, "name": name}]


async def test_updates_and_deletions_touch_what_the_filters_say(run: Run) -> None:
    await run("return await db.from('genres').insert([{id: 40, name: 'x'}, {id: 41, name: 'y'}])")
    found = await run("return await db.from('genres').update({name: 'z'}).eq('id', 40)")
    assert (found["status"], found["data"]) == (204, None)
    found = await run("""return await db.from('genres')
      .update({name: 'w'}, {count: 'exact'}).in('id', [40, 41]).select('name')""")
    assert (found["status"], found["count"], found["data"]) == (200, 2, [{"name": "w"}, {"name": "w"}])
    found = await run("return await db.from('genres').update({}).eq('id', 40).select()")
    assert (found["status"], found["data"]) == (200, [])
    found = await run("return await db.from('genres').delete({count: 'exact'}).eq('id', 40).select()")
    assert (found["status"], found["count"], found["data"]) == (200, 1, [{"id": 40, "name": "w"}])
    found = await run("return await db.from('genres').delete().eq('id', 41)")
    assert found["status"] == 204
    assert (await run("return await db.from('genres').select().in('id', [40, 41])"))["data"] == []


async def test_what_an_answer_may_not_be_is_not_done(run: Run) -> None:
    await run("return await db.from('genres').insert([{id: 50, name: 'x'}, {id: 51, name: 'x'}])")
    found = await run(
        "return await db.from('genres').update({name: 'no'}).in('id', [50, 51]).select().single()"
    )
    assert (found["status"], found["error"]["code"]) == (406, "PGRST116")
    found = await run("return await db.from('genres').delete().in('id', [50, 51]).maxAffected(1)")
    assert (found["status"], found["error"]["code"]) == (400, "PGRST124")
    found = await run("return await db.from('genres').delete().in('id', [50, 51]).rollback()")
    assert found["error"] is None
    found = await run("return await db.from('genres').select().in('id', [50, 51]).eq('name', 'x')")
    assert len(found["data"]) == 2


async def test_constraints_answer_with_their_codes(run: Run) -> None:
    for program, status, code in (
        ("insert({id: 1, name: 'again'})", 409, "23505"),
        ("insert({id: 60})", 400, "23502"),
        ("insert({id: 'sixty', name: 'x'})", 400, "22P02"),
        ("insert({id: 61, name: 'x', nope: 1})", 400, "PGRST204"),
        ("delete().eq('id', 1)", 409, "23503"),
        ("upsert({id: 62, name: 'x'}, {onConflict: 'name'})", 400, "42P10"),
    ):
        found = await run(f"return await db.from('genres').{program}")
        assert (found["status"], found["error"]["code"]) == (status, code), program


async def test_policies_decide_and_no_name_of_the_platform_shows(
    supabase: SupabaseClient, app: App, run: Run
) -> None:
    found = await run("return await db.from('notes').select()")
    assert found["data"] == []
    found = await run("return await db.from('notes').insert({id: 1, owner: crypto.randomUUID(), body: 'x'})")
    assert (found["status"], found["error"]["code"]) == (401, "42501")
    assert found["error"]["message"] == 'new row violates row-level security policy for table "notes"'
    found = await runner(supabase, app, token="no.such.token")("return await db.from('notes').select()")
    assert (found["status"], found["error"]["code"]) == (401, "PGRST301")
