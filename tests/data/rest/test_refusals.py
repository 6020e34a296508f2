"""Bad input gets PostgREST's codes: never an error of the server's, never a name of the platform's."""

import asyncio
import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import asyncpg
import httpx
import pytest
import pytest_asyncio

from dev.stack.databases import DATABASE
from tests.data.rest.library import rest
from tests.data.world import App, World

pytestmark = pytest.mark.asyncio(loop_scope="session")

DEEP = "(" * 2000
READS: dict[str, tuple[int, str]] = {
    "nothing": (404, "PGRST205"),
    "book": (404, "PGRST205"),
    "books/1": (404, "PGRST125"),
    "rpc/": (404, "PGRST125"),
    "pg_roles": (404, "PGRST205"),
    "books?select=nope": (400, "42703"),
    "books?nope=eq.1": (400, "42703"),
    "books?order=nope": (400, "42703"),
    "books?id=1": (400, "PGRST100"),
    "books?id=like": (400, "PGRST100"),
    "books?id=near.1": (400, "PGRST100"),
    "books?id=eq.one": (400, "22P02"),
    "books?id=eq.99999999999999999999": (400, "22003"),
    "books?id=in.(1,two)": (400, "22P02"),
    "books?id=in.1": (400, "PGRST100"),
    "books?id=is.maybe": (400, "PGRST100"),
    "books?id=like.1": (404, "42883"),
    "books?title=match.(": (400, "2201B"),
    "books?words=fts.'": (400, "42601"),
    "books?words=fts(klingon).x": (400, "42704"),
    "books?kind=eq.paper": (400, "22P02"),
    "books?added=gt.yesterdayish": (400, "22007"),
    "books?select=title,": (400, "PGRST100"),
    "books?select=" + ",".join(f"a{n}:title" for n in range(900)): (400, "PGRST100"),
    "books?select=" + ",".join("title" for _ in range(201)): (400, "PGRST100"),
    "books?select=authors(" + ",".join("name" for _ in range(200)) + ")": (400, "PGRST100"),
    "books?columns=" + ",".join("a" for _ in range(1601)): (400, "PGRST100"),
    "books?select=(title)": (400, "PGRST100"),
    "books?select=title::nope": (400, "42704"),
    "books?select=title::int": (400, "22P02"),
    "books?select=id::regrole": (400, "42704"),
    "books?select=id::oid::regrole": (400, "PGRST100"),
    "books?select=id::oid": (400, "42704"),
    "books?select=title::REGCLASS": (400, "42704"),
    "books?select=title::regproc[]": (400, "42704"),
    "books?select=title::_regclass": (400, "42704"),
    "books?select=title::regnamespace": (400, "42704"),
    "books?select=title::name": (400, "42704"),
    "books?select=title::aclitem": (400, "42704"),
    "books?select=title::pg_lsn": (400, "42704"),
    "books?select=id.max()::regrole": (400, "42704"),
    "books?select=count()::regrole": (400, "42704"),
    "books?select=authors(id::regtype)": (400, "42704"),
    "books?select=kind:details->pages::regclass": (400, "42704"),
    "books?select=title::text)--": (400, "PGRST100"),
    "books?select=title.sum()": (404, "42883"),
    "books?select=people(*)": (400, "PGRST200"),
    "books?select=loans(people(*))": (300, "PGRST201"),
    "books?select=genres!nope(*)": (400, "PGRST200"),
    "books?select=authors(*),authors(*)": (400, "42712"),
    "books?authors.name=eq.x": (400, "PGRST108"),
    "books?order=authors(name)": (400, "PGRST108"),
    "authors?select=*,books(*)&order=books(title)": (400, "PGRST118"),
    "books?or=(id.eq.1": (400, "PGRST100"),
    "books?or=()": (400, "PGRST100"),
    f"books?or={DEEP}": (400, "PGRST100"),
    "books?and=" + "(or" * 500 + "(id.eq.1)" + ")" * 500: (400, "PGRST100"),
    "books?select=" + "authors(books(" * 400 + "id" + "))" * 400: (400, "PGRST100"),
    "books?select=details" + "->a" * 500: (400, "PGRST100"),
    "books?" + "&".join("id=gt.0" for _ in range(1001)): (400, "PGRST100"),
    "books?limit=-1": (416, "PGRST103"),
    "books?limit=ten": (400, "PGRST100"),
    "books?offset=99999999999999999999": (400, "PGRST100"),
    "books?title=eq.%00": (400, "22021"),
    "books?title=eq.%ff": (400, "PGRST100"),
    "books?%00=eq.1": (400, "22021"),
    "books?select=%F0%9F%92%A9": (400, "PGRST100"),
    "rpc/nothing": (404, "PGRST202"),
    "rpc/add?a=1&a=x": (400, "22P02"),
}
HOSTILE = (
    "'; DROP TABLE books; --",
    '"; DROP TABLE books; --',
    "$1",
    "($1)[1]",
    "\\",
    "%",
    "{",
    "}",
    '{"',
    "\n",
    "*",
    "a.b.c",
    "pg_sleep(10)",
    "' || pg_sleep(10) || '",
    "x'::text; select 1",
    "\u202e",
    "e" * 5000,
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def http(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(headers={"apikey": app.key}, timeout=60) as client:
        yield client


@pytest.mark.parametrize("target", READS, ids=lambda target: target[:60])
async def test_reads_that_cannot_be(app: App, http: httpx.AsyncClient, target: str) -> None:
    answer = await http.get(rest(app, target))
    assert (answer.status_code, answer.json()["code"]) == READS[target], answer.text
    assert answer.json().keys() == {"code", "details", "hint", "message"}
    assert app.ref not in answer.text
    assert "overskill" not in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("text", HOSTILE, ids=repr)
async def test_sql_wherever_a_text_goes(app: App, http: httpx.AsyncClient, text: str) -> None:
    asked: list[dict[str, str]] = [
        {"select": text},
        {"select": f'"{text}"'},
        {"select": f'a:"{text}"'},
        {"select": f'details->"{text}"', "order": f'details->"{text}"'},
        {"select": f"title::{text}"},
        {"select": f"authors!{text}(*)"},
        {"order": text},
        {"title": f"eq.{text}"},
        {"title": f"in.({text})"},
        {"labels": f"cs.{text}"},
        {"words": f"fts({text}).x"},
        {text: "eq.1"},
        {"or": f'(title.eq."{text}")'},
        {"or": f"({text})"},
        {"limit": text},
    ]
    found = await asyncio.gather(*(http.get(rest(app, "books"), params=one) for one in asked))
    found += await asyncio.gather(
        http.get(rest(app, quote(text, safe=""))),
        http.get(rest(app, f"rpc/{quote(text, safe='')}")),
        http.get(rest(app, "rpc/add"), params={text: "1"}),
        http.post(rest(app, "genres"), json={text: 1}),
        http.post(rest(app, "genres"), params={"columns": text}, json={"id": 1}),
        http.post(rest(app, "genres"), params={"on_conflict": text}, json={"id": 1}),
        http.post(rest(app, "rpc/add"), json={text: 1}),
        http.get(rest(app, "books"), headers={"prefer": text.encode("unicode_escape").decode()}),
    )
    assert all(answer.status_code < 500 for answer in found), [answer.text for answer in found]
    assert all(answer.elapsed.total_seconds() < 8 for answer in found)
    books = await http.get(rest(app, "books"), params={"select": "count()"})
    assert books.json() == [{"count": 4}]


BODIES: dict[str, tuple[bytes, str, int, str]] = {
    "nothing": (b"", "application/json", 400, "PGRST102"),
    "no JSON": (b"{", "application/json", 400, "PGRST102"),
    "a number": (b"1", "application/json", 400, "PGRST102"),
    "NaN": (b'{"id": NaN}', "application/json", 400, "PGRST102"),
    "numbers": (b"[1]", "application/json", 400, "PGRST102"),
    "other keys": (b'[{"id": 1}, {"name": "x"}]', "application/json", 400, "PGRST102"),
    "no UTF-8": (b'{"name": "\xff"}', "application/json", 400, "PGRST102"),
    "NUL": (b'{"name": "\x00"}', "application/json", 400, "PGRST102"),
    "escaped NUL": (b'{"id": 9, "name": "\\u0000"}', "application/json", 400, "22P05"),
    "half a character": (b'{"id": 9, "name": "\\ud800"}', "application/json", 400, "22P02"),
    "half a character in a name": (b'{"\\ud800": 9}', "application/json", 400, "PGRST204"),
    "deep": (b'{"name": ' + b"[" * 5000 + b"]" * 5000 + b"}", "application/json", 400, "PGRST102"),
    "a huge number": (b'{"id": ' + b"9" * 6000 + b', "name": "x"}', "application/json", 400, "22003"),
    "another type": (b"x", "application/xml", 415, "PGRST102"),
    "broken CSV": (b'id,name\n1,"x', "text/csv", 400, "PGRST102"),
    "uneven CSV": (b"id,name\n1", "text/csv", 400, "PGRST102"),
    "many keys": (
        json.dumps(dict.fromkeys(map(str, range(1601)))).encode(),
        "application/json",
        400,
        "PGRST102",
    ),
    "many columns": (b"," * 1600, "text/csv", 400, "PGRST102"),
    "many values": (b'{"name": [' + b"1," * 200_000 + b"1]}", "application/json", 413, "PGRST102"),
    "many lines": (b"id\n" + b"1\n" * 200_000, "text/csv", 413, "PGRST102"),
    "too large": (b'{"name": "' + b"x" * 10 * 1024**2 + b'"}', "application/json", 413, "PGRST102"),
}


@pytest.mark.parametrize("case", BODIES)
async def test_bodies_that_cannot_be(app: App, http: httpx.AsyncClient, case: str) -> None:
    body, kind, status, code = BODIES[case]
    answer = await http.post(rest(app, "genres"), content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


async def test_headers_that_cannot_be(app: App, http: httpx.AsyncClient) -> None:
    for name, value, status, code in (
        ("accept", "image/png", 406, "PGRST107"),
        ("accept-profile", "auth", 406, "PGRST106"),
        ("range", "5-2", 416, "PGRST103"),
        ("prefer", "handling=strict, resolution=none", 400, "PGRST122"),
        ("apikey", "sb_publishable_" + "x" * 32, 401, "invalid_api_key"),
    ):
        answer = await http.get(rest(app, "books"), headers={name: value})
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    answer = await http.put(rest(app, "books"), json={})
    assert (answer.status_code, answer.json()["code"]) == (405, "PGRST117")
    answer = await http.patch(rest(app, "rpc/add"), json={})
    assert (answer.status_code, answer.json()["code"]) == (405, "PGRST101")


async def test_pages_of_every_origin_may_ask(app: App, http: httpx.AsyncClient) -> None:
    headers = {"origin": "https://a.example", "access-control-request-headers": "apikey,prefer"}
    answer = await http.options(rest(app, "books"), headers=headers)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-headers"] == "apikey,prefer"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    answer = await http.get(rest(app, "books"), headers={"apikey": ""})
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Content-Range" in answer.headers["access-control-expose-headers"]


async def test_an_app_sets_its_own_headers_and_no_others(app: App, http: httpx.AsyncClient) -> None:
    answer = await http.post(rest(app, "rpc/with_header"))
    assert (answer.status_code, answer.headers["x-app"]) == (202, "yes")
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-type"] == "application/json; charset=utf-8"


async def test_head_counts_without_a_body(app: App, http: httpx.AsyncClient) -> None:
    answer = await http.head(rest(app, "books?limit=3"), headers={"prefer": "count=exact"})
    assert (answer.status_code, answer.headers["content-range"], answer.content) == (206, "0-2/4", b"")
    answer = await http.head(rest(app, "books?id=eq.one"))
    assert answer.status_code == 400


async def test_where_a_new_row_is(app: App, http: httpx.AsyncClient) -> None:
    prefer = {"prefer": "return=headers-only"}
    answer = await http.post(rest(app, "genres"), json={"id": 70, "name": "x"}, headers=prefer)
    assert (answer.status_code, answer.text) == (201, "")
    assert answer.headers["location"] == "/genres?id=eq.70"
    assert answer.headers["preference-applied"] == "return=headers-only"


async def test_rows_from_csv_and_from_a_form(app: App, http: httpx.AsyncClient) -> None:
    prefer = {"prefer": "return=representation", "content-type": "text/csv"}
    answer = await http.post(rest(app, "genres"), content='id,name\n80,"a, b"\n81,c\n', headers=prefer)
    assert answer.json() == [{"id": 80, "name": "a, b"}, {"id": 81, "name": "c"}]
    answer = await http.post(rest(app, "rpc/add"), data={"a": "1", "b": "2"})
    assert answer.json() == 3


async def test_a_slow_statement_ends(world: World) -> None:
    app = await world.app(["CREATE FUNCTION slow() RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(600)'"])
    async with httpx.AsyncClient(headers={"apikey": app.key}, timeout=60) as http:
        answer = await http.post(rest(app, "rpc/slow"))
    assert (answer.status_code, answer.json()["code"]) == (408, "57014")


async def test_a_changed_schema_is_seen_at_once(world: World) -> None:
    changed = await world.app(["CREATE TABLE things (id int PRIMARY KEY, old text)"])
    async with httpx.AsyncClient(headers={"apikey": changed.key}, timeout=60) as http:
        assert (await http.get(rest(changed, "things?select=old"))).json() == []
        async with world.shard.owner(changed.ref) as owner:
            await owner.run("ALTER TABLE things RENAME old TO new")
            await owner.run("CREATE TABLE others (id int)")
            await owner.connection.execute(
                "UPDATE overskill_auth.realms SET schema_version = schema_version + 1 WHERE ref = $1",
                changed.ref,
            )
        assert (await http.get(rest(changed, "things?select=new"))).json() == []
        assert (await http.get(rest(changed, "others"))).json() == []
        assert (await http.get(rest(changed, "things?select=old"))).json()["code"] == "42703"


async def test_an_answer_over_the_limit_is_refused_and_nothing_was_done(world: World) -> None:
    app = await world.app(["CREATE TABLE blobs (id int PRIMARY KEY, text text)"])
    async with httpx.AsyncClient(headers={"apikey": app.key}, timeout=60) as http:
        for number in range(9):
            row = {"id": number, "text": "x" * 4 * 1024**2}
            assert (await http.post(rest(app, "blobs"), content=json.dumps(row))).status_code == 201
        answer = await http.get(rest(app, "blobs"))
        assert (answer.status_code, answer.json()["code"]) == (413, "54000")
        prefer = {"prefer": "return=representation"}
        answer = await http.delete(rest(app, "blobs"), headers=prefer)
        assert answer.status_code == 413
        assert len((await http.get(rest(app, "blobs?select=id"))).json()) == 9


async def test_an_answer_that_will_be_too_large_is_not_made_first(world: World) -> None:
    """The row after the one that is too many would fail otherwise than by its size."""
    rows = (
        "SELECT n, CASE WHEN n > 40 THEN (1 / (n - n))::text ELSE repeat('x', 1024 * 1024) END AS text"
        " FROM generate_series(1, 100) n"
    )
    app = await world.app(
        [
            f"CREATE VIEW many WITH (security_invoker = true) AS {rows}",
            "CREATE FUNCTION all_many() RETURNS SETOF text LANGUAGE sql AS 'SELECT text FROM many LIMIT 40'",
        ]
    )
    async with httpx.AsyncClient(headers={"apikey": app.key}, timeout=60) as http:
        answer = await http.get(rest(app, "many"))
        assert (answer.status_code, answer.json()["code"]) == (413, "54000")
        answer = await http.post(rest(app, "rpc/all_many"))
        assert (answer.status_code, answer.json()["code"]) == (413, "54000")
        assert len((await http.get(rest(app, "many?limit=20"))).json()) == 20


async def test_a_shard_that_is_away_is_said_and_others_serve_on(world: World, app: App) -> None:
    lost = await world.app(["CREATE TABLE things (id int)"])
    port, password = world.stack.config.ports["postgres"], world.stack.credentials["postgres"]
    control = await asyncpg.connect(f"postgresql://postgres:{password}@127.0.0.1:{port}/{DATABASE}")
    try:
        await control.execute("UPDATE data.realms SET shard = 'elsewhere' WHERE ref = $1", lost.ref)
    finally:
        await control.close()
    async with httpx.AsyncClient(timeout=60) as http:
        answer = await http.get(rest(lost, "things"), headers={"apikey": lost.key})
        assert (answer.status_code, answer.json()["code"]) == (503, "shard_unavailable")
        assert int(answer.headers["retry-after"]) > 0
        answer = await http.get(rest(app, "books?select=id"), headers={"apikey": app.key})
        assert answer.status_code == 200
