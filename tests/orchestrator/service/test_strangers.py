"""Who has no key gets nothing; who has another team's key sees nothing of ours."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from common.ids import new_id
from tests.orchestrator.service.world import World
from tests.pictures import PNG

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]

SOMEBODY = "11111111-1111-4111-8111-111111111111"
BODIES: dict[str, Any] = {
    "CreateApp": {"prompt": "A list"},
    "PatchApp": {"name": "Stolen", "budget": {"tokens": 0}},
    "PatchMe": {"budget": {"tokens": 0}},
    "SendMessage": {"content": "Make it mine"},
    "SendAnswers": {"answers": ["Mine"]},
    "RequestDeployment": {"environment": "production"},
    "CreateKey": {"name": "mine"},
    "PutSecret": {"value": "mine"},
    "CopySecrets": {"from": "production"},
    "RunSql": {"sql": "SELECT 1"},
    "ChangeAppUser": {"banned_until": None},
    "RequestDump": {"environment": "preview"},
    "RequestRestore": {"dump": new_id("dump"), "environment": "preview"},
    "RequestUpgrade": {"to": "stable"},
    "SignInChange": {"signup_enabled": False},
}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Method, path and a valid body of every operation that needs a key."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            schema = (
                operation.get("requestBody", {})
                .get("content", {})
                .get("application/json", {})
                .get("schema", {})
            )
            yield method.upper(), path, BODIES.get(schema.get("$ref", "").rpartition("/")[2])


async def test_every_route_hides_what_belongs_to_another_team(world: World) -> None:
    app, run = await world.app()
    ids = {
        "app_id": app,
        "run_id": run,
        "build_id": (await world.build(app)).build_id,
        "deployment_id": (await world.deployment(app)).deployment_id,
        "upload_id": (await world.api.http.post("/v1/uploads", content=PNG)).json()["id"],
        "key_id": (await world.api.get("/v1/keys"))["items"][0]["id"],
        "number": "1",
        "path": "src/pages/Home.tsx",
        "environment": "preview",
        "key": "TOKEN",
        "name": "vite-react",
        "table": "todos",
        "user_id": SOMEBODY,
    }
    before = await world.api.get(f"/v1/apps/{app}")
    document = (await world.api.http.get("/openapi.json")).json()
    hidden = 0
    for method, path, body in operations(document):
        if not re.search(r"\{\w+_id\}", path):
            continue
        answer = await world.other.http.request(method, path.format(**ids), json=body)
        assert answer.status_code == 404, f"{method} {path}: {answer.status_code} {answer.text}"
        assert answer.json()["code"] in {
            "app_not_found",
            "run_not_found",
            "key_not_found",
            "upload_not_found",
        }
        hidden += 1
    assert hidden >= 25
    assert await world.api.get(f"/v1/apps/{app}") == before
    assert (await world.other.get("/v1/apps"))["items"] == []
    assert (await world.other.get("/v1/usage"))["lines"] == []
    assert not [line for line in world.deployer.requests if app in line]


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        b"",
        b"Bearer",
        b"Bearer osk_wrong",
        b"Bearer not-a-key",
        b"Basic b3NrOg==",
        "Bearer osk_\xe4".encode("latin-1"),
    ],
)
async def test_every_route_wants_a_key(world: World, authorization: bytes | None) -> None:
    headers = {} if authorization is None else {b"authorization": authorization}
    document = (await world.api.http.get("/openapi.json")).json()
    async with httpx.AsyncClient(base_url=world.stack.api_url, headers=headers, trust_env=False) as http:
        for method, path, body in operations(document):
            url = re.sub(r"\{\w+\}", "1", path)
            answer = await http.request(method, url, json=body)
            assert answer.status_code == 401, f"{method} {path}: {answer.status_code}"
            assert answer.headers["www-authenticate"] == "Bearer"
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["code"] == "unauthorized"


async def test_a_key_is_made_shown_once_and_revoked(world: World) -> None:
    made = await world.api.post("/v1/keys", {"name": "laptop"})
    assert made["key"].startswith(made["hint"])
    async with httpx.AsyncClient(
        base_url=world.stack.api_url, headers={"authorization": f"Bearer {made['key']}"}, trust_env=False
    ) as http:
        assert (await http.get("/v1/me")).json() == await world.api.get("/v1/me")
        listed = (await http.get("/v1/keys")).json()["items"]
        assert made["id"] in {key["id"] for key in listed}
        assert made["key"] not in str(listed)
        assert (await world.api.http.delete(f"/v1/keys/{made['id']}")).status_code == 204
        refused = await http.get("/v1/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthorized")
    assert made["id"] not in {key["id"] for key in (await world.api.get("/v1/keys"))["items"]}
    again = await world.api.http.delete(f"/v1/keys/{made['id']}")
    assert (again.status_code, again.json()["code"]) == (404, "key_not_found")


async def test_no_log_line_shows_a_key(world: World) -> None:
    await world.api.get("/v1/me")
    log = (world.stack.config.state / "logs" / "orchestrator.log").read_text()
    assert "/v1/me" in log
    assert world.stack.api_key not in log
