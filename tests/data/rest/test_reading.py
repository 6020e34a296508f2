"""What supabase-js reads, asked by supabase-js itself."""

from typing import Any

import pytest

from tests.data.rest.library import Run

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILTERS = {
    "eq('title', 'Eden')": [2],
    "neq('author', 1)": [3],
    "gt('price', 9.5)": [1, 3],
    "gte('price', 8.5).lt('price', 9.99)": [2],
    "lte('id', 2)": [1, 2],
    "like('title', '%i%')": [1, 3],
    "ilike('title', 'E%')": [2],
    "likeAnyOf('title', ['S%', 'U%'])": [1, 3],
    "ilikeAllOf('title', ['%e%', '%D%'])": [2, 4],
    "is('author', null)": [4],
    "not('author', 'is', null)": [1, 2, 3],
    "not('author', 'eq', 1)": [3],
    "in('title', ['Eden', 'Ubik, (or not)'])": [2],
    "in('id', [])": [],
    "notIn('id', [1, 2, 3])": [4],
    "in('kind', ['hard'])": [1],
    "eq('rating', 9)": [],
    "contains('labels', ['space'])": [1, 2],
    "containedBy('labels', ['space'])": [2, 3, 4],
    "overlaps('labels', ['sea'])": [1],
    "contains('years', '[1962,1963)')": [1],
    "rangeLt('years', '[1960,1961)')": [2],
    "rangeGt('years', '[1960,1961)')": [1],
    "rangeGte('years', '[1960,1961)')": [1],
    "rangeLte('years', '[1960,1961)')": [2],
    "rangeAdjacent('years', '[1960,1961)')": [1, 2],
    "textSearch('words', 'planet & ocean')": [1],
    "textSearch('words', 'planet factory', {type: 'plain', config: 'simple'})": [2],
    "textSearch('words', 'planet or ocean', {type: 'websearch'})": [1, 2],
    "textSearch('title', 'solaris', {config: 'english'})": [1],
    "filter('title', 'match', '^[SU]')": [1, 3],
    "filter('title', 'imatch', '^[su]')": [1, 3],
    "filter('id', 'eq(any)', '{1,3}')": [1, 3],
    "filter('author', 'isdistinct', 1)": [3, 4],
    "filter('details->>pages', 'eq', '204')": [1],
    "or('id.eq.1,title.eq.Ubik')": [1, 3],
    "or('and(id.gt.1,id.lt.4),not.and(kind.eq.soft,id.gt.0)')": [1, 2, 3],
    'or(\'title.in.("A, \\\\"quoted\\\\" (book)",Eden),id.eq.3\')': [2, 3, 4],
    "or('labels.cs.{sea,space},years.is.null')": [1, 3, 4],
    "match({author: 1, kind: 'soft'})": [2],
}

SELECTIONS: dict[str, Any] = {
    "title, worth:price, price::text": {"title": "Solaris", "worth": 12.00, "price": "12.00"},
    "kind::binding, rating::stars, price::float8, labels::varchar(3)[]": {
        "kind": "hard",
        "rating": 5,
        "price": 12.0,
        "labels": ["sea", "spa"],
    },
    "id::NUMERIC(4,1), pages:details->>pages::smallint": {"id": 1.0, "pages": 204},
    "details->pages, text:details->>pages": {"pages": 204, "text": "204"},
    "shout, title": {"shout": "SOLARIS", "title": "Solaris"},
    "writer:authors(name)": {"writer": {"name": "Lem"}},
    "author(name)": {"author": {"name": "Lem"}},
    "authors!inner(meta->from->>city)": {"authors": {"city": "Lwów"}},
    "authors(meta->prizes->0)": {"authors": {"prizes": 1}},
    "...authors(writer:name), id": {"writer": "Lem", "id": 1},
    "genres(name)": {"genres": [{"name": "novel"}, {"name": "classic"}]},
    "...genres(genre:name)": {"genre": ["novel", "classic"]},
    "covers(url)": {"covers": {"url": "https://example.com/1.png"}},
    "genres(count)": {"genres": [{"count": 2}]},
    "loans(giver:people!giver(name), taker:people!loans_taker_fkey(name))": {
        "loans": [{"giver": {"name": "Ann"}, "taker": {"name": "Bob"}}]
    },
    "authors(name, books(title))": {
        "authors": {"name": "Lem", "books": [{"title": "Solaris"}, {"title": "Eden"}]}
    },
}


@pytest.mark.parametrize("condition", FILTERS)
async def test_filters(run: Run, condition: str) -> None:
    found = await run(f"return await db.from('books').select('id').{condition}.order('id')")
    assert found["error"] is None
    assert [row["id"] for row in found["data"]] == FILTERS[condition]


@pytest.mark.parametrize("selection", SELECTIONS)
async def test_selections(run: Run, selection: str) -> None:
    found = await run(f"return await db.from('books').select(`{selection}`).eq('id', 1).single()")
    assert (found["error"], found["data"]) == (None, SELECTIONS[selection])


