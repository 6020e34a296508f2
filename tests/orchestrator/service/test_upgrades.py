"""An app's foundation is upgraded: by merging, by the model where both sides meet, and back again."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import orchestrator.__main__
from common.contracts import ErrorCategory
from common.ids import new_id
from dev.stack.environment import service_settings
from tests.orchestrator.service.foundations import (
    ABOUT,
    CHANGES,
    CORE,
    HOME,
    LINES,
    NEW,
    OLD,
    page,
    release,
    small_app,
)
from tests.orchestrator.service.gates import Gate, killed_at
from tests.orchestrator.service.world import QUICK, SECONDS, World, crash, deployed, green, pages, red

pytestmark = [pytest.mark.xdist_group("orchestrator-upgrades"), pytest.mark.asyncio(loop_scope="session")]

QUICK_FILE = "src/lib/quick.ts"
MINE = 'export const heading = "h1: my birds";'
THEIRS = 'export const heading = "h2: welcome [[script:merges]]";'
BOTH = 'export const heading = "h2: my birds";'


async def upgrade(world: World, app: str, **body: Any) -> dict[str, Any]:
    found: dict[str, Any] = await world.api.post(f"/v1/apps/{app}/template/upgrade", body)
    return found


async def contents(world: World, app: str, *paths: str) -> list[str]:
    return [(await world.api.http.get(f"/v1/apps/{app}/files/{path}")).text for path in paths]


async def paths(world: World, app: str) -> list[str]:
    return [file["path"] for file in (await world.api.get(f"/v1/apps/{app}/files"))["files"]]


async def asked_model(world: World, app: str) -> int:
    return len(await world.asked_model(app))


async def test_what_only_one_side_has_changed_is_merged_without_a_model(world: World, tmp_path: Path) -> None:
    home = page(one="// my page", two='export const heading = "mine";')
    app, name = await small_app(world, tmp_path, home=home, new_home=page(five="// the new end"))
    asked = await asked_model(world, app)
    planned = await upgrade(world, app, to="1.3", dry_run=True)
    assert planned["plan"] == {
        "from": f"{name}@1.2.0",
        "to": f"{name}@1.3.0",
        "version": 2,
        "added": ["src/core/more.ts"],
        "changed": [CORE, ABOUT, HOME],
        "removed": [],
        "merged": [HOME],
        "conflicts": [],
        "moved": {},
        "changes": CHANGES,
    }
    assert (planned["message"], planned["run"]) == (None, None)
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.2.0"

    begun = await upgrade(world, app)
    assert begun["plan"] == planned["plan"]
    built = await world.build(app, 2)
    assert str(built.template) == f"{name}@1.3.0"
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.2.0"
    await world.live(app, 2)
    final = await world.api.succeeded(app, begun["run"]["id"])
    assert (final["base_version"], final["version"]) == (2, 3)
    assert final["upgrade"] == {"from": f"{name}@1.2.0", "to": f"{name}@1.3.0", "conflicts": []}
    merged = page(one="// my page", two='export const heading = "mine";', five="// the new end")
    assert await contents(world, app, HOME, ABOUT, CORE) == [
        merged,
        "// about us\n",
        "export const env = 2;\n",
    ]
    assert QUICK_FILE in await paths(world, app)
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.3.0"
    assert await asked_model(world, app) == asked
    said = (await world.api.get(f"/v1/apps/{app}/messages"))["items"][-2:]
    assert [(one["type"], one["billing_ignore"]) for one in said] == [("upgrade", True), ("reply", False)]
    assert f"{name}@1.3.0 now" in said[1]["content"]


async def test_an_upgrade_lets_deployments_be_and_is_undone_by_restoring_the_version_before(
    world: World, tmp_path: Path
) -> None:
    app, name = await small_app(world, tmp_path, home=page(one="// mine"), new_home=page(five="// new"))
    old, new, files = f"{name}@1.2.0", f"{name}@1.3.0", f"/v1/apps/{app}/files"
    before = (await world.api.get(files))["files"]
    await world.api.post(f"/v1/apps/{app}/deployments", {"environment": "production"})
    begun = await upgrade(world, app)
    asked = [await world.build(app, nth) for nth in (2, 3)]
    assert [str(one.template) for one in asked] == [old, new]
    for method, path in (("PUT", f"{files}/{ABOUT}"), ("POST", f"/v1/apps/{app}/versions/2/restore")):
        refused = await world.api.http.request(method, path)
        assert (refused.status_code, refused.json()["code"]) == (409, "run_active")
    await world.live(app, 2)
    await world.live(app, 3)
    await world.api.succeeded(app, begun["run"]["id"])
    live = (await world.api.get(f"/v1/apps/{app}"))["live"]
    assert {where: one["version"] for where, one in live.items()} == {"production": 2, "preview": 3}

    first = (await world.api.get(f"/v1/apps/{app}/deployments"))["items"][-1]
    await world.api.post(f"/v1/apps/{app}/deployments/{first['id']}/rollback")
    await world.say(deployed(await world.rollback(app)))
    await world.api.put_file(app, ABOUT, b"// mine, too")
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == new

    await world.api.post(f"/v1/apps/{app}/versions/2/restore")
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == old
    assert (await world.api.get(files))["files"] == before
    versions = (await world.api.get(f"/v1/apps/{app}/versions"))["items"]
    assert [one["template"] for one in versions] == [old, new, new, old, old, old]
    run = await world.api.send(app, "Another [[script:other]]")
    assert str((await world.build(app, 4)).template) == old
    await world.live(app, 4, failed=-1)
    await world.api.succeeded(app, run)


async def test_where_both_meet_the_model_resolves_it_at_the_platforms_cost(
    world: World, tmp_path: Path
) -> None:
    home = page(two=MINE, four="// my own")
    app, _ = await small_app(world, tmp_path, home=home, new_home=page(two=THEIRS, five="// new"))
    begun = await upgrade(world, app)
    assert begun["plan"]["conflicts"] == [HOME]
    await world.live(app, 2)
    final = await world.api.succeeded(app, begun["run"]["id"])
    assert final["upgrade"]["conflicts"] == [HOME]
    merged = page(two=BOTH, four="// my own", five="// new")
    assert await contents(world, app, HOME, CORE) == [merged, "export const env = 2;\n"]
    told = opening(await world.asked_model(app))
    assert "\n- `env` is another.\n- `more` can be imported.\n" in told
    assert f"== {HOME}\n@@ -1,6 +1,6 @@\n" in told
    assert f"\n-{LINES[1]}\n+{THEIRS}\n" in told
    assert "\n-// the end\n+// new\n" in told
    lines = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    of_upgrade = [line for line in lines if line["version"] == final["version"]]
    assert [(line["billing_class"], line["billed"]) for line in of_upgrade] == [("platform", False)]
    reply = (await world.api.get(f"/v1/apps/{app}/messages"))["items"][-1]["content"]
    assert reply == "The heading is the app's and new."


def opening(asked: list[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    """What the app's last run was told first."""
    return "\n".join(block["text"] for block in asked[-1][1]["messages"][0]["content"])


