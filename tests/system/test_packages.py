"""A wish needs a package: it comes, is live, stays and goes; and what cannot be had is told."""

import json
import re

import httpx
import pytest
from playwright.async_api import expect

from common.contracts import PACKAGE_FILES
from dev.browser import visit
from dev.stack.stack import Stack
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

PACKAGE = "qrcode.react"


async def test_a_package_comes_with_a_wish_and_goes_again(api: Api, stack: Stack) -> None:
    app, run = await api.create_app("A list of plants with a name and a QR code")
    await api.succeeded(app, run)
    assert await wanted(api, app) == [PACKAGE]
    await the_code_is_shown(stack, app, shown=True)

    run = await api.send(app, "Rename the heading to My plants")
    await api.succeeded(app, run)
    assert await wanted(api, app) == [PACKAGE]
    await the_code_is_shown(stack, app, shown=True)

    run = await api.send(app, "[[script:removes-package]]")
    await api.succeeded(app, run)
    assert await wanted(api, app) == []
    assert await package_files(api, app) == await package_files(api, app, version=0)
    await the_code_is_shown(stack, app, shown=False)


async def test_what_cannot_be_had_is_told_and_the_run_goes_on(api: Api, stack: Stack) -> None:
    app, run = await api.create_app("Without packages [[script:refused-packages]]")
    final = await api.succeeded(app, run)
    assert (final["recoveries"], await wanted(api, app)) == (0, [])
    told = await told_by_tools(stack, app)
    for name, reason in (
        ("moment", r"^package_refused: .*date-fns"),
        ("sharp", r"^package_refused: "),
        ("qrcode.raect", rf"^package_\w+: .*{re.escape(PACKAGE)}"),
        ("is-odd", r"range|version|git"),
        ("a-package-that-nobody-has-ever-published-here", r"^package_\w+: "),
    ):
        assert re.search(reason, told[name]), (name, told[name])


async def wanted(api: Api, app: str) -> list[str]:
    packages = (await api.get(f"/v1/apps/{app}/packages"))["packages"]
    return [one["name"] for one in packages if one["wanted"]]


async def package_files(api: Api, app: str, version: int | None = None) -> list[str]:
    query = "" if version is None else f"?version={version}"
    return [(await api.http.get(f"/v1/apps/{app}/files/{path}{query}")).text for path in PACKAGE_FILES]


async def the_code_is_shown(stack: Stack, app: str, *, shown: bool) -> None:
    async with visit(stack.app_url(f"{app}-preview")) as (page, complaints):
        await page.get_by_role("link", name="Share").click()
        await expect(page.get_by_role("heading", name="Share")).to_be_visible()
        code = page.get_by_role("img", name=re.compile("QR code of http"))
        await expect(code).to_have_count(1 if shown else 0)
        assert complaints == []


async def told_by_tools(stack: Stack, app: str) -> dict[str, str]:
    """What the app's model was answered, by the package it had asked for."""
    async with httpx.AsyncClient(base_url=stack.simulator_url, trust_env=False) as simulator:
        logged = (await simulator.get("/__sim/requests")).json()["requests"]
        bodies = [(await simulator.get(f"/__sim/requests/{one['id']}")).json() for one in logged[-12:]]
    blocks = [
        block
        for body in bodies
        if app in json.dumps(body)
        for message in body["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
    ]
    names = {block["id"]: block["input"].get("name") for block in blocks if block["type"] == "tool_use"}
    return {
        names[block["tool_use_id"]]: block["content"] if isinstance(block["content"], str)
        else "".join(part.get("text", "") for part in block["content"])
        for block in blocks if block["type"] == "tool_result" and names.get(block["tool_use_id"])
    }  # fmt: skip
