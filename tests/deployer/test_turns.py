"""Deployers that share an account: they keep to its limit, and nobody waits beyond its turn."""

from collections import Counter
from functools import partial
from pathlib import Path

from common.contracts import DeploymentProgressed, DeploymentState, Environment
from dev.edge.launcher import Edge, running_edge
from tests.deployer.artifacts import small_app
from tests.deployer.service import BLOCK_ENDS, asked, new_app, world

PREVIEWS = 8
LIMIT = {"calls": "10", "seconds": "3"}
BLOCK = """
    UPDATE call_budgets
    SET tokens = 0, filled_at = now() + interval '1 h', blocked_until = now() + interval '1 h'
"""


async def answers(edge: Edge) -> Counter[int]:
    async with edge.control() as control:
        requests = (await control.get("/requests")).json()["requests"]
    return Counter(entry["status"] for entry in requests)


async def test_a_flood_of_previews_keeps_to_the_limit_and_delays_no_production(
    tmp_path: Path, postgres_url: str, nats_url: str
) -> None:
    rate = {"EDGE_RATE_CALLS": LIMIT["calls"], "EDGE_RATE_SECONDS": LIMIT["seconds"]}
    settings = {"CLOUDFLARE_CALLS": LIMIT["calls"], "CLOUDFLARE_CALLS_SECONDS": LIMIT["seconds"]}
    deployer = partial(world, postgres_url=postgres_url, nats_url=nats_url, settings=settings)
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
    async with (
        running_edge(tmp_path / "edge", env=rate) as edge,
        deployer(edge, folder=tmp_path / "one") as one,
        deployer(edge, folder=tmp_path / "other"),
    ):
        apps = [new_app()[0] for _ in range(PREVIEWS)]
        previews = [asked(app, artifact=await one.upload(app, small_app())) for app in apps]
        app, _ = new_app()
        production = asked(
            app, environment=Environment.PRODUCTION, artifact=await one.upload(app, small_app("Public"))
        )
        await one.execute(BLOCK)
        for request in (*previews, production):
            await one.send(request)
        for request in (*previews, production):
            view = await one.waiting(request)
            assert (view["state"], view["waiting"]["code"]) == ("pending", "cloudflare_throttled")
        await one.execute(BLOCK_ENDS)
        for request in (*previews, production):
            assert (await one.finished(request.deployment_id)).state is DeploymentState.DEPLOYED
        told = await answers(edge)
        begun = [
            event.deployment_id
            for event in one.events
            if isinstance(event, DeploymentProgressed) and event.phase == "deploying"
        ]
    assert told[429] == 0
    assert told.total() >= 2 * len(previews), "more than the limit of one period"
    assert begun.index(production.deployment_id) < PREVIEWS / 2
