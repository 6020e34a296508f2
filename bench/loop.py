"""The conversation loop: what it adds to each turn of the model, and what many runs at once take of it.

The simulator answers without think time, and the runs end with a plan, so that neither builder nor deployer
is part of it. What the simulator itself takes is measured by the vendor's SDK alone, with the very requests
that the orchestrator has sent.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import yaml
from anthropic import AsyncAnthropic
from pydantic import SecretStr
from sqlalchemy import func, select

from common.contracts import RunState
from common.database import Database
from dev.stack.client import ApiClient
from dev.stack.config import StackConfig
from dev.stack.stack import Stack
from orchestrator.db.models import Run
from orchestrator.domain.runs import FINAL

TURNS = int(os.environ.get("BENCH_TURNS", "50"))
RUNS = int(os.environ.get("BENCH_RUNS", "200"))
AIM_MS = 15.0
MANY_TURNS = 5
POOL = 25
POLL_SECONDS = 0.5
PATIENCE_SECONDS = 300.0
PARTS = frozenset({"postgres", "nats", "edge", "simulator", "templates", "orchestrator"})
FILE = "src/index.css"
LINES = 20


async def measure() -> AsyncGenerator[str]:
    """The report's lines."""
    async with _stack() as stack:
        client = ApiClient(stack.api_url, stack.api_key)
        database = Database(SecretStr(stack.database_url("orchestrator")), "orchestrator")
        try:
            _, first = await _plan(client, "short")
            await _all_final(database, [first])  # the SDK is loaded by then
            for line in await _turns(stack, client):
                yield line
            for line in await _many(stack, client, database):
                yield line
        finally:
            await database.close()
            await client.close()


@asynccontextmanager
async def _stack() -> AsyncIterator[Stack]:
    with tempfile.TemporaryDirectory(prefix="overskill-bench-") as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101, S103  # the database runs as another user
        scripts = Path(folder) / "scripts"
        scripts.mkdir()
        for name, turns in (("long", TURNS), ("short", MANY_TURNS)):
            (scripts / f"{name}.yaml").write_text(yaml.safe_dump(_script(turns)))
        settings = {
            "RUN_CONCURRENCY": str(RUNS),
            "RUN_MAX_TURNS": str(TURNS + 10),
            "DATABASE_POOL_SIZE": str(POOL),
        }
        config = StackConfig.temporary(
            Path(folder), only=PARTS, orchestrator=settings, simulator={"SIMULATOR_SCRIPTS": str(scripts)}
        )
        async with Stack(config) as stack:
            yield stack


