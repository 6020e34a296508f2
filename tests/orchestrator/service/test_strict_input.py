"""Input is what its schema says and nothing near it; conditions on files; the key that must stay."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from orchestrator.db import teams
from orchestrator.usecases import keys
from tests.orchestrator.service.test_bad_input import problem
from tests.orchestrator.service.test_strangers import SOMEBODY, operations
from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]

FILE = "src/pages/Home.tsx"


@pytest.mark.parametrize("version", [True, "1", 1.0, 1.5, -1, 2**31])
async def test_a_version_is_an_integer(world: World, version: Any) -> None:
    app, _ = await world.app()
    path = f"/v1/apps/{app}/deployments"
    answer = await world.api.http.post(path, json={"environment": "production", "version": version})
    problem(answer, 422, "invalid_request")


@pytest.mark.parametrize(
    "path",
    [
        "versions/0_1",
        "versions/+1",
        "versions/%201",
        "versions/1.0",
        "versions/%D9%A1",
        "versions/1/diff?base=0_0",
        "files?version=0_1",
        "versions?cursor=1_0",
        "versions?limit=1_0",
        "runs?limit=%2B5",
        "events?after=0_0",
    ],
)
async def test_numbers_in_addresses_are_digits(world: World, path: str) -> None:
    app, _ = await world.app()
    problem(await world.api.http.get(f"/v1/apps/{app}/{path}"), 422, "invalid_request")


async def test_the_bounds_of_numbers_stand_in_the_schema(world: World) -> None:
    document = (await world.api.http.get("/openapi.json")).json()
    checked = 0
    for method, path, _ in operations(document):
        for parameter in document["paths"][path][method.lower()].get("parameters", ()):
            for schema in parameter["schema"].get("anyOf", [parameter["schema"]]):
                if schema.get("type") == "integer":
                    assert {"minimum", "maximum"} <= set(schema), f"{method} {path}: {parameter}"
                    checked += 1
    assert checked >= 15


@pytest.mark.parametrize("name", ["", " ", "   ", "\u2003", "\u00a0 "])
async def test_a_name_of_nothing_but_spaces_is_none(world: World, name: str) -> None:
    app, _ = await world.app()
    http = world.api.http
    problem(await http.patch(f"/v1/apps/{app}", json={"name": name}), 422, "invalid_request")
    problem(await http.post("/v1/keys", json={"name": name}), 422, "invalid_request")
    problem(await http.post("/v1/apps", json={"prompt": "A list", "name": name}), 422, "invalid_request")


async def test_a_name_is_kept_without_the_spaces_around_it(world: World) -> None:
    app, _ = await world.app()
    answer = await world.api.http.patch(f"/v1/apps/{app}", json={"name": f"  {'n' * 100} "})
    assert answer.json()["name"] == "n" * 100


async def test_a_file_is_written_only_over_what_was_read(world: World) -> None:
    app, _ = await world.app()
    http, url = world.api.http, f"/v1/apps/{app}/files/{FILE}"
    tag = (await http.get(url)).headers["etag"]
    for stale in ("", '"other"', f"W/{tag}", f'"other", W/{tag}'):
        answer = await http.put(url, content=b"export {};", headers={"if-match": stale})
        problem(answer, 412, "version_conflict")
        problem(await http.delete(url, headers={"if-match": stale}), 412, "version_conflict")
    for unreadable in (tag.strip('"'), f"{tag} or so"):
        answer = await http.put(url, content=b"export {};", headers={"if-match": unreadable})
        problem(answer, 422, "invalid_request")
    listed = f'"other", {tag}'
    assert (await http.put(url, content=b"export {};", headers={"if-match": listed})).status_code == 201
    tag = (await http.get(url)).headers["etag"]
    lines = [("if-match", '"other"'), ("if-match", tag)]
    assert (await http.put(url, content=b"export {}", headers=lines)).status_code == 201
    assert (await http.put(url, content=b"export {};", headers={"if-match": "*"})).status_code == 201


async def test_a_file_is_made_only_where_none_is(world: World) -> None:
    app, _ = await world.app()
    url = f"/v1/apps/{app}/files/src/once.ts"
    new = {"if-none-match": "*"}
    assert (await world.api.http.put(url, content=b"export {};", headers=new)).status_code == 201
    problem(await world.api.http.put(url, content=b"export {}", headers=new), 412, "version_conflict")


async def test_a_file_that_a_client_has_is_not_sent_again(world: World) -> None:
    app, _ = await world.app()
    url = f"/v1/apps/{app}/files/{FILE}"
    whole = await world.api.http.get(url)
    tag = whole.headers["etag"]
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        for method in ("GET", "HEAD"):
            answer = await world.api.http.request(method, url, headers={"if-none-match": condition})
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    other = await world.api.http.get(url, headers={"if-none-match": '"other"'})
    assert (other.status_code, other.content) == (200, whole.content)
    head = await world.api.http.head(url)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(whole.content))


async def test_the_last_key_stays(world: World) -> None:
    async def revoke(key: str) -> httpx.Response:
        return await world.other.http.delete(f"/v1/keys/{key}")

    (first,) = (await world.other.get("/v1/keys"))["items"]
    problem(await revoke(first["id"]), 409, "last_key")
    second = await world.other.post("/v1/keys", {"name": "second"})
    third = await world.other.post("/v1/keys", {"name": "third"})
    answers = await asyncio.gather(revoke(second["id"]), revoke(third["id"]))
    assert [answer.status_code for answer in answers] == [204, 204]
    problem(await revoke(second["id"]), 404, "key_not_found")
    assert [key["id"] for key in (await world.other.get("/v1/keys"))["items"]] == [first["id"]]


async def test_one_key_stays_when_all_are_revoked_at_once(world: World) -> None:
    db = world.database()
    for _ in range(5):
        async with db.begin() as session:
            team = (await teams.add_team(session, "short-lived")).id
        made = [(await keys.create_key(db=db, team_id=team, name=name)).row.id for name in "abc"]
        revoked = (keys.revoke_key(db=db, team_id=team, key_id=key) for key in made)
        outcomes = await asyncio.gather(*revoked, return_exceptions=True)
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["LastKey", "NoneType", "NoneType"]
        assert len(await keys.list_keys(db=db, team_id=team, cursor=None, limit=10)) == 1
    await db.close()


async def test_every_text_that_may_not_be_empty_says_so(world: World) -> None:
    document = (await world.api.http.get("/openapi.json")).json()
    app, _ = await world.app()
    sent = 0
    for method, path, body in operations(document):
        for name, schema in properties(document, document["paths"][path][method.lower()]):
            url = path.format(app_id=app, environment="preview", name="TOKEN", user_id=SOMEBODY)
            answer = await world.api.http.request(method, url, json={**body, name: ""})
            refused = answer.status_code == 422
            assert refused == refuses_empty(schema), f"{method} {path}: {name} {answer.status_code} {schema}"
            sent += 1
    assert sent >= 8


def properties(document: dict[str, Any], operation: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """The texts in the operation's body."""
    content = operation.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    if not reference:
        return []
    fields = document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]
    found = []
    for name, field in fields.items():
        for schema in field.get("anyOf", [field]):
            target = schema.get("$ref", "").rpartition("/")[2]
            resolved = document["components"]["schemas"][target] if target else schema
            if resolved.get("type") == "string":
                found.append((name, resolved))
    return found


def refuses_empty(schema: dict[str, Any]) -> bool:
    pattern = schema.get("pattern")
    return (
        schema.get("minLength", 0) > 0
        or "" not in schema.get("enum", [""])
        or (pattern is not None and not re.search(pattern, ""))
        or "format" in schema
    )
