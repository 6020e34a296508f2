"""Sandboxes kept ready: an app's own serve its next builds, and nothing else does."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.clients.calm import Calm
from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.pool import Keeping, Loan, SandboxBase, SandboxPool
from builder.clients.sandbox.program import BUNDLER, CHECKER, Program
from builder.domain.evidence import End, Evidence
from tests.builder.machine import needs, strongest
from tests.builder.sandboxes import MB, SECONDS, attacker, contained, modules
from tests.builder.test_failures import sandboxes
from tests.builder.test_sandbox import own_groups, runners
from tests.builder.world import template_files
from tests.common.messages import until


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    """No test leaves a process or a control group behind."""
    yield
    assert not own_groups()
    assert not runners()


ASSETS = b"""
export default async (env: Parameters<Extract<typeof usual, CallableFunction>>[0]) => {
  const config = await usual(env);
  return { ...config, build: { ...config.build, assetsDir: "other" } };
};
"""


@asynccontextmanager
async def pool_of(**keeping: Any) -> AsyncIterator[SandboxPool]:
    kept = {"ready": 0, "app_bytes": 2048 * MB, "sandbox_bytes": 512 * MB, "app_seconds": 600.0, **keeping}
    pool = SandboxPool(contained(), Keeping(**kept), Calm(pause=0.0, most=0.0))
    try:
        yield pool
    finally:
        await pool.close()


async def base_of(key: str = "base") -> SandboxBase:
    return SandboxBase(key, template_files(), await modules())


async def work(loan: Loan, changes: dict[str, bytes] | None = None) -> Evidence:
    files = {**template_files(), **(changes or {})}
    return await loan.run(files, SECONDS, lambda *_: None, mode="preview", compress=[])


async def green(
    pool: SandboxPool, base: SandboxBase, app: str, program: Program = CHECKER
) -> tuple[int, bool]:
    """The process that did a good build of the template, and whether it had served the app before."""
    async with pool.lend(program, base, app) as loan:
        reused = loan.reused
        evidence = await work(loan)
        assert evidence.end is End.FINISHED, evidence
        assert evidence.report is not None
        assert evidence.report.ok, evidence.report
        assert 0 <= evidence.usage.cpu_seconds < SECONDS * 4
        # Elsewhere the kernel tells it in hundredths of a second, of which a warm sandbox needs one or two.
        assert evidence.usage.cpu_seconds > 0 or strongest() is not Level.CGROUPS
        assert evidence.usage.memory_byte_seconds > 0
        return loan.sandbox.process.pid, reused


def is_node(process: int) -> bool:
    program = Path(f"/proc/{process}/cmdline").read_bytes().partition(b"\0")[0]
    return Path(program.decode()).name == "node"


async def test_the_next_build_of_an_app_has_the_same_sandbox_and_another_app_has_not() -> None:
    base = await base_of()
    async with pool_of() as pool:
        first, _ = await green(pool, base, "one")
        other, reused = await green(pool, base, "two")
        assert other != first
        assert not reused
        assert await green(pool, base, "one") == (first, True)
        assert await green(pool, base, "two") == (other, True)
        # Of another template nothing is left in it.
        changed, reused = await green(pool, await base_of("changed"), "one")
        assert changed != first
        assert not reused


async def test_a_failed_bundle_ends_its_sandbox_and_type_errors_do_not() -> None:
    base = await base_of()
    async with pool_of() as pool:
        broken = {"src/pages/Home.tsx": b"export default (: string"}
        for program, kept in ((BUNDLER, False), (CHECKER, True)):
            async with pool.lend(program, base, "one") as loan:
                evidence = await work(loan, broken)
                assert evidence.report is not None
                assert not evidence.report.ok
                process = loan.sandbox.process.pid
            pid, reused = await green(pool, base, "one", program)
            assert (pid == process, reused) == (kept, kept)


async def test_what_an_earlier_build_left_behind_is_no_reason_to_fail() -> None:
    base = await base_of()
    # Hostile code lives on in its sandbox and ends the app's next build.
    code = "setTimeout(() => process.exit(1), 1)"
    async with pool_of() as pool:
        with attacker(code) as program:
            spoilt = await pool._runner.start(program, base.modules)
            await spoilt.run({}, SECONDS, lambda *_: None)
            await spoilt.process.wait()
        async with pool.lend(BUNDLER, base, "one") as loan:
            await loan.sandbox.close()
            loan.sandbox, loan.reused = spoilt, True
            evidence = await work(loan)
            assert evidence.end is End.FINISHED
            assert evidence.output is not None
            assert not loan.reused


# Without namespaces the program is the sandbox itself: the whole build is then begun again.
@needs(Level.WATCHDOG)
async def test_a_program_that_the_machine_has_killed_begins_again() -> None:
    code = "tell('running', 1); await new Promise((done) => setTimeout(done, 2000));"
    killed: list[int] = []
    with attacker(code) as program:
        async with pool_of() as pool, pool.lend(program, await base_of(), "one") as loan:
            first = loan.sandbox.process.pid

            def kill(*_: str) -> None:
                if not killed:
                    killed.extend(process for process in sandboxes(first) if is_node(process))
                    for process in killed:
                        os.kill(process, signal.SIGKILL)

            evidence = await loan.run({}, SECONDS, kill)
            assert killed
            assert (evidence.end, loan.sandbox.process.pid != first) == (End.FINISHED, True)


async def test_a_program_that_says_it_was_killed_is_believed_once() -> None:
    with attacker("process.exit(137);") as program:
        async with pool_of() as pool, pool.lend(program, await base_of(), "one") as loan:
            evidence = await loan.run({}, SECONDS, lambda *_: None)
    assert (evidence.end, evidence.exit_code) == (End.DIED, 137)


async def test_no_file_of_an_app_is_run_while_it_is_bundled() -> None:
    base = await base_of()
    code = b"export default function plugin() {}"
    style = template_files()["src/index.css"]
    async with pool_of() as pool:
        for directive in (b'@plugin "./evil.js";', b'@config "./evil.js";'):
            files = {"src/index.css": style + directive, "src/evil.js": code}
            async with pool.lend(BUNDLER, base, "one") as loan:
                evidence = await work(loan, files)
            assert evidence.report is not None
            assert not evidence.report.ok
            assert "would be run while the app is built" in evidence.report.errors[0].message


async def test_sandboxes_of_apps_take_no_more_memory_and_time_than_they_may() -> None:
    base = await base_of()
    async with pool_of(app_bytes=1) as pool:
        await green(pool, base, "one")
        assert not (await green(pool, base, "one"))[1]
    async with pool_of(sandbox_bytes=1) as pool:
        await green(pool, base, "one")
        assert not (await green(pool, base, "one"))[1]
    async with pool_of(app_seconds=0.2) as pool:
        await green(pool, base, "one")
        evicting = asyncio.create_task(pool.evict_loop())
        await until(lambda: not runners())
        evicting.cancel()
        await asyncio.wait([evicting])
        assert not (await green(pool, base, "one"))[1]


async def test_a_sandbox_taken_while_the_pool_changes_its_base_does_not_keep_it_from_filling() -> None:
    old, new = await base_of(), await base_of()
    new = replace(new, modules=new.modules / ".." / new.modules.name)  # other packages, as far as it can tell
    async with pool_of(ready=2) as pool:
        ready = pool._ready[BUNDLER]
        pool.refill(old)
        await until(lambda: [modules for modules, _ in ready] == [old.modules] * 2)
        pool.refill(new)
        while len(ready) == 2:  # until it has begun to close the first
            await asyncio.sleep(0)
        taken = await pool.fresh(BUNDLER, old)
        try:
            assert taken.alive
            await until(lambda: [modules for modules, _ in ready] == [new.modules] * 2)
        finally:
            await taken.close()


async def test_a_sandbox_that_waits_serves_every_template_with_its_packages() -> None:
    files = template_files()
    strict = files["tsconfig.json"].replace(
        b'"strict": true', b'"strict": true, "allowUnreachableCode": false'
    )
    assert strict != files["tsconfig.json"]
    config = (
        files["vite.config.ts"].replace(b"export default defineConfig", b"const usual = defineConfig")
        + ASSETS
    )
    modules_of_both = await modules()
    other = SandboxBase(
        "other", {**files, "vite.config.ts": config, "tsconfig.json": strict}, modules_of_both
    )
    source = {
        **other.files,
        "src/lib/late.ts": b"export function late(): number {\n  return 1;\n  return 2;\n}\n",
    }
    async with pool_of(ready=1) as pool:
        pool.refill(await base_of())
        await until(lambda: all(len(pool._ready[program]) == 1 for program in (CHECKER, BUNDLER)))
        waiting = {pool._ready[program][0][1].process.pid for program in (CHECKER, BUNDLER)}
        pool.refill(other)
        async with pool.lend(CHECKER, other, "one") as checker, pool.lend(BUNDLER, other, "one") as bundler:
            assert {checker.sandbox.process.pid, bundler.sandbox.process.pid} == waiting
            checked = await checker.run(source, SECONDS, lambda *_: None)
            bundled = await bundler.run(source, SECONDS, lambda *_: None, mode="preview", compress=[])
    assert checked.report is not None
    assert [error.code for error in checked.report.errors] == ["TS7027"]
    assert bundled.output is not None
    assert any(name.startswith("other/") for name in bundled.output.files)
