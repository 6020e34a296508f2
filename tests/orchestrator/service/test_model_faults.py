"""A model or a vendor that misbehaves: the run goes on to its build, or ends with a clear reason."""

from typing import Any

import pytest
import pytest_asyncio

from tests.orchestrator.service.world import World

pytestmark = [pytest.mark.xdist_group("orchestrator-runs"), pytest.mark.asyncio(loop_scope="session")]

BOOKS = "A reading list with title, author and a done flag"
BROUGHT_BACK = (
    "rate-limited",
    "overloaded",
    "cut-stream",
    "cut-after-tool",
    "unknown-tool",
    "nonsense",
    "hostile-paths",
    "max-tokens",
    "stops-once",
    "thinks",
    "hangs",
)
GIVEN_UP = {"stops-early": "model_gave_up", "always-overloaded": "model_unavailable"}
NO_SUCH_SCRIPT = {"there-is-no-such-script": "model_rejected"}

Started = dict[str, tuple[str, str]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def begun(world: World) -> Started:
    """An app and its run for each script; they are worked on at the same time."""
    names = (*BROUGHT_BACK, *GIVEN_UP, *NO_SUCH_SCRIPT)
    return {name: await world.api.create_app(f"{BOOKS} [[script:{name}]]") for name in names}


@pytest.mark.parametrize("script", BROUGHT_BACK)
async def test_the_run_comes_to_its_build_and_goes_live(world: World, begun: Started, script: str) -> None:
    app, run = begun[script]
    await world.live(app)
    final = await world.api.succeeded(app, run)
    assert final["version"] == 1
    diff = await world.api.get(f"/v1/apps/{app}/versions/1/diff")
    assert diff["added"], "nothing was written"
    assert not [path for path in diff["added"] if "escaped" in path or ".." in path]
    locked = {"package.json", "vite.config.ts", "index.html", "tsconfig.json"}
    assert not locked & {*diff["changed"], *diff["removed"]}


async def test_hostile_paths_leave_no_trace_in_the_tree(world: World, begun: Started) -> None:
    app, run = begun["hostile-paths"]
    await world.api.ended(app, run)
    refused = [e.data for e in await world.api.log(app) if e.type == "tool.called" and not e.data["ok"]]
    assert len(refused) >= 15
    assert all(call["message"] for call in refused)
    files = {file["path"] for file in (await world.api.get(f"/v1/apps/{app}/files"))["files"]}
    for path in ("tsconfig.extra.json", "src/lib/big.ts", "src/con.ts", ".git/hooks/post-checkout"):
        assert path not in files
    assert all(not path.startswith(("/", "..", "node_modules/", ".git/")) for path in files)


@pytest.mark.parametrize(("script", "code"), {**GIVEN_UP, **NO_SUCH_SCRIPT}.items())
async def test_the_run_ends_with_a_reason_and_keeps_the_message(
    world: World, begun: Started, script: str, code: str
) -> None:
    app, run = begun[script]
    final = await world.api.ended(app, run)
    assert (final["state"], final["error_code"], final["version"]) == ("failed", code, None)
    assert len(final["error_message"]) > 30
    messages: list[dict[str, Any]] = (await world.api.get(f"/v1/apps/{app}/messages"))["items"]
    assert [message["type"] for message in messages] == ["prompt", "failure"]
    assert script in messages[0]["content"]
    assert messages[1]["content"] == final["error_message"]
    assert (await world.api.get(f"/v1/apps/{app}"))["head"] == 0
    assert (await world.api.get(f"/v1/apps/{app}/versions/0"))["origin"] == "template"
    assert world.builds(app) == []


async def test_what_went_wrong_is_paid_for_once(world: World, begun: Started) -> None:
    """A turn that broke off and was asked for again is in the ledger, as the vendor bills it."""
    app, run = begun["cut-stream"]
    await world.api.ended(app, run)
    [line] = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    asked = [entry for entry in await world.model_requests("cut-stream") if entry["usage"]]
    assert line["turns"] == len(asked)
    assert line["input_tokens"] == sum(entry["usage"]["input_tokens"] for entry in asked)
