"""The README's first calls, word for word, against a running stack."""

import asyncio
import contextlib
import json
import os
import re
import signal
from dataclasses import dataclass, field
from typing import Any

import pytest

from dev.stack.config import ROOT
from dev.stack.stack import Stack
from tests.system.api import RUN_SECONDS, Api

pytestmark = [
    pytest.mark.system,
    pytest.mark.xdist_group("system"),
    pytest.mark.asyncio(loop_scope="session"),
]

README = (ROOT / "README.md").read_text(encoding="utf-8")
MARKER = "<!-- The test suite runs these commands against a running stack. -->"
# Commands stay as they are; curl only tells errors by its exit code.
STRICT = 'curl() { command curl --fail-with-body "$@"; }\n'


@dataclass
class Shell:
    """Runs commands as a reader does, with the variables that the README tells to set."""

    variables: dict[str, str]
    unused: list[str] = field(default_factory=lambda: commands(README))

    async def run(self, about: str) -> dict[str, Any]:
        """The answer to the next command, which must be the one about that."""
        process = await self._start(about)
        output, errors = await asyncio.wait_for(process.communicate(), 30)
        assert process.returncode == 0, f"{output.decode()}\n{errors.decode()}"
        answer: dict[str, Any] = json.loads(output)
        return answer

    async def read_until(self, about: str, wanted: str) -> list[str]:
        """What the next command prints, up to the event that is wanted and its data."""
        process = await self._start(about)
        assert process.stdout is not None
        lines: list[str] = []
        try:
            async with asyncio.timeout(RUN_SECONDS):
                while not (lines and lines[-1].startswith("data:") and lines[-2] == f"event: {wanted}"):
                    line = await process.stdout.readline()
                    assert line, f"the stream ended early: {lines[-5:]}"
                    lines.append(line.decode().rstrip("\n"))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)  # curl too, which is what holds the pipe
            await process.communicate()
        return lines

    async def _start(self, about: str) -> asyncio.subprocess.Process:
        command = self.unused.pop(0)
        assert about in command
        return await asyncio.create_subprocess_exec(
            "bash",
            "-ec",
            STRICT + command,
            env={"PATH": os.environ["PATH"], "no_proxy": "*", **self.variables},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )


def commands(markdown: str) -> list[str]:
    """The commands of the block behind the marker, each with its continuation lines."""
    block = re.match(r"\s*```sh\n(.*?)```", markdown.partition(MARKER)[2], re.DOTALL)
    assert block, "the README has no marked block"
    lines = re.sub(r"^#.*\n", "", block[1], flags=re.MULTILINE)
    return [command for command in re.split(r"(?<!\\)\n+", lines) if command.strip()]


async def test_the_first_calls_do_what_the_readme_says(stack: Stack, api: Api) -> None:
    shell = Shell({"API": stack.api_url, "KEY": stack.api_key})
    created = await shell.run("my-first-app")
    app = shell.variables["APP"] = created["app"]["id"]

    lines = await shell.read_until("/events?after=0", "run.succeeded")
    assert lines[: lines.index("")].count("id: 1") == 1, "the first event is the app's first"
    assert json.loads(lines[-1].removeprefix("data:"))["url"] == stack.app_url(f"{app}-preview")

    changed = await shell.run("Rename the heading")
    await api.succeeded(app, changed["run"]["id"])
    edited = await api.http.get(f"/v1/apps/{app}/versions/2/diff")
    assert edited.json()["changed"]

    listed = await shell.run("/deployments")
    assert [item["version"] for item in listed["items"]] == [2, 1]
    shell.variables["DEPLOYMENT"] = listed["items"][-1]["id"]
    rollback = (await shell.run("/rollback"))["deployment"]
    await api.event(
        app, lambda event: event.data.get("deployment_id") == rollback["id"] and "url" in event.data
    )
    live = (await api.get(f"/v1/apps/{app}"))["live"]["preview"]
    assert (live["version"], live["deployment_id"]) == (1, rollback["id"])
    assert len((await api.get(f"/v1/apps/{app}/builds"))["items"]) == 2, "a rollback builds nothing"
    assert not shell.unused


async def test_an_error_looks_as_the_readme_shows_it(api: Api) -> None:
    shown = re.search(r"```json\n(\{.*?\})\n```", README, re.DOTALL)
    assert shown
    example = json.loads(shown[1])
    answer = await api.http.get("/v1/apps/x")
    assert answer.headers["content-type"] == "application/problem+json"
    assert {**answer.json(), **example} == answer.json()
