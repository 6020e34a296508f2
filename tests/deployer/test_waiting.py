"""Deployments that Cloudflare keeps waiting: they wait in the queue, and go live when it lets them."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from common.clock import utcnow
from common.contracts import DeploymentState
from common.testing.budget import within
from tests.deployer.artifacts import small_app
from tests.deployer.service import BLOCK_ENDS, WAIT, World, asked, new_app, problem_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOWN = {"status": 503, "headers": {"retry-after": "1"}, "body": "<html>down</html>"}
SLOW_DOWN = {"status": 429, "headers": {"retry-after": "90"}, "body": "slow down"}


async def throttle_ends(world: World) -> None:
    """As after the time that Cloudflare has named."""
    await world.clear_faults()
    await world.execute(BLOCK_ENDS)
    await world.execute("UPDATE deployments SET retry_at = now() WHERE retry_at IS NOT NULL")


async def counted(world: World, metric: str) -> None:
    """Once the service's metrics have a line like it."""
    address = f"http://127.0.0.1:{world.environment['METRICS_PORT']}/metrics"
    async with world.http() as http, asyncio.timeout(WAIT):
        while not re.search(metric, (await http.get(address)).text):
            await asyncio.sleep(0.05)


async def test_a_throttled_deployment_waits_as_long_as_it_is_told_and_goes_live_then(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", SLOW_DOWN)
    request = asked(app_id, artifact=await clean.upload(app_id, small_app("Let through")))
    began = utcnow()
    await clean.send(request)

    view = await clean.waiting(request)
    assert (view["state"], view["problem"]) == ("deploying", None)
    assert view["waiting"]["code"] == "cloudflare_throttled"
    until = datetime.fromisoformat(view["waiting"]["until"])
    assert timedelta(seconds=90) <= until - began < timedelta(seconds=90 + within(10))
    calls = await clean.api_calls(script)
    assert calls.count(f"PUT /workers/scripts/{script}") == 1, "it does not ask again before"
    told = await clean.told_to_wait(request.deployment_id)
    assert (told.code, told.message) == ("cloudflare_throttled", view["waiting"]["message"])
    assert abs(told.until - until) < timedelta(seconds=within(5)), "by the service's clock"

    await counted(
        clean, r'deployments_delayed_total{code="cloudflare_throttled",environment="preview"} [1-9]'
    )
    await counted(clean, r'deployments_waiting{kind="preview"} [1-9]')

    clean.stop(signal.SIGKILL)  # what waits needs nobody who remembers it
    await clean.start()
    assert (await clean.seen(request))["waiting"]["until"] == view["waiting"]["until"]
    await throttle_ends(clean)
    assert (await clean.finished(request.deployment_id)).state is DeploymentState.DEPLOYED
    assert "Let through" in (await clean.load(script)).text
    assert (await clean.seen(request))["waiting"] is None


async def test_a_deployment_outlives_an_outage_and_keeps_no_other_waiting(hasty: World) -> None:
    app_id, script = new_app()
    await hasty.fault("PUT", f"{script}$", *[DOWN] * 500)
    request = asked(app_id, artifact=await hasty.upload(app_id, small_app("Patient")))
    await hasty.send(request)
    view = await hasty.waiting(request)
    assert view["waiting"]["code"] == "cloudflare_unavailable"
    assert "503" in view["waiting"]["message"]
    other = await hasty.deploy(new_app()[0], small_app("Other"))
    assert other.state is DeploymentState.DEPLOYED
    await hasty.clear_faults()
    assert (await hasty.finished(request.deployment_id)).state is DeploymentState.DEPLOYED
    assert "Patient" in (await hasty.load(script)).text


async def test_a_later_version_does_not_wait_for_one_that_waits(clean: World) -> None:
    app_id, script = new_app()
    await clean.fault("PUT", f"{script}$", {"status": 503, "headers": {"retry-after": "90"}, "body": "away"})
    first = asked(app_id, artifact=await clean.upload(app_id, small_app("First")))
    await clean.send(first)
    await clean.waiting(first)
    second = await clean.deploy(app_id, small_app("Second"), version=2)
    assert second.state is DeploymentState.DEPLOYED
    await throttle_ends(clean)
    done = await clean.finished(first.deployment_id)
    assert (done.state, done.superseded_by) == (DeploymentState.SUPERSEDED, second.deployment_id)
    assert "Second" in (await clean.load(script)).text


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty(service: World) -> AsyncIterator[World]:
    """The service with calls that wait for nothing."""
    service.stop()
    service.environment["CLOUDFLARE_WAIT_SECONDS"] = "0.5"
    await service.clear_faults()
    await service.start()
    yield service


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def impatient(hasty: World) -> AsyncIterator[World]:
    """The service with little patience."""
    hasty.stop()
    await hasty.start({"MAX_WAIT_SECONDS": "2"})
    yield hasty


@pytest.mark.parametrize(
    ("answer", "code"), [(DOWN, "cloudflare_unavailable"), (SLOW_DOWN, "cloudflare_throttled")]
)
async def test_a_long_outage_fails_with_its_length_and_the_earlier_one_stays(
    impatient: World, answer: dict[str, Any], code: str
) -> None:
    app_id, script = new_app()
    await impatient.deploy(app_id, small_app("Earlier"))
    await impatient.fault("PUT", f"{script}$", *[answer] * 500)
    done = await impatient.deploy(app_id, small_app("Never"))
    problem = problem_of(done)
    assert problem.code == code
    waited = re.search(r"Gave up after (\d+) s without Cloudflare", problem.message)
    assert waited is not None
    assert int(waited[1]) >= 2
    assert f"HTTP {answer['status']}" in problem.message
    assert "Earlier" in (await impatient.load(script)).text
    await impatient.clear_faults()
    assert (await impatient.deploy(app_id, small_app("Now"))).state is DeploymentState.DEPLOYED
