"""An app's secrets while their keys change, as users and operators meet them."""

import asyncio
import json
import re
import signal
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from pydantic import JsonValue, SecretStr

from common.contracts import KEY_HEADER, MAX_SECRETS, TEAM_HEADER, DeploymentState, Environment
from common.database import Database
from common.ids import new_id
from common.keyring import Sealed, parse_keys
from common.sealing import Sealer
from deployer.db import secrets
from deployer.domain.secrets import secret_context
from tests.deployer.artifacts import DATA_BLOCK, EARLIER, page, small_app
from tests.deployer.service import SECRETS_KEYS, World, asked, new_app

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEAM, KEY = new_id("team"), new_id("key")
BY_US = {TEAM_HEADER: TEAM, KEY_HEADER: KEY}
NEW_KEY = f"2:{'B' * 43}="


async def metrics(world: World) -> str:
    async with httpx.AsyncClient(timeout=10) as http:
        return (await http.get(f"http://127.0.0.1:{world.environment['METRICS_PORT']}/metrics")).text


async def restarted(world: World, ring: str) -> None:
    world.stop()
    await world.start({"SECRETS_KEYS": ring})


async def uploads(world: World, script: str) -> int:
    return (await world.api_calls(script)).count(f"PUT /workers/scripts/{script}")


async def test_keys_change_while_apps_are_deployed_and_rolled_back(clean: World) -> None:
    app_id, script = new_app()
    async with clean.http() as http:
        await http.put(f"/v1/apps/{app_id}/secrets/preview/TOKEN", json={"value": "s3cret-rotated"})
    first = await clean.deploy(app_id, small_app("First"))
    await clean.deploy(app_id, small_app("Second"))
    await restarted(clean, f"{NEW_KEY},{SECRETS_KEYS}")
    async with asyncio.timeout(120):
        while not re.search(r'^secrets_by_key\{key_id="1"\} 0\.0$', await metrics(clean), re.MULTILINE):
            await asyncio.sleep(0.05)

    await clean.clear_faults()
    back = await clean.deploy(app_id, rollback_of=first.deployment_id)
    assert (back.state, await uploads(clean, script)) == ("deployed", 0), "the secrets are as they were"

    await restarted(clean, NEW_KEY)
    await clean.clear_faults()
    again = await clean.deploy(app_id, rollback_of=back.deployment_id)
    assert (again.state, await uploads(clean, script)) == ("deployed", 0)
    done = await clean.deploy(app_id, small_app("Third"))
    assert done.state is DeploymentState.DEPLOYED
    assert "s3cret" not in clean.log.read_text()


async def test_a_ring_without_a_key_that_is_needed_is_told_at_start_and_deployments_wait_for_it(
    clean: World,
) -> None:
    app_id, script = new_app()
    async with clean.http() as http:
        await http.put(f"/v1/apps/{app_id}/secrets/preview/TOKEN", json={"value": "s3cret-waiting"})
    request = asked(app_id, artifact=await clean.upload(app_id, small_app("Waited")))
    clean.stop()
    starting = asyncio.create_task(clean.start({"SECRETS_KEYS": f"9:{'C' * 43}="}))
    try:
        async with clean.http() as http, asyncio.timeout(120):
            while "does not hold" not in await answer_of(http):
                await asyncio.sleep(0.05)
            while "secret_unreadable" not in clean.log.read_text():
                await asyncio.sleep(0.05)
        await clean.send(request)
        async with clean.http() as http, asyncio.timeout(120):
            while (await http.get(f"/v1/deployments/{request.deployment_id}")).status_code != 200:
                await asyncio.sleep(0.05)
        assert not starting.done(), "it is not ready"
    finally:
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        await restarted(clean, f"{NEW_KEY},{SECRETS_KEYS}")
    assert (await clean.finished(request.deployment_id)).state is DeploymentState.DEPLOYED
    assert "Waited" in (await clean.load(script)).text
    assert "s3cret" not in clean.log.read_text()


async def answer_of(http: httpx.AsyncClient) -> str:
    try:
        return (await http.get("/readyz")).text
    except httpx.TransportError:
        return ""


async def values(world: World, app_id: str, environment: str) -> dict[str, str]:
    """What an environment's secrets are, opened as its next deployment opens them."""
    sealer = Sealer(parse_keys(f"{NEW_KEY},{SECRETS_KEYS}"))
    database = Database(SecretStr(world.environment["DATABASE_URL"]), "deployer")
    try:
        async with database.begin() as session:
            stored = await secrets.values_of(session, app_id, environment)
    finally:
        await database.close()
    return {
        name: sealer.open(item, secret_context(app_id, environment, name))
        for name, item in stored.items()
        if isinstance(item, Sealed)
    }


