"""Whatever is asked becomes one statement whose values are parameters, or is refused in PostgREST's words."""

import json
from typing import Any
from urllib.parse import quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pglast import parse_sql

from data.domain.rest import statement as statements
from data.domain.rest.casts import ORDINARY, cast_type
from data.domain.rest.catalog import Argument, ColumnInfo, ForeignKey, Function, Schema, Table
from data.domain.rest.errors import RestError
from data.domain.rest.payload import parse_call, parse_payload
from data.domain.rest.preferences import parse_accept, parse_prefer, parse_range
from data.domain.rest.query import parse_query
from data.domain.rest.relationships import Cardinality, find
from data.domain.rest.routines import choose
from data.domain.rest.statement import Wish
from data.domain.rest.views import inherited, view_columns


def table(name: str, *columns: str, key: tuple[str, ...] = ("id",), view: bool = False) -> Table:
    kinds = {"id": "integer", "data": "jsonb", "tags": "text[]"}
    found = ((column, kinds.get(column, "text")) for column in columns)
    infos = {column: ColumnInfo(column, kind, kind) for column, kind in found}
    return Table(name, infos, primary_key=key, is_view=view)


def refers(near: str, column: str, far: str, *, single: bool = False) -> ForeignKey:
    return ForeignKey(f"{near}_{column}_fkey", near, (column,), far, ("id",), single)


SCHEMA = Schema(
    "app_x",
    1,
    {
        one.name: one
        for one in (
            table("users", "id", "name", "data", "tags"),
            table("posts", "id", "title", "author", "editor", "parent"),
            table("labels", "id", "name"),
            table("post_labels", "post", "label", key=("post", "label")),
            table("profiles", "user", key=("user",)),
            table("recent", "id", "author", view=True),
        )
    },
    (
        refers("posts", "author", "users"),
        refers("posts", "editor", "users"),
        refers("posts", "parent", "posts"),
        refers("post_labels", "post", "posts"),
        refers("post_labels", "label", "labels"),
        refers("profiles", "user", "users", single=True),
    ),
    {
        "add": (
            Function("add", (Argument("a", "integer"), Argument("b", "integer", required=False)), "integer",
                     is_set=False, is_composite=False),
        ),
        "posts_of": (
            Function("posts_of", (Argument("writer", "text"),), "posts",
                     is_set=True, is_composite=True, table="posts"),
        ),
    },
)  # fmt: skip

NAMES = """id name data tags title author posts users labels select order or and not.or limit offset columns
  on_conflict posts.id posts.order posts.limit a"""
PIECES = """* id name data tags posts users labels author !inner !author !left ( ) , . : :: -> ->> text
  count() .sum() ... " ' \\ { } [ ] ; -- /* $1 eq in is null not fts (english) (any) like cs or and desc
  nullsfirst 0 9 -1 é 😀"""
VALUES = st.lists(st.sampled_from([*PIECES.split(), " ", "\n"]), max_size=12).map("".join) | st.text(
    max_size=20
)
PAIRS = st.lists(st.tuples(st.sampled_from(NAMES.split()) | st.text(max_size=8), VALUES), max_size=5)


def encoded(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="replace")


def check(refused: RestError) -> None:
    assert 400 <= refused.status < 500
    assert json.loads(json.dumps(refused.body()))["code"] == refused.code


def rendered(verb: str, raw: str) -> statements.Statement:
    wish = Wish(prefer=parse_prefer(["return=representation,count=exact,resolution=merge-duplicates"]))
    users, payload = SCHEMA.tables["users"], parse_payload(None, b'{"id": 1}', columns=None)
    if verb == "rpc":
        query = parse_query(raw, arguments=True)
        return statements.invoke(SCHEMA, SCHEMA.functions["posts_of"][0], query, wish, None)
    query = parse_query(raw)
    if verb == "GET":
        return statements.read(SCHEMA, users, query, wish)
    if verb == "POST":
        return statements.create(SCHEMA, users, query, payload, wish)
    if verb == "PATCH":
        return statements.change(SCHEMA, users, query, payload, wish)
    return statements.remove(SCHEMA, users, query, wish)


