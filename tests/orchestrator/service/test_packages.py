"""The model adds packages by way of the builder, and people see which the app has."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.contracts import PACKAGE_FILES, package_key
from tests.orchestrator.service.foundations import page, small_app
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


async def test_an_upgrade_resolves_an_apps_packages_anew_or_says_which_cannot_come_along(
    world: World, tmp_path: Path
) -> None:
    app, name = await small_app(world, tmp_path, new_home=page(five="// new"))
    tell(world, {**FOUND, "files": dict(zip(PACKAGE_FILES, (MANIFEST, LOCK), strict=True)), "untyped": []})
    run = await world.api.send(app, CODE)
    await world.live(app, 2)
    await world.api.succeeded(app, run)
    tell(world, {"code": "package_refused", "detail": "It does not go together.", "status": 422}, 422)
    refused = await world.api.http.post(f"/v1/apps/{app}/template/upgrade", json={})
    assert (refused.status_code, refused.json()["code"]) == (422, "package_refused")
    anew = json.dumps({**json.loads(MANIFEST), "version": "1.3.0"})
    tell(world, {**FOUND, "files": dict(zip(PACKAGE_FILES, (anew, LOCK), strict=True)), "untyped": []})
    begun = await world.api.post(f"/v1/apps/{app}/template/upgrade", {})
    assert "package.json" in begun["plan"]["changed"]
    sent = json.loads(world.builder.sent[RESOLVE])
    assert sent == {"template": f"{name}@1.3.0", "keep": {"qrcode.react": "4.2.0"}, "add": {}}
    await world.live(app, 3)
    await world.api.succeeded(app, begun["run"]["id"])
    assert (await world.api.http.get(f"/v1/apps/{app}/files/package.json")).text == anew