async def names(http: httpx.AsyncClient, app_id: str, environment: str) -> list[str]:
    listed = (await http.get(f"/v1/apps/{app_id}/secrets/{environment}")).json()
    return [item["name"] for item in listed["items"]]


async def events_of(http: httpx.AsyncClient, app_id: str, environment: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await http.get(f"/v1/apps/{app_id}/secrets/{environment}/events", params={"limit": "200"})
    ).json()["items"]
    return found


async def test_what_is_done_to_secrets_is_recorded_with_who_did_it_and_never_a_value(clean: World) -> None:
    app_id, _ = new_app()
    url = f"/v1/apps/{app_id}/secrets/preview"
    async with clean.http() as http:
        for name in ("A", "B"):
            await http.put(f"{url}/{name}", json={"value": "s3cret-recorded"}, headers=BY_US)
        done = await clean.deploy(app_id, small_app())
        await http.delete(f"{url}/A", headers=BY_US)
        refused = await http.delete(f"{url}/A", headers=BY_US)
        assert refused.status_code == 404, "and what fails is not recorded"
        copied = await http.post(
            f"/v1/apps/{app_id}/secrets/staging/copy", json={"from": "preview"}, headers=BY_US
        )
        assert (copied.status_code, copied.json()) == (200, {"names": ["B"]})
        first = (await http.get(f"{url}/events", params={"limit": "3"})).json()
        rest = (await http.get(f"{url}/events", params={"cursor": first["next_cursor"]})).json()
        recorded = first["items"] + rest["items"]
        assert rest["next_cursor"] is None
        us = (TEAM, KEY)
        assert [
            (item["action"], item["names"], item["deployment_id"], (item["team_id"], item["key_id"]))
            for item in recorded
        ] == [
            ("deleted", ["A"], None, us),
            ("deployed", ["A", "B"], done.deployment_id, (None, None)),
            ("set", ["B"], None, us),
            ("set", ["A"], None, us),
        ]
        [there] = await events_of(http, app_id, "staging")
        assert (there["action"], there["names"], there["source"]) == ("copied", ["B"], "preview")
        assert "s3cret" not in json.dumps([recorded, there])
        assert (await http.delete(f"/v1/apps/{app_id}")).status_code == 204
        assert await events_of(http, app_id, "preview") == []
    assert "s3cret" not in clean.log.read_text()


async def test_copied_secrets_are_sealed_for_where_they_are_copied_to(clean: World) -> None:
    app_id, _ = new_app()
    async with clean.http() as http:
        for name, value in {"A": "of preview", "B": "other"}.items():
            await http.put(f"/v1/apps/{app_id}/secrets/preview/{name}", json={"value": value})
        await http.put(f"/v1/apps/{app_id}/secrets/production/A", json={"value": "of production"})
        url = f"/v1/apps/{app_id}/secrets/production/copy"
        for body, status, code in (
            ({"from": "preview"}, 409, "secret_exists"),
            ({"from": "preview", "names": ["B", "C"]}, 404, "secret_not_found"),
            ({"from": "production"}, 422, "secret_invalid"),
            ({"from": "nowhere"}, 422, "invalid_request"),
            ({"from": "preview", "names": []}, 422, "invalid_request"),
            ({"from": "preview", "names": ["__proto__"]}, 422, "invalid_request"),
        ):
            answer = await http.post(url, json=body)
            assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
            assert await names(http, app_id, "production") == ["A"], "either all or none"
        assert (await http.post(url, json={"from": "preview", "names": ["B"]})).json() == {"names": ["B"]}
        assert await values(clean, app_id, "production") == {"A": "of production", "B": "other"}
        again = await http.post(url, json={"from": "preview", "overwrite": True})
        assert again.json() == {"names": ["A", "B"]}
        done = await clean.deploy(app_id, small_app("Copied"), environment=Environment.PRODUCTION)
        assert done.state is DeploymentState.DEPLOYED
        assert await values(clean, app_id, "production") == {"A": "of preview", "B": "other"}
        empty = await http.post(f"/v1/apps/{app_id}/secrets/preview/copy", json={"from": "staging"})
        assert empty.json() == {"names": []}