@settings(deadline=None)
@given(st.sampled_from(["GET", "POST", "PATCH", "DELETE", "rpc"]), PAIRS.map(encoded))
def test_any_query_is_one_statement_or_refused(verb: str, raw: str) -> None:
    try:
        statement = rendered(verb, raw)
    except RestError as refused:
        check(refused)
        return
    # What was said of types is the only text of a request that stands in the statement.
    assert len(parse_sql(statement.text)) == 1
    assert all(isinstance(value, str) for value in statement.params)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for kind in ("application/json", "text/csv", "application/x-www-form-urlencoded", "text/plain"):
        for parse in (
            lambda kind=kind: parse_payload(kind, body, columns=None),
            lambda kind=kind: parse_call(kind, body),
        ):
            try:
                parse()
            except RestError as refused:
                check(refused)


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_header_is_read_or_refused(text: str) -> None:
    for parse in (parse_accept, parse_range, lambda value: parse_prefer([value])):
        try:
            parse(text)
        except RestError as refused:
            check(refused)


@pytest.mark.parametrize("hostile", ["x'; DROP TABLE users; --", '"; SELECT 1; --', "$1$", "\\'", "{}"])
def test_values_are_parameters(hostile: str) -> None:
    raw = "&".join(
        f"{key}={quote_plus(value)}"
        for key, value in (
            ("name", f"eq.{hostile}"),
            ("name", f"in.({json.dumps(hostile)})"),
            ("or", f"(name.like.{json.dumps(hostile)},data->>{json.dumps(hostile)}.eq.1)"),
            ("order", f"data->{json.dumps(hostile)}"),
        )
    )
    statement = rendered("GET", raw)
    assert hostile not in statement.text
    assert hostile in statement.params


def test_relationships_are_found_by_table_column_constraint_and_the_table_between() -> None:
    def kind(near: str, target: str, hint: str | None = None) -> Any:
        one = find(SCHEMA, near, target, hint)
        return one.cardinality, one.foreign

    assert kind("posts", "author") == (Cardinality.MANY_TO_ONE, "users")
    assert kind("posts", "users", "editor") == (Cardinality.MANY_TO_ONE, "users")
    assert kind("users", "posts", "posts_author_fkey") == (Cardinality.ONE_TO_MANY, "posts")
    assert kind("posts", "labels") == (Cardinality.MANY_TO_MANY, "labels")
    assert kind("labels", "posts", "post_labels") == (Cardinality.MANY_TO_MANY, "posts")
    assert kind("users", "profiles") == (Cardinality.ONE_TO_ONE, "profiles")
    assert kind("posts", "posts") == (Cardinality.ONE_TO_MANY, "posts")
    assert kind("posts", "parent") == (Cardinality.MANY_TO_ONE, "posts")


def test_several_relationships_are_told_apart_for_the_caller() -> None:
    with pytest.raises(RestError) as refused:
        find(SCHEMA, "posts", "users", None)
    assert refused.value.code == "PGRST201"
    assert refused.value.details == [
        {
            "cardinality": "many-to-one",
            "embedding": "posts with users",
            "relationship": f"posts_{column}_fkey using posts({column}) and users(id)",
        }
        for column in ("author", "editor")
    ]
    assert "'users!posts_editor_fkey'" in (refused.value.hint or "")
    with pytest.raises(RestError) as refused:
        find(SCHEMA, "posts", "user", None)
    assert (refused.value.code, refused.value.hint) == (
        "PGRST200",
        "Perhaps you meant 'users' instead of 'user'.",
    )


