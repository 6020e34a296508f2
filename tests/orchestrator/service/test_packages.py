"""The model adds packages by way of the builder, and people see which the app has."""

import json
from typing import Any

import pytest

from common.contracts import PACKAGE_FILES, package_key
from tests.orchestrator.service.test_run_check import answers
from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

CODE = "A QR code [[script:packages]]"
RESOLVE = "POST /v1/packages/resolve"
MANIFEST = json.dumps({"overskill": {"packages": {"qrcode.react": "4.2.0"}}})
LOCK = json.dumps({"lockfileVersion": 3})
FOUND: dict[str, Any] = {
    "packages": [{"name": "qrcode.react", "version": "4.2.0", "license": "ISC", "wanted": True}],
    "audit": {"state": "not_audited", "at": None, "advisories": []},
}


def tell(world: World, body: dict[str, Any], status: int = 200) -> None:
    world.builder.answers[RESOLVE], world.builder.bodies[RESOLVE] = status, json.dumps(body).encode()


async def test_a_package_becomes_the_versions_and_only_the_builder_writes_its_files(world: World) -> None:
    tell(world, {**FOUND, "files": dict(zip(PACKAGE_FILES, (MANIFEST, LOCK), strict=True)), "untyped": []})
    app, run = await world.api.create_app(CODE)
    await world.live(app)
    await world.api.succeeded(app, run)
    sent = json.loads(world.builder.sent[RESOLVE])
    assert (sent["keep"], sent["add"]) == ({}, {"qrcode.react": "latest"})
    assert sent["template"].startswith("vite-react@")
    [answer] = await answers(world, run, "add_dependency")
    assert not answer.is_error
    assert "qrcode.react 4.2.0 (ISC) can be imported." in answer.text
    assert "Not audited" in answer.text
    files = f"/v1/apps/{app}/files"
    assert [(await world.api.http.get(f"{files}/{path}")).text for path in PACKAGE_FILES] == [MANIFEST, LOCK]
    refused = await world.api.http.put(f"{files}/package.json", content=b"{}")
    assert (refused.status_code, refused.json()["code"]) == (423, "file_locked")
    key = package_key(MANIFEST.encode(), LOCK.encode())
    world.builder.bodies[f"GET /v1/packages/{key}"] = json.dumps(FOUND).encode()
    assert await world.api.get(f"/v1/apps/{app}/packages") == FOUND
    assert (await world.api.get(f"/v1/apps/{app}/packages?version=0"))["packages"] == []


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (422, "package_refused", "package_refused: It brings a script."),
        (404, "package_not_found", "package_not_found: It brings a script."),
        (503, "registry_unavailable", "Go on without it"),
    ],
)
async def test_a_run_goes_on_without_a_package_that_it_cannot_have(
    world: World, status: int, code: str, told: str
) -> None:
    tell(world, {"code": code, "detail": "It brings a script.", "status": status}, status)
    app, run = await world.api.create_app(CODE)
    await world.live(app)
    assert (await world.api.succeeded(app, run))["recoveries"] == 0
    [answer] = await answers(world, run, "add_dependency")
    assert answer.is_error
    assert told in answer.text
    assert (await world.api.get(f"/v1/apps/{app}/packages"))["packages"] == []