async def test_a_merge_that_does_not_build_goes_to_the_model(world: World, tmp_path: Path) -> None:
    home = page(one="// mine [[script:merges]]")
    app, name = await small_app(world, tmp_path, home=home, new_home=page(five="// new"))
    begun = await upgrade(world, app)
    await world.say(red(await world.build(app, 2)))
    await world.say(green(await world.build(app, 3)))
    await world.deploy(app, 2)
    final = await world.api.succeeded(app, begun["run"]["id"])
    assert (final["recoveries"], final["version"]) == (1, 3)
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.3.0"
    usage = (await world.api.get(f"/v1/apps/{app}/usage"))["lines"]
    assert {line["billing_class"] for line in usage if line["version"] == 3} == {"platform"}


async def test_an_upgrade_that_fails_leaves_the_app_as_it_was(world: World, tmp_path: Path) -> None:
    app, name = await small_app(world, tmp_path, home=page(one="// mine"), new_home=page(five="// new"))
    before = await world.api.get(f"/v1/apps/{app}/files")
    begun = await upgrade(world, app)
    await world.say(red(await world.build(app, 2), category=ErrorCategory.INFRASTRUCTURE))
    final = await world.api.ended(app, begun["run"]["id"])
    assert (final["state"], final["draft"]) == ("failed", False)
    assert await world.api.get(f"/v1/apps/{app}/files") == before
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.2.0"
    run = await world.api.send(app, "Another [[script:other]]")
    built = await world.build(app, 3)
    assert str(built.template) == f"{name}@1.2.0"
    await world.live(app, 3, failed=1)
    assert (await world.api.succeeded(app, run))["draft_run_id"] is None


async def test_a_version_that_does_not_run_takes_its_foundation_back_with_it(
    world: World, tmp_path: Path
) -> None:
    app, name = await small_app(
        world, tmp_path, home=page(one="// mine [[script:merges]]"), new_home=page(five="// new")
    )
    begun = await upgrade(world, app)
    finished = green(await world.build(app, 2))
    await world.say(finished, seen=False)
    await world.deploy(app, 2)
    await world.api.event(app, lambda event: event.type == "deploy.finished" and event.data["version"] == 3)
    assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.3.0"
    await world.say(pages(finished, crash()))
    await world.say(red(await world.build(app, 3), category=ErrorCategory.INFRASTRUCTURE))
    final = await world.api.ended(app, begun["run"]["id"])
    assert (final["state"], final["version"]) == ("failed", 3)
    now = await world.api.get(f"/v1/apps/{app}")
    assert (now["template"], now["head"]) == (f"{name}@1.2.0", 2)