async def test_aggregates_group_by_the_rest(run: Run) -> None:
    program = "return await db.from('books').select('author, price.sum(), id.count()').order('author')"
    assert (await run(program))["data"] == [
        {"author": 1, "sum": 20.50, "count": 2},
        {"author": 2, "sum": 9.99, "count": 1},
        {"author": None, "sum": 1.10, "count": 1},
    ]


async def test_an_aggregate_of_a_spread_row_is_over_the_outer_rows(run: Run) -> None:
    program = "return await db.from('books').select('kind, ...authors(id.sum())').order('kind')"
    assert (await run(program))["data"] == [{"kind": "hard", "sum": 1}, {"kind": "soft", "sum": 3}]


async def test_embedded_rows_are_filtered_ordered_and_limited_by_themselves(run: Run) -> None:
    program = """return await db.from('authors').select('name, books(title)')
      .gt('books.price', 1).order('title', {referencedTable: 'books', ascending: false})
      .limit(1, {referencedTable: 'books'}).order('id')"""
    assert (await run(program))["data"] == [
        {"name": "Lem", "books": [{"title": "Solaris"}]},
        {"name": "Dick", "books": [{"title": "Ubik"}]},
        {"name": "Nobody", "books": []},
    ]


async def test_inner_embeds_and_null_filters_decide_which_rows_there_are(run: Run) -> None:
    inner = """return await db.from('authors')
      .select('id, books!inner()', {count: 'exact'}).eq('books.kind', 'hard')"""
    found = await run(inner)
    assert (found["data"], found["count"]) == ([{"id": 1}], 1)
    without = "return await db.from('authors').select('id, books()', {count: 'exact'}).is('books', null)"
    found = await run(without)
    assert (found["data"], found["count"]) == ([{"id": 3}], 1)


async def test_rows_are_ordered_by_a_related_row(run: Run) -> None:
    program = """return await db.from('books').select('id, authors(name)')
      .order('authors(name)', {ascending: false, nullsFirst: false}).order('id').limit(3)"""
    assert [row["id"] for row in (await run(program))["data"]] == [1, 2, 3]


async def test_a_table_that_refers_to_itself_is_embedded_either_way(run: Run) -> None:
    program = "return await db.from('people').select('name, manager(name), people(name)').eq('id', {})"
    assert (await run(program.format(1)))["data"] == [
        {"name": "Ann", "manager": None, "people": [{"name": "Bob"}, {"name": "Cy"}]}
    ]
    assert (await run(program.format(2)))["data"][0]["manager"] == {"name": "Ann"}


async def test_functions_of_a_row_are_embedded_and_views_inherit_relationships(run: Run) -> None:
    found = await run("return await db.from('authors').select('first_books(title)').eq('id', 1).single()")
    assert found["data"] == {"first_books": [{"title": "Solaris"}]}
    found = await run(
        "return await db.from('cheap_books').select('name, authors(name)').eq('id', 2).single()"
    )
    assert found["data"] == {"name": "Eden", "authors": {"name": "Lem"}}


async def test_counts_and_ranges(run: Run) -> None:
    found = await run("return await db.from('books').select('id', {count: 'exact'}).order('id').range(1, 2)")
    assert (found["status"], found["count"], [row["id"] for row in found["data"]]) == (206, 4, [2, 3])
    found = await run("return await db.from('books').select('*', {count: 'exact', head: true})")
    assert (found["status"], found["count"], found["data"]) == (200, 4, None)
    found = await run("return await db.from('books').select('id', {count: 'estimated'})")
    assert found["count"] == 4
    found = await run("return await db.from('books').select('id', {count: 'planned'}).eq('id', 1)")
    assert found["count"] == 1
    found = await run("return await db.from('books').select('id', {count: 'exact'}).range(9, 12)")
    assert (found["status"], found["error"]["code"]) == (416, "PGRST103")


async def test_one_row_or_none(run: Run) -> None:
    found = await run("return await db.from('books').select('id').single()")
    assert (found["status"], found["error"]["code"]) == (406, "PGRST116")
    assert found["error"]["details"] == "The result contains 4 rows"
    found = await run("return await db.from('books').select('id').eq('id', 77).maybeSingle()")
    assert (found["data"], found["error"]) == (None, None)


async def test_forms_of_an_answer(run: Run) -> None:
    found = await run(
        "return await db.from('books').select('id,title,price,details').lte('id', 4).order('id').csv()"
    )
    assert found["data"].splitlines()[1::3] == [
        '1,Solaris,12.00,"{""pages"": 204}"',
        '4,"A, ""quoted"" (book)",1.10,',
    ]
    found = await run("return await db.from('books').select('id,rating').eq('id', 3).single().stripNulls()")
    assert found["data"] == {"id": 3}


async def test_names_that_need_quotes(run: Run) -> None:
    program = """return await db.from('odd "names"').select(`"a column", "it's", select`)
      .eq('"a column"', 1).order('a column')"""
    found = await run(program)
    assert (found["error"], found["data"]) == (None, [{"a column": 1, "it's": "quo'te", "select": "x"}])
