"""Lists: one shape, whole over all pages, and described as what they are."""

import json
from typing import Any

import pytest

from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


async def walk(world: World, path: str) -> list[Any]:
    """All items, got one by one."""
    seen: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        page = await world.api.get(f"{path}?limit=1{cursor and f'&cursor={cursor}'}")
        assert set(page) == {"items", "next_cursor"}
        assert len(page["items"]) == 1, "no page is empty"
        seen += page["items"]
        cursor = page["next_cursor"]
    return seen


async def test_pages_hold_everything_once_and_end(world: World) -> None:
    app, _ = await world.app()
    for n in range(3):
        await world.api.http.put(f"/v1/apps/{app}/files/src/n{n}.ts", content=b"export {};")
    for name in ("one", "two"):
        await world.api.post("/v1/keys", {"name": name})
    own = (f"/v1/apps/{app}/{things}" for things in ("versions", "messages", "deployments", "runs", "builds"))
    for path in (*own, "/v1/keys", "/v1/templates", "/v1/templates/vite-react/versions"):
        whole = await world.api.get(path)
        assert whole["items"], path
        assert whole["next_cursor"] is None, path
        assert await walk(world, path) == whole["items"], path
    # Others make apps at the same time: of these only the order is known.
    assert app in {item["id"] for item in (await world.api.get("/v1/apps?limit=200"))["items"]}


async def test_keys_come_newest_first(world: World) -> None:
    first, second = [(await world.api.post("/v1/keys", {"name": name}))["id"] for name in ("old", "new")]
    listed = [key["id"] for key in (await world.api.get("/v1/keys"))["items"]]
    assert listed.index(second) < listed.index(first)


async def test_every_list_has_the_same_shape(world: World) -> None:
    """What answers `items` is a page; what is a page can be asked for the next."""
    document = (await world.api.http.get("/openapi.json")).json()
    pages = 0
    for path, methods in document["paths"].items():
        schema = _answer(document, methods.get("get", {}))
        if "items" not in schema.get("properties", {}):
            assert schema.get("type") != "array", f"{path} is a bare list"
            continue
        assert set(schema["properties"]) == {"items", "next_cursor"}, path
        assert set(schema["required"]) == {"items", "next_cursor"}, path
        names = {parameter["name"] for parameter in methods["get"]["parameters"]}
        assert {"limit", "cursor"} <= names or path == "/v1/apps/{app_id}/env/{environment}", path
        pages += 1
    assert pages >= 10


async def test_every_answer_in_json_is_described(world: World) -> None:
    document = (await world.api.http.get("/openapi.json")).json()
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                for kind, content in answer.get("content", {}).items():
                    if kind == "application/json":
                        assert content["schema"].get("$ref"), f"{method} {path} {status}"


async def test_secrets_are_listed_by_name(world: World) -> None:
    app, _ = await world.app()
    asked = f"GET /v1/apps/{app}/secrets/production"
    updated = {"updated_at": "2026-01-01T00:00:00Z"}
    listed = {
        "items": [
            {"name": "SHOP", "public": True, "value": {"sale": [True, 3, None]}, **updated},
            {"name": "TOKEN", "public": False, "value": None, **updated},
        ],
        "next_cursor": None,
    }
    world.deployer.bodies[asked] = json.dumps(listed).encode()
    assert await world.api.get(f"/v1/apps/{app}/env/production") == listed


@pytest.mark.parametrize(
    "path", ["/v1/keys?cursor=%00", "/v1/templates?cursor=..", "/v1/templates/vite-react/versions?cursor=x"]
)
async def test_a_cursor_of_another_form_is_refused(world: World, path: str) -> None:
    answer = await world.api.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), answer.text


def _answer(document: dict[str, Any], operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    name = schema.get("$ref", "").rpartition("/")[2]
    return document["components"]["schemas"][name] if name else schema