def test_views_inherit_the_keys_of_the_columns_they_show() -> None:
    query = """ SELECT p.id, p.author AS who, u.name, lower(p.title) AS title
      FROM app_x.posts p JOIN app_x.users u ON true"""
    columns = dict.fromkeys(("id", "who", "name", "title"))
    found = view_columns(query, "app_x", columns)
    assert found == {"id": ("posts", "id"), "who": ("posts", "author"), "name": ("users", "name")}
    keys = inherited(
        (refers("posts", "author", "users"), refers("posts", "parent", "posts")), {"shown": found}
    )
    assert {(key.table, key.columns, key.foreign, key.foreign_columns) for key in keys[2:]} == {
        ("shown", ("who",), "users", ("id",)),
        ("posts", ("parent",), "shown", ("id",)),
    }
    assert (
        view_columns(" SELECT id FROM app_x.posts UNION SELECT id FROM app_x.users", "app_x", {"id": 1}) == {}
    )
    assert view_columns(" SELECT id FROM elsewhere.posts", "app_x", {"id": 1}) == {}


def test_a_function_is_chosen_by_the_names_of_its_arguments() -> None:
    assert choose(SCHEMA, "add", ["a"], None).name == "add"
    for keys in ([], ["b"], ["a", "c"]):
        with pytest.raises(RestError) as refused:
            choose(SCHEMA, "add", keys, "application/json")
        assert refused.value.code == "PGRST202"


def test_a_call_with_many_names_is_refused_in_few_words() -> None:
    many = {f"key{number}" * 50: 1 for number in range(3000)}
    call = parse_call(None, json.dumps(many).encode())
    with pytest.raises(RestError) as refused:
        choose(SCHEMA, "add", call.keys, "application/json")
    assert refused.value.code == "PGRST202"
    assert len(json.dumps(refused.value.body())) < 2000


def test_a_second_star_is_the_first() -> None:
    assert rendered("GET", "select=*,*,*").text == rendered("GET", "select=*").text


def test_a_cast_means_an_ordinary_type_or_one_of_the_apps_own() -> None:
    for text, sql in (
        ("TEXT", "text"),
        ("double  precision", "double precision"),
        ("varchar(3)[]", "varchar(3)[]"),
        ("mood", '"app_x"."mood"'),
        ("Mood[]", '"app_x"."mood"[]'),
        ("regrole", '"app_x"."regrole"'),
        ("REGCLASS", '"app_x"."regclass"'),
        ("oid", '"app_x"."oid"'),
        ("\u212aind", '"app_x"."\u212aind"'),
    ):
        assert cast_type(text, "app_x") == sql
    assert not any(one.startswith(("reg", "pg_", "any", "_")) for one in ORDINARY)
    assert not ORDINARY & {"oid", "name", "aclitem", "record", "serial", "xid", "tid", "cid"}


def test_a_text_is_not_looked_up_in_the_catalogue_for_a_comparison() -> None:
    column = ColumnInfo("kind", "regtype", "regtype")
    shown = Table("kinds", {"kind": column}, is_view=True)
    for condition in ("eq.secrets", "in.(secrets)", "eq(any).{secrets}", "isdistinct.secrets"):
        text = statements.read(SCHEMA, shown, parse_query(f"kind={condition}"), Wish()).text
        assert "::regtype" not in text


def test_what_is_embedded_again_and_again_does_not_become_a_statement_of_megabytes() -> None:
    wide = table("wide", "id", *(f"{n:0>60}" for n in range(1500)))
    narrow = table("narrow", "id", "wide")
    schema = Schema("app_x", 1, {"wide": wide, "narrow": narrow}, (refers("narrow", "wide", "wide"),), {})

    def asked(times: int) -> str:
        query = parse_query(f"select={','.join(f'a{n}:wide(*)' for n in range(times))}")
        return statements.read(schema, narrow, query, Wish()).text

    assert len(asked(2)) < 1_000_000
    with pytest.raises(RestError) as refused:
        asked(90)
    assert (refused.value.status, refused.value.code) == (400, "PGRST100")
