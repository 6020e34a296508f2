"""Everything is killed, one thing after the other, while several apps are made: all of them are, once."""

import asyncio

import httpx
import pytest

from dev.stack.stack import Stack
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

APPS = 6
VICTIMS = ("nats", "builder", "postgres", "deployer", "edge", "orchestrator", "data", "templates")


async def test_apps_are_made_although_everything_dies_once(stack: Stack, api: Api) -> None:
    created = await asyncio.gather(
        *(api.create_app(f"A list {number} of plants with a name [[script:slow]]") for number in range(APPS))
    )
    last = dict.fromkeys((app for app, _ in created), 0)
    for name in VICTIMS:
        for app in last:
            last[app] = await something_happens(api, app, after=last[app])
        await stack.kill(name)
        await stack.start(name)
        await stack.wait_ready(name)
    ends = await asyncio.gather(*(reached(api, app, run) for app, run in created))
    assert [end["state"] for end in ends] == ["succeeded"] * APPS, ends
    for app, _ in created:
        versions = (await api.get(f"/v1/apps/{app}/versions"))["items"]
        assert [version["number"] for version in versions] == [1, 0]
        numbers = [event.seq for event in await api.log(app) if event.seq is not None]
        assert numbers == list(range(1, len(numbers) + 1))


async def something_happens(api: Api, app: str, *, after: int) -> int:
    """The number of the app's next event, or of its last: what was killed before has not stopped it."""
    final = {"run.succeeded", "run.failed"}
    seen = await api.event(
        app, lambda event: event.seq is not None and (event.seq > after or event.type in final)
    )
    assert seen.seq is not None
    return seen.seq


async def reached(api: Api, app: str, run: str) -> dict[str, object]:
    """The run's end, also when the API is away at the moment of asking."""
    await api.event(
        app, lambda event: event.data.get("run_id") == run and event.type in {"run.succeeded", "run.failed"}
    )
    return await patiently(api, f"/v1/runs/{run}")


async def patiently(api: Api, path: str) -> dict[str, object]:
    """What the API answers once it can."""
    async with asyncio.timeout(120):
        while True:
            try:
                answer = await api.http.get(path)
            except httpx.TransportError:
                answer = httpx.Response(httpx.codes.SERVICE_UNAVAILABLE)
            if answer.status_code == httpx.codes.OK:
                found: dict[str, object] = answer.json()
                return found
            await asyncio.sleep(0.1)