def _script(turns: int) -> dict[str, Any]:
    """No call twice, since equal ones in vain would end the run."""
    spans = [(turn % LINES + 1, turn % LINES + 1 + turn // LINES) for turn in range(turns)]
    reads = [{"calls": [{"read_file": {"path": FILE, "start": start, "end": end}}]} for start, end in spans]
    end = {"calls": [{"finish": {"summary": "Read."}}]}
    return {"description": "Reads, line by line.", "sections": [{"turns": [*reads, end]}]}


async def _plan(client: ApiClient, script: str, refused: Counter[int] | None = None) -> tuple[str, str]:
    """A new app and its run; what is refused for a while is sent again, and counted by its status."""
    while True:
        body = {"prompt": f"Read [[script:{script}]]", "mode": "plan"}
        response = await client.http.post("/v1/apps", json=body, timeout=PATIENCE_SECONDS)
        if "retry-after" not in response.headers:
            answer = response.raise_for_status().json()
            return answer["app"]["id"], answer["run"]["id"]
        if refused is not None:
            refused[response.status_code] += 1
        await asyncio.sleep(float(response.headers["retry-after"]))


async def _turns(stack: Stack, client: ApiClient) -> list[str]:
    app, _ = await _plan(client, "long")
    ends: list[datetime] = []
    async with aclosing(client.follow(app)) as events:
        async for event in events:
            if event.type == "tool.called":
                ends.append(datetime.fromisoformat(event.data["at"]))
            if event.type in {"run.answered", "run.failed"}:
                break
    if len(ends) != TURNS + 1:
        raise RuntimeError(f"the run had {len(ends)} calls instead of {TURNS + 1}")
    walls = [(after - before).total_seconds() for before, after in pairwise(ends)]
    bare = await _bare(stack, "long")
    added = [wall - alone for wall, alone in zip(walls, bare, strict=True)]
    ratio = statistics.median(walls) / statistics.median(bare)
    return [
        f"{TURNS} turns without think time, each a read_file, load {os.getloadavg()[0]:.1f}",
        _row("a turn of the loop", walls),
        _row("the same request by the vendor's SDK alone", bare),
        f"{_row('what the loop adds', added)}  (aim: p50 below {AIM_MS:.0f})",
        f"loop / SDK alone                {ratio:5.2f}",
    ]


async def _bare(stack: Stack, script: str) -> list[float]:
    """Seconds of each request of the script's run but the first, asked again by the SDK, one by one."""
    vendor = AsyncAnthropic(api_key="bench", base_url=stack.simulator_url, max_retries=0)
    async with httpx.AsyncClient(base_url=stack.simulator_url, trust_env=False) as http, vendor:
        logged = (await http.get("/__sim/requests")).json()["requests"]
        wanted = [entry["id"] for entry in logged if entry["script"] == script]
        bodies = [(await http.get(f"/__sim/requests/{one}")).json() for one in wanted]
        seconds = []
        for body in bodies:
            began = time.perf_counter()
            await _ask(vendor, body)
            seconds.append(time.perf_counter() - began)
    return seconds[1:]


async def _ask(vendor: AsyncAnthropic, body: dict[str, Any]) -> None:
    named = {"model": body["model"], "max_tokens": body["max_tokens"], "messages": body["messages"]}
    rest = {key: value for key, value in body.items() if key not in {*named, "stream"}}
    stream = await vendor.messages.create(**named, stream=True, extra_body=rest)
    async for _ in stream:
        pass


async def _many(stack: Stack, client: ApiClient, database: Database) -> list[str]:
    pid = stack.processes["orchestrator"].pid
    before = _megabytes(pid, "VmRSS")
    began = time.perf_counter()
    refused: Counter[int] = Counter()
    started = await asyncio.gather(*(_plan(client, "short", refused) for _ in range(RUNS)))
    ids = [run for _, run in started]
    await _all_final(database, ids)
    took = time.perf_counter() - began
    async with database.begin() as session:
        rows = (await session.execute(select(Run).where(Run.id.in_(ids)))).scalars().all()
    seconds = [(run.finished_at - run.created_at).total_seconds() for run in rows if run.finished_at]
    failed = [run.error_code for run in rows if run.state != RunState.ANSWERED]
    if failed:
        raise RuntimeError(f"{len(failed)} of {RUNS} runs failed: {sorted(set(map(str, failed)))}")
    return [
        f"{RUNS} runs at once of {MANY_TURNS + 1} turns: none failed, all done after {took:.1f} s",
        f"requests refused for a while on the way, by status: {dict(refused) or 'none'}",
        _row("message accepted → run ended", seconds),
        f"memory of the orchestrator: {before} MB before, {_megabytes(pid, 'VmHWM')} MB at most",
    ]


async def _all_final(database: Database, ids: Sequence[str]) -> None:
    while True:
        async with database.begin() as session:
            query = select(func.count()).where(Run.id.in_(ids), Run.state.in_(FINAL))
            if await session.scalar(query) == len(ids):
                return
        await asyncio.sleep(POLL_SECONDS)


def _megabytes(pid: int | None, field: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) // 1024


def _row(name: str, seconds: Sequence[float]) -> str:
    shares = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"{name:<42} p50 {shares[49] * 1000:7.1f} ms   p95 {shares[94] * 1000:7.1f} ms   n={len(seconds)}"
