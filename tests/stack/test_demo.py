"""The main job, run as a person runs it: `python -m dev.stack demo`, which is what `make demo` calls."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dev.stack.config import DEFAULT_PORTS, StackConfig, port_variable
from tests.caches import BUILDER_CACHE
from tests.stack.programs import ROOT, children, running
from tests.users import open_folder

DEMO_SECONDS = 600.0

pytestmark = pytest.mark.system


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    with open_folder() as state:
        yield environment_of(state)


def environment_of(state: Path) -> dict[str, str]:
    config = StackConfig.temporary(state)
    ports = {port_variable(name): str(config.ports[name]) for name in DEFAULT_PORTS}
    cache = {"BUILDER_CACHE_DIR": str(BUILDER_CACHE)}
    unset = {"ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "CLOUDFLARE_API_TOKEN"}
    base = {key: value for key, value in os.environ.items() if key not in unset}
    return {**base, **ports, **cache, "OVERSKILL_STATE_DIR": str(state)}


async def test_a_prompt_becomes_an_app_that_a_second_demo_finds_and_serves_until_ctrl_c(
    environment: dict[str, str],
) -> None:
    async with demo({**environment, "ONESHOT": "1"}) as process:
        printed = await output(process)
        assert process.returncode == 0, printed
    app = re.search(r"Your app +(http://\S+)", printed)
    assert app, printed
    for part in ("file ", "build ", "deploy ", "tokens in", "API key    osk_", "/docs", "of 900,000 bytes"):
        assert part in printed

    async with demo({**environment, "PROMPT": "A plant diary with name and date"}) as process:
        assert process.stdout is not None
        printed = ""
        async with asyncio.timeout(DEMO_SECONDS):
            while "Ctrl-C" not in printed and not process.stdout.at_eof():
                printed += (await process.stdout.readline()).decode()
        assert "Ctrl-C" in printed, printed
        assert f"{app[1]} (answers)" in printed
        assert "“A plant diary with name and date”" in printed
        groups = children(process.pid)
        assert running(groups)
        process.send_signal(signal.SIGINT)
        assert await process.wait() == 0
        assert not running(groups)


async def test_a_blank_prompt_is_refused_before_anything_starts(environment: dict[str, str]) -> None:
    async with demo({**environment, "PROMPT": "   "}) as process:
        printed = await output(process)
        assert process.returncode == 2
    assert printed == 'PROMPT is blank: say what to build, as in PROMPT="A plant diary"\n'


@asynccontextmanager
async def demo(environment: dict[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "dev.stack",
        "demo",
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def output(process: asyncio.subprocess.Process) -> str:
    printed, _ = await asyncio.wait_for(process.communicate(), DEMO_SECONDS)
    return printed.decode()
