"""Each service is killed in the middle of a run and started again: the run ends as if nothing had been."""

from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from dev.stack.client import Event
from dev.stack.stack import Stack
from tests.system.api import Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]


def _third_file(event: Event) -> bool:
    return event.type == "file.written" and event.data["path"].endswith("note3.ts")


def _event(kind: str) -> Callable[[Event], bool]:
    return lambda event: event.type == kind and event.data["run_id"] is not None


@pytest.mark.parametrize(
    ("service", "moment"),
    [
        ("orchestrator", _third_file),
        ("builder", _event("build.started")),
        ("deployer", _event("deploy.started")),
        ("templates", _event("run.queued")),
    ],
    ids=["orchestrator", "builder", "deployer", "templates"],
)
async def test_a_run_survives_the_death_of(
    service: str, moment: Callable[[Event], bool], stack: Stack, api: Api
) -> None:
    async with httpx.AsyncClient(base_url=stack.simulator_url, trust_env=False) as simulator:
        await simulator.delete("/__sim/requests")
        app, run = await api.create_app("A list of plants with a name and a watered flag [[script:slow]]")
        await api.event(app, moment)
        await stack.kill(service)
        await stack.start(service)
        await stack.wait_ready(service)
        final = await api.succeeded(app, run)
        requests = (await simulator.get("/__sim/requests")).json()
    versions = (await api.get(f"/v1/apps/{app}/versions"))["items"]
    assert [version["number"] for version in versions] == [1, 0]
    assert final["version"] == 1
    asked = Counter(request["sha256"] for request in requests["requests"])
    assert len(asked) > 20, "the slow script takes more turns than that"
    assert asked.total() - len(asked) <= 1, "a model request was repeated more than once"
    live = await api.get(f"/v1/apps/{app}")
    page = await _load(stack, live["live"]["preview"]["url"])
    assert app in page


async def _load(stack: Stack, url: str) -> str:
    host = httpx.URL(url).netloc.decode()
    async with httpx.AsyncClient(trust_env=False) as http:
        response = await http.get(stack.edge_apps_url, headers={"host": host})
    assert response.status_code == httpx.codes.OK
    return response.text