async def test_one_upgrade_at_a_time_and_only_to_what_is_newer(world: World, tmp_path: Path) -> None:
    app, _ = await small_app(world, tmp_path, new_home=page(five="// new"))
    url = f"/v1/apps/{app}/template/upgrade"
    for body, status, code in (
        ({"to": "1.2.0"}, 409, "already_current"),
        ({"to": "1.2", "dry_run": True}, 409, "already_current"),
        ({"to": "7"}, 404, "template_not_found"),
        ({"to": "../1"}, 422, "invalid_request"),
    ):
        answer = await world.api.http.post(url, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    key = {"Idempotency-Key": new_id("key")}
    begun = await world.api.post(url, {}, **key)
    assert await world.api.post(url, {}, **key) == begun
    for _ in range(2):
        answer = await world.api.http.post(url, json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "run_active")
    await world.live(app, 2)
    await world.api.succeeded(app, begun["run"]["id"])
    answer = await world.api.http.post(url, json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_current")
    assert (await world.other.http.post(url, json={})).status_code == 404


async def test_of_two_upgrades_at_once_one_begins(world: World, tmp_path: Path) -> None:
    app, _ = await small_app(world, tmp_path, new_home=page(five="// new"))
    url = f"/v1/apps/{app}/template/upgrade"
    answers = await asyncio.gather(*(world.api.http.post(url, json={}) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [202, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"run_active"}
    await world.live(app, 2)
    (run,) = [answer.json()["run"]["id"] for answer in answers if answer.status_code == 202]
    assert (await world.api.succeeded(app, run))["version"] == 2
    await world.api.http.delete(f"/v1/apps/{app}")
    gone = await world.api.http.post(url, json={"to": "1.3.0"})
    assert (gone.status_code, gone.json()["code"]) == (404, "app_not_found")


async def test_a_file_of_the_app_moves_on_with_what_imports_it(world: World, tmp_path: Path) -> None:
    app, name = await small_app(world, tmp_path, new_home=page())
    home = 'import { shelf } from "@/kept/shelf";\n' + page()
    for path, content in ((HOME, home), ("src/kept/shelf.ts", "export const shelf = 1;\n")):
        await world.api.put_file(app, path, content.encode())
    await release(world, tmp_path, name, "2.0.0", {**OLD, **NEW, "src/kept/index.ts": "export {};\n"},
                  locks=["src/kept/**"])  # fmt: skip
    asked = await asked_model(world, app)
    begun = await upgrade(world, app)
    moved = {"src/kept/shelf.ts": "src/moved/kept/shelf.ts"}
    assert (begun["plan"]["moved"], begun["plan"]["conflicts"]) == (moved, [])
    await world.live(app, 2)
    await world.api.succeeded(app, begun["run"]["id"])
    assert await contents(world, app, HOME, "src/moved/kept/shelf.ts") == [
        home.replace("@/kept", "@/moved/kept"),
        "export const shelf = 1;\n",
    ]
    said = (await world.api.get(f"/v1/apps/{app}/messages"))["items"][-1]["content"]
    assert "src/kept/shelf.ts is now src/moved/kept/shelf.ts" in said
    assert await asked_model(world, app) == asked


HOLE = {"hole": "A page showed what people typed as HTML.", "since": "1.0.0"}


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def leaky(world: World, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A template with a hole, which the orchestrator, asking now and then, has heard of some tests later."""
    name, folder = f"leaky-{new_id('t').partition('_')[2]}", tmp_path_factory.mktemp("leaky")
    await release(world, folder, name, "1.2.0", OLD)
    await release(world, folder, name, "1.2.1", {**OLD, HOME: page(five="// newer")}, security=[HOLE])
    return name


async def test_an_app_whose_foundation_has_a_known_hole_is_listed(world: World, leaky: str) -> None:
    created = await world.api.post("/v1/apps", {"prompt": QUICK, "template": f"{leaky}@1.2.0"})
    app = created["app"]["id"]
    created = await world.api.post("/v1/apps", {"prompt": QUICK, "template": f"{leaky}@1.2.1"})
    other = created["app"]["id"]
    async with asyncio.timeout(SECONDS):
        while not (told := await world.api.get(f"/v1/apps/{app}"))["advisories"]:
            await asyncio.sleep(0.2)
    assert told["advisories"] == [{"hole": HOLE["hole"], "fixed_in": "1.2.1"}]
    assert told["template_latest"] == f"{leaky}@1.2.1"
    for lack in ("vulnerable", "outdated"):
        listed = (await world.api.get(f"/v1/apps?foundation={lack}&limit=100"))["items"]
        ids = [one["id"] for one in listed]
        assert app in ids
        assert other not in ids
        assert next(one for one in listed if one["id"] == app)["advisories"] == told["advisories"]
    assert (await world.api.http.get("/v1/apps?foundation=fine")).status_code == 422
    for one in (app, other):
        await world.api.http.delete(f"/v1/apps/{one}")


# Those first for which builds and deployments end: who waits at their gates keeps others from it.
STEPS = {
    "ending": Gate("runs", {"state": "succeeded"}),
    "making the version": Gate("runs", {"state": "deploying"}),
    "merging": Gate("runs", {"state": "generating"}, {"state": "preparing"}),
    "asking the model": Gate("turns", {"seq": 1}),
    "writing": Gate("tool_results", {"tool": "line_replace"}),
    "checking": Gate("runs", {"state": "checking"}),
}


async def test_a_crash_at_any_step_changes_nothing(world: World, tmp_path: Path) -> None:
    """One kill, an app at each step."""
    home, new_home = page(two=MINE, four="// mine"), page(two=THEIRS, five="// new")
    begun = {step: await small_app(world, tmp_path / step, home=home, new_home=new_home) for step in STEPS}
    gates = {requested(name): STEPS[step] for step, (_, name) in begun.items()}
    runs: dict[str, str] = {}
    async with killed_at(world, gates):
        for step, (app, _) in begun.items():
            runs[step] = (await upgrade(world, app))["run"]["id"]
            if step in {"ending", "making the version"}:
                await world.say(green(await world.build(app, 2)))
            if step == "ending":
                await world.deploy(app, 2)
    for step, (app, name) in begun.items():
        await world.live(app, 2)  # what the dead process had in hand comes once more by itself, but later
        final = await world.api.succeeded(app, runs[step])
        assert (final["version"], final["error_code"]) == (3, None), step
        merged = page(two=BOTH, four="// mine", five="// new")
        assert await contents(world, app, HOME) == [merged], step
        assert (await world.api.get(f"/v1/apps/{app}"))["template"] == f"{name}@1.3.0"
        versions = (await world.api.get(f"/v1/apps/{app}/versions"))["items"]
        assert [one["number"] for one in versions] == [3, 2, 1, 0], step


def requested(name: str) -> str:
    return (
        f"Upgrade the app's foundation from {name}@1.2.0 to {name}@1.3.0. The app goes on "
        "doing what it does, and looks as it looks."
    )


class Command:
    """The operators' command, run as they do but for the process, whose start takes seconds."""

    def __init__(
        self, world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings = service_settings(world.stack.config, world.stack.credentials, "orchestrator")
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        self._monkeypatch, self._capsys = monkeypatch, capsys

    async def __call__(self, *arguments: str) -> tuple[int, list[str]]:
        """Exit status, and the lines that were written."""
        self._monkeypatch.setattr(sys, "argv", ["orchestrator", "upgrade", *arguments])
        async with asyncio.timeout(SECONDS):
            status = await asyncio.to_thread(orchestrator.__main__.main)
        return status, self._capsys.readouterr().out.splitlines()


async def test_operators_upgrade_all_apps_of_a_template(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = Command(world, monkeypatch, capsys)
    home = page(two=MINE)
    app, name = await small_app(world, tmp_path, home=home, new_home=page(two=THEIRS))
    current = await world.api.post("/v1/apps", {"prompt": QUICK, "template": f"{name}@1.3.0"})
    await world.live(current["app"]["id"])
    await world.api.succeeded(current["app"]["id"], current["run"]["id"])
    created = await world.api.post("/v1/apps", {"prompt": QUICK, "template": f"{name}@1.2.0"})
    plain = created["app"]["id"]
    told = f"{name}@1.2.0 -> {name}@1.3.0"
    status, lines = await command(name)
    assert status == 1  # the second app's first run is under way
    about = {line.partition(" ")[0]: line for line in lines}
    assert set(about) == {app, plain}
    assert about[app] == f"{app} {told}, for the model: {HOME}"
    assert about[plain].startswith(f"{plain} not upgraded: A run of the app is under way")
    await world.live(plain)
    await world.api.succeeded(plain, created["run"]["id"])
    await world.live(app, 2)
    run = (await world.api.get(f"/v1/apps/{app}/runs"))["items"][0]
    await world.api.succeeded(app, run["id"])

    assert await command(name, "--dry-run") == (0, [f"{plain} {told}"])
    assert (await world.api.get(f"/v1/apps/{plain}/runs"))["items"][0]["upgrade"] is None
    assert await command(name, "--to", "1") == (0, [f"{plain} {told}"])
    await world.live(plain, 2)
    run = (await world.api.get(f"/v1/apps/{plain}/runs"))["items"][0]
    await world.api.succeeded(plain, run["id"])
    assert await command(name) == (0, [])
    assert (await command("nothing-of-the-kind"))[0] == 1
