"""What the service says about itself: the OpenAPI document, its pages, its schema, its own health."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from common.ids import new_id
from dev.stack.config import ROOT
from dev.stack.environment import service_settings
from orchestrator.settings import Settings
from tests.orchestrator.service.foundations import page, small_app
from tests.orchestrator.service.world import World

SOMEBODY = "11111111-1111-4111-8111-111111111111"

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


async def document_of(world: World) -> dict[str, Any]:
    document: dict[str, Any] = (await world.api.http.get("/openapi.json")).json()
    return document


async def test_every_operation_says_what_it_does_and_how_it_fails(world: World) -> None:
    document = await document_of(world)
    assert document["openapi"].startswith("3.1")
    found = list(operations(document))
    assert len({operation["operationId"] for _, operation in found}) == len(found)
    for name, operation in found:
        assert operation["summary"], name
        assert operation["tags"], name
        assert operation["security"], f"{name} asks for no key"
        assert any(status.startswith("2") for status in operation["responses"]), name
        for status in ("4XX", "5XX"):
            content = operation["responses"][status]["content"]
            assert list(content) == ["application/problem+json"], name
            assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem"), name


async def test_every_reference_leads_somewhere(world: World) -> None:
    document = await document_of(world)
    references = set(referenced(document))
    assert references
    for reference in references:
        node: Any = document
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


async def test_the_examples_work(world: World, tmp_path: Path) -> None:
    schemas = (await document_of(world))["components"]["schemas"]
    app, _ = await world.app()
    outdated, _ = await small_app(world, tmp_path, new_home=page(five="// the new end"))
    asking, waiting = await world.api.create_app("A booking page [[script:asks]]")
    await world.api.ended(asking, waiting)
    answers_of_data(world, app)
    world.deployer.bodies[f"POST /v1/apps/{app}/secrets/staging/copy"] = b'{"names": ["API_TOKEN"]}'
    examples = {
        "CreateApp": ("POST", "/v1/apps", 202),
        "SendMessage": ("POST", f"/v1/apps/{app}/messages", 202),
        "RequestDeployment": ("POST", f"/v1/apps/{app}/deployments", 202),
        "SendAnswers": ("POST", f"/v1/runs/{waiting}/answers", 202),
        "PutSecret": ("PUT", f"/v1/apps/{app}/env/staging/API_TOKEN", 204),
        "CopySecrets": ("POST", f"/v1/apps/{app}/env/staging/copy", 200),
        "RunSql": ("POST", f"/v1/apps/{app}/database/sql", 200),
        "ChangeAppUser": ("PATCH", f"/v1/apps/{app}/database/users/{SOMEBODY}", 200),
        "RequestDump": ("POST", f"/v1/apps/{app}/database/dumps", 202),
        "RequestRestore": ("POST", f"/v1/apps/{app}/database/restores", 202),
        "RequestUpgrade": ("POST", f"/v1/apps/{outdated}/template/upgrade", 202),
        "SignInChange": ("PATCH", f"/v1/apps/{app}/auth/staging", 200),
        "PatchApp": ("PATCH", f"/v1/apps/{app}", 200),
        "PatchMe": ("PATCH", "/v1/me", 200),
    }
    assert {name for name, schema in schemas.items() if schema.get("examples")} == set(examples)
    for name, (method, path, status) in examples.items():
        for example in schemas[name]["examples"]:
            answer = await world.api.http.request(method, path, json=example)
            assert answer.status_code == status, f"{name}: {answer.text}"
    await world.api.http.patch("/v1/me", json={"budget": {"microdollars": None}})


def answers_of_data(world: World, app: str) -> None:
    """What the data service answers to the examples about the app's databases."""
    now = "2030-01-01T00:00:00Z"
    work = {"id": new_id("dump"), "environment": "preview", "state": "pending", "created_at": now}
    realm = f"/internal/realms/{app}"
    answers: dict[str, Any] = {
        f"PATCH {realm}/staging/auth": {"callback_url": "https://data/"},
        f"POST {realm}/preview/sql": {"rows": [], "duration_ms": 1},
        f"PATCH {realm}/preview/users/*": {
            "id": SOMEBODY,
            "email": None,
            "confirmed": True,
            "created_at": now,
        },
        f"PUT /internal/apps/{app}/dumps/*": {**work, "reason": "requested"},
        f"PUT /internal/apps/{app}/restores/*": {**work, "dump": new_id("dump")},
    }
    world.data.bodies |= {line: json.dumps(answer).encode() for line, answer in answers.items()}


async def test_the_pages_for_people(world: World) -> None:
    page = await world.api.http.get("/docs")
    assert page.status_code == 200
    assert "OverSkill" in page.text
    assert "/openapi.json" in page.text


async def test_health_readiness_and_metrics(world: World) -> None:
    assert (await world.api.get("/healthz")) == {"status": "ok"}
    ready = await world.api.get("/readyz")
    assert {"database", "nats", "object_store"} <= set(ready["checks"])
    assert set(ready["checks"].values()) == {"ok"}
    await world.app()
    metrics = (await world.api.http.get(f"{world.stack.config.url('orchestrator_metrics')}/metrics")).text
    for name in ("runs_total", "model_turns_total", "model_tokens_total", "event_followers"):
        assert f"\n{name}" in metrics


@pytest.mark.parametrize("key", ["secret", "osk_", "osk_short"])
async def test_a_first_key_that_could_never_sign_in_is_refused_at_start(world: World, key: str) -> None:
    settings = service_settings(world.stack.config, world.stack.credentials, "orchestrator")
    given = {name.lower(): value for name, value in settings.items()}
    Settings.model_validate(given)
    with pytest.raises(ValidationError, match="bootstrap_api_key") as refused:
        Settings.model_validate({**given, "bootstrap_api_key": key})
    assert f"'{key}'" not in str(refused.value)


async def test_the_migrations_make_exactly_what_the_models_say(world: World) -> None:
    """Asked as a developer asks; the running service has migrated the database itself."""
    config = ROOT / "services" / "orchestrator" / "alembic.ini"
    environment = {**os.environ, "DATABASE_URL": world.stack.database_url("orchestrator")}
    done = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "alembic", "-c", str(config), "check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def referenced(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from referenced(value)
    elif isinstance(node, list):
        for value in node:
            yield from referenced(value)
