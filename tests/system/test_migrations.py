"""An app's tables from preview to production: what a change would lose is asked about before."""

import json
from typing import Any

import httpx
import pytest

from dev.stack.stack import Stack
from tests.system.api import Api
from tests.system.test_outcomes import finished

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

GUESTBOOK = "a public guestbook"
CHANGE = "supabase/migrations/0002_change.sql"
WRONG = "alter table public.messages add column colour text not null;"
CLEARS = "delete from public.messages;"


async def test_production_keeps_what_it_has_until_somebody_says_otherwise(api: Api, stack: Stack) -> None:
    app, run = await api.create_app(GUESTBOOK)
    await api.succeeded(app, run)
    production = {"environment": "production"}
    first = await deployed(api, app, production)
    await sign(stack, app, "Anna")
    assert await names(stack, app) == ["Anna"]
    assert await names(stack, f"{app}-preview") == [], "preview data is never production data"

    await put(api, app, WRONG)
    refused = await api.http.post(f"/v1/apps/{app}/deployments", json=production)
    assert (refused.status_code, refused.json()["code"]) == (422, "migration_failed"), refused.text
    assert refused.json()["findings"][0]["file"] == CHANGE, "a row without a colour is there"

    await put(api, app, CLEARS)
    refused = await api.http.post(f"/v1/apps/{app}/deployments", json=production)
    assert (refused.status_code, refused.json()["code"]) == (409, "migration_needs_approval"), refused.text
    assert [step["lost"] for step in refused.json()["destructive"]] == ["1 rows"]
    assert await names(stack, app) == ["Anna"]
    await deployed(api, app, {**production, "approve_migrations": [CHANGE]})
    assert await names(stack, app) == []

    await sign(stack, app, "Ben")
    back = await api.post(f"/v1/apps/{app}/deployments/{first['id']}/rollback")
    assert (await finished(api, app, back["deployment"]["id"]))["state"] == "deployed"
    assert await names(stack, app) == ["Ben"]


async def deployed(api: Api, app: str, body: dict[str, Any]) -> dict[str, Any]:
    asked = await api.post(f"/v1/apps/{app}/deployments", body)
    done: dict[str, Any] = await finished(api, app, asked["deployment"]["id"])
    assert done["state"] == "deployed", done
    return done


async def put(api: Api, app: str, sql: str) -> None:
    made = await api.http.put(f"/v1/apps/{app}/files/{CHANGE}", content=sql.encode())
    assert made.status_code == 201, made.text


async def database(stack: Stack, script: str) -> tuple[str, dict[str, str]]:
    """Where the live page says that its database is, and the headers of a visitor's request to it."""
    async with httpx.AsyncClient(trust_env=False) as http:
        url = httpx.URL(stack.app_url(script))
        page = (await http.get(url.copy_with(host="127.0.0.1"), headers={"host": url.netloc.decode()})).text
    block = page.partition('id="env">')[2].partition("</script>")[0]
    env = json.loads(block)
    return env["SUPABASE_URL"], {"apikey": env["SUPABASE_PUBLISHABLE_KEY"]}


async def names(stack: Stack, script: str) -> list[str]:
    url, headers = await database(stack, script)
    async with httpx.AsyncClient(trust_env=False) as http:
        rows = await http.get(f"{url}/rest/v1/messages?select=name", headers=headers)
    assert rows.status_code == 200, rows.text
    return [row["name"] for row in rows.json()]


async def sign(stack: Stack, script: str, name: str) -> None:
    url, headers = await database(stack, script)
    async with httpx.AsyncClient(trust_env=False) as http:
        body = {"name": name, "message": "So it is"}
        made = await http.post(f"{url}/rest/v1/messages", json=body, headers=headers)
    assert made.status_code == 201, made.text
