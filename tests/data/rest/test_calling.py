"""Functions, called by supabase-js."""

from typing import Any

import pytest

from tests.data.rest.library import Run

pytestmark = pytest.mark.asyncio(loop_scope="session")

CALLS: dict[str, Any] = {
    "rpc('add', {a: 1, b: 2})": 3,
    "rpc('add', {a: 1})": 11,
    "rpc('add', {a: 1, b: 2}, {get: true})": 3,
    "rpc('pair').order('x', {ascending: false})": [{"x": 2, "y": "b"}, {"x": 1, "y": "a"}],
    "rpc('pair').eq('y', 'b').single()": {"x": 2, "y": "b"},
    "rpc('total', {numbers: [1, 2, 3]})": 6,
    "rpc('total', {numbers: [1, 2]}, {get: true})": 3,
    "rpc('echo', {anything: [1, {a: null}]})": {"anything": [1, {"a": None}]},
    "rpc('books_of', {writer: 1}).select('title, shout, authors(name)').order('id').limit(1)": [
        {"title": "Solaris", "shout": "SOLARIS", "authors": {"name": "Lem"}}
    ],
    "rpc('books_of', {writer: 1}, {get: true}).select('id').gt('price', 10)": [{"id": 1}],
}


@pytest.mark.parametrize("call", CALLS)
async def test_calls(run: Run, call: str) -> None:
    found = await run(f"return await db.{call}")
    assert (found["error"], found["data"]) == (None, CALLS[call])


async def test_a_function_that_answers_nothing(run: Run) -> None:
    found = await run("return await db.rpc('add_genre', {name: 'made'})")
    assert (found["status"], found["data"], found["error"]) == (204, None, None)
    found = await run("return await db.from('genres').select('name').eq('name', 'made')")
    assert found["data"] == [{"name": "made"}]


async def test_a_counted_call_runs_once(run: Run) -> None:
    found = await run("return await db.rpc('books_of', {writer: 1}, {count: 'exact'}).limit(1)")
    assert (found["status"], found["count"], len(found["data"])) == (206, 2, 1)


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("rpc('add', {a: 1, c: 2})", 404, "PGRST202"),
        ("rpc('ad', {a: 1})", 404, "PGRST202"),
        ("rpc('either', {a: 1})", 300, "PGRST203"),
        ("rpc('add', {a: 'one'})", 400, "22P02"),
        ("rpc('add_genre', {name: 'x'}, {get: true})", 405, "25006"),
        ("rpc('refuse')", 418, "PT418"),
        ("rpc('first_books', {x: 1})", 404, "PGRST202"),
        ("rpc('pair').eq('z', 1)", 400, "42703"),
    ],
)
async def test_calls_that_cannot_be(run: Run, call: str, status: int, code: str) -> None:
    found = await run(f"return await db.{call}")
    assert (found["status"], found["error"]["code"]) == (status, code)