async def test_a_copy_keeps_the_number_of_secrets_below_its_limit(clean: World) -> None:
    app_id, _ = new_app()
    async with clean.http() as http:
        for environment, letter in (("preview", "P"), ("staging", "S")):
            puts = [
                http.put(f"/v1/apps/{app_id}/secrets/{environment}/{letter}{n}", json={"value": "x"})
                for n in range(MAX_SECRETS // 2 + 1)
            ]
            await asyncio.gather(*puts)
        answer = await http.post(f"/v1/apps/{app_id}/secrets/staging/copy", json={"from": "preview"})
        assert (answer.status_code, answer.json()["code"]) == (422, "secret_invalid")
        assert len(await names(http, app_id, "staging")) == MAX_SECRETS // 2 + 1
        more = [
            http.put(f"/v1/apps/{app_id}/secrets/staging/M{n}", json={"value": "x"})
            for n in range(MAX_SECRETS)
        ]
        statuses = [answer.status_code for answer in await asyncio.gather(*more)]
        assert statuses.count(204) == MAX_SECRETS - (MAX_SECRETS // 2 + 1), "also when many come at once"
        assert len(await names(http, app_id, "staging")) == MAX_SECRETS


async def test_a_copy_that_races_a_deletion_comes_before_or_after_it(clean: World) -> None:
    app_id, _ = new_app()
    source, target = (f"/v1/apps/{app_id}/secrets/{name}" for name in ("preview", "production"))
    async with clean.http() as http:
        for turn in range(8):
            for name in ("A", "B"):
                await http.put(f"{source}/{name}", json={"value": f"{turn}"})
            copied, _gone, removed = await asyncio.gather(
                http.post(f"{target}/copy", json={"from": "preview", "names": ["A", "B"], "overwrite": True}),
                http.delete(f"{source}/A"),
                http.delete(f"{target}/B"),
            )
            there = await names(http, app_id, "production")
            if copied.status_code == 404:
                assert not set(there) - {"A"}, "nothing was copied"
            else:
                assert copied.json() == {"names": ["A", "B"]}
                events = await events_of(http, app_id, "production")
                last = max((event["at"], event["action"]) for event in events if "B" in event["names"])[1]
                assert ("B" in there) == (last == "copied"), (there, removed.status_code)
            await http.delete(f"{target}/A")
            await http.delete(f"{target}/B")


HOSTILE = "</script><script>alert(1)</script><!-- \u2028 {{APP_ID}} &quot;"
TYPED: dict[str, JsonValue] = {
    "SALE": True, "MOST": 3, "RATE": -0.5, "NOTHING": None, "TEXT": HOSTILE,
    "LIST": [1, "2", {"constructor": [], "größe": False}],
}  # fmt: skip


async def put(
    http: httpx.AsyncClient, app_id: str, values: Mapping[str, JsonValue], **more: Any
) -> list[tuple[int, str]]:
    """Status and code of each answer."""
    answers = [
        await http.put(f"/v1/apps/{app_id}/secrets/preview/{name}", json={"value": value, **more})
        for name, value in values.items()
    ]
    return [(item.status_code, item.json()["code"] if item.content else "") for item in answers]


async def env_of(world: World, script: str) -> Any:
    """What the live page has for `window.ENV`: JSON wherever it stands."""
    text = (await world.load(script)).text
    found = re.search(r"(?:window\.ENV=|id=\"env\">)(.*?)</script>", text, re.DOTALL)
    assert found, text
    return json.loads(found[1])


@pytest.mark.parametrize("env", [DATA_BLOCK, EARLIER], ids=["data block", "earlier template"])
async def test_public_variables_are_in_the_page_with_their_types(clean: World, env: str) -> None:
    app_id, script = new_app()
    files = {"index.html": page(env=env)}
    async with clean.http() as http:
        assert await put(http, app_id, TYPED, public=True) == [(204, "")] * len(TYPED)
        await put(http, app_id, {"TOKEN": "s3cret-in-no-page"})
        listed = (await http.get(f"/v1/apps/{app_id}/secrets/preview")).json()["items"]
        assert {item["name"]: item["value"] for item in listed if item["public"]} == TYPED
        assert [(item["name"], item["value"]) for item in listed if not item["public"]] == [("TOKEN", None)]
        first = await clean.deploy(app_id, files)
        assert first.state is DeploymentState.DEPLOYED
        assert await env_of(clean, script) == {**TYPED, "APP_ID": app_id}
        assert "s3cret" not in (await clean.load(script)).text

        await clean.deploy(app_id, {"index.html": page(env=env, title="Second")})
        await clean.clear_faults()
        back = await clean.deploy(app_id, rollback_of=first.deployment_id)
        assert (back.state, await uploads(clean, script)) == ("deployed", 0)

        # A rollback goes back to the files, not to what people have set since.
        assert await put(http, app_id, {"SALE": False}, public=True) == [(204, "")]
        again = await clean.deploy(app_id, rollback_of=first.deployment_id)
        assert (again.state, await uploads(clean, script)) == ("deployed", 1)
        assert await env_of(clean, script) == {**TYPED, "SALE": False, "APP_ID": app_id}


async def test_a_secret_that_becomes_public_is_no_longer_bound_and_the_other_way_round(clean: World) -> None:
    app_id, script = new_app()
    async with clean.http() as http:
        await put(http, app_id, {"A": "s3cret-a", "B": "s3cret-b"})
        await put(http, app_id, {"C": "shown"}, public=True)
        await clean.deploy(app_id, small_app())
        await put(http, app_id, {"A": "s3cret-a"}, public=True)
        await put(http, app_id, {"C": "hidden"})
        copied = await http.post(f"/v1/apps/{app_id}/secrets/staging/copy", json={"from": "preview"})
        assert copied.json() == {"names": ["A", "B", "C"]}
        listed = (await http.get(f"/v1/apps/{app_id}/secrets/staging")).json()["items"]
        assert [(item["name"], item["value"]) for item in listed] == [
            ("A", "s3cret-a"), ("B", None), ("C", None),
        ]  # fmt: skip
    await clean.deploy(app_id, small_app("Other"))
    assert await env_of(clean, script) == {"A": "s3cret-a", "APP_ID": app_id}
    async with clean.edge.api() as api:
        bound = (await api.get(f"/workers/scripts/{script}/secrets")).json()["result"]
    assert {item["name"] for item in bound} == {"B", "C"}
    assert "s3cret" not in clean.log.read_text()


async def test_a_variable_that_cannot_be_public_is_refused(clean: World) -> None:
    app_id, _ = new_app()
    refused: dict[str, JsonValue] = {
        "APP_ID": "mine", "OVERSKILL_DATA_URL": "mine", "__proto__": 1, "constructor": 1,
        "LONG": "x" * 5119, "ESCAPED": "\u2028" * 854,
    }  # fmt: skip
    wrong: dict[str, JsonValue] = {
        "UNSAFE": 2**53, "PROTO": {"a": [{"__proto__": 1}]}, "HALF": ["\ud800"], "KEY": {"\udfff": 1},
        "DEEP": json.loads("[" * 18 + "]" * 18),
    }  # fmt: skip
    async with clean.http() as http:
        assert await put(http, app_id, refused, public=True) == [(422, "secret_invalid")] * len(refused)
        for name, value in wrong.items():  # as other clients may send it: halves of characters, NaN
            body = json.dumps({"value": value, "public": True})
            url = f"/v1/apps/{app_id}/secrets/preview/{name}"
            answer = await http.put(url, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), name
        for body in ('{"value":NaN,"public":true}', '{"value":-1e999,"public":true}'):
            answer = await http.put(url, content=body, headers={"content-type": "application/json"})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request"), body
        assert await put(http, app_id, {"A": 1, "B": None, "C": []}) == [(422, "invalid_request")] * 3
        assert await names(http, app_id, "preview") == []

        fits = {f"P{n}": "x" * 5000 for n in range(3)}
        assert await put(http, app_id, fits, public=True) == [(204, "")] * 3
        assert await put(http, app_id, {"P3": "x" * 5000}, public=True) == [(422, "secret_invalid")]
        assert await put(http, app_id, {"P3": "x" * 5000}) == [(204, "")], "secrets are not in the page"
        assert await put(http, app_id, {"P0": "y" * 5000}, public=True) == [(204, "")], (
            "it takes its own place"
        )
        url = f"/v1/apps/{app_id}/secrets/production"
        assert (await http.put(f"{url}/Q", json={"value": "x" * 5000, "public": True})).status_code == 204
        answer = await http.post(f"{url}/copy", json={"from": "preview"})
        assert (answer.status_code, answer.json()["code"]) == (422, "secret_invalid")
        assert await names(http, app_id, "production") == ["Q"]


async def test_what_is_set_after_an_upload_that_a_crash_cut_off_goes_live_with_the_next(clean: World) -> None:
    app_id, script = new_app()
    async with clean.http() as http:
        await put(http, app_id, {"STEP": 1}, public=True)
        await clean.fault("PUT", f"{script}$", {"hang": True, "apply": True})
        request = asked(app_id, artifact=await clean.upload(app_id, {"index.html": page()}))
        await clean.send(request)
        async with asyncio.timeout(120):
            while not await uploads(clean, script):
                await asyncio.sleep(0.02)
        await put(http, app_id, {"STEP": 2}, public=True)
    clean.stop(signal.SIGKILL)
    await restarted(clean, f"{NEW_KEY},{SECRETS_KEYS}")
    assert (await clean.finished(request.deployment_id)).state is DeploymentState.DEPLOYED
    assert await env_of(clean, script) == {"STEP": 2, "APP_ID": app_id}
