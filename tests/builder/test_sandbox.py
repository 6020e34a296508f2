"""Hostile code in a build: it sees nothing, reaches nothing, takes no more than its share, and ends."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builder.clients.sandbox import cgroups
from builder.clients.sandbox.bubblewrap import ENVIRONMENT
from builder.clients.sandbox.levels import Level
from builder.clients.sandbox.program import PROBE
from builder.domain.evidence import End
from common.testing.budget import within
from tests.builder.machine import needs, strongest
from tests.builder.sandboxes import LIMITS, MB, SECONDS, contained, modules, run


@pytest.fixture(autouse=True)
def leaves_nothing() -> Iterator[None]:
    """No test leaves a process or a control group behind."""
    yield
    assert not own_groups()
    assert not runners()


def own_groups() -> list[Path]:
    if strongest() is not Level.CGROUPS:
        return []
    hierarchy = cgroups.Cgroups.detect()._hierarchy
    bases = {path.parent for path in hierarchy.directories("x")}
    return [path for base in bases for path in base.glob(f"overskill-build-{os.getpid()}.*")]


def runners() -> list[str]:
    """Command lines of sandboxes that this process started, whoever is their parent by now."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            status = (folder / "stat").read_text()
        except OSError:
            continue
        parent = int(status.rpartition(")")[2].split()[1])
        if "/programs/" in line and parent == os.getpid():
            found.append(line)
    return found


@needs(Level.WATCHDOG)
async def test_it_sees_no_file_of_the_machine_and_writes_nowhere_else() -> None:
    secret = Path(f"/tmp/overskill-test-secret-{os.getpid()}")
    secret.write_text("secret")
    code = """
        for (const path of ["/etc/passwd", "/etc/hostname", "/root", "/home", "/var", "/opt", "/sys",
            "/usr/lib", "SECRET", "/proc/1/root/etc/passwd"])
            attempt(path, () => fs.statSync(path) && "there");
        attempt("root", () => fs.readdirSync("/").sort().join(" "));
        attempt("programs", () => fs.readdirSync("/usr/bin").join(" "));
        for (const path of ["/x", "/usr/x", "/dev/x", "/dev/shm/x", "/app/node_modules/x",
            "/programs/channel.mjs", "/app/node_modules/vite/package.json", "/proc/sys/kernel/hostname"])
            attempt("write " + path, () => fs.writeFileSync(path, "x"));
    """.replace("SECRET", str(secret))
    try:
        evidence, found, _ = await run(code)
    finally:
        secret.unlink()
    assert evidence.end is End.FINISHED
    assert found.pop("root") == "app dev lib lib64 node programs tmp usr"
    assert found.pop("programs") == "ldd"  # a script without a shell to run it
    assert len(found) == 18
    assert all(str(answer).startswith("refused") for answer in found.values()), found


@needs(Level.WATCHDOG)
async def test_it_has_no_secret_no_privilege_and_sees_no_other_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://role:secret@host/db")
    code = """
        attempt("env", () => process.env);
        attempt("others", () => fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name))
            .map((pid) => [fs.readFileSync(`/proc/${pid}/environ`, "utf8"), process.ppid]));
        attempt("status", () => Object.fromEntries(fs.readFileSync("/proc/self/status", "utf8").split("\\n")
            .map((line) => line.split(":\\t"))));
        attempt("uid", () => process.getuid());
        attempt("setuid", () => process.setuid(0));
        attempt("processes", () => fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name)).length);
    """
    # Where the type checker runs: a sandbox of the bundler has no /proc to look at.
    _, found, _ = await run(code, may_fork=True)
    assert found["env"].keys() <= {*ENVIRONMENT, "PWD"}
    assert "secret" not in str(found)
    status = found["status"]
    assert {status[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    assert found["uid"] != 0
    assert found["setuid"].startswith("refused")
    assert found["processes"] <= 4  # the sandbox's init, the runner, the type checker


async def test_it_reaches_neither_the_network_nor_the_machines_own_servers() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        code = f"""
            const answer = (socket, event) => new Promise((resolve) => {{
                socket.on("error", (error) => resolve("refused: " + error.code));
                socket.on(event, () => resolve("reached"));
            }});
            tell("loopback", await answer(net.connect({port}, "127.0.0.1"), "connect"));
            tell("internet", await answer(net.connect(53, "1.1.1.1"), "connect"));
            tell("udp", await new Promise((resolve) => {{
                const socket = dgram.createSocket("udp4");
                socket.on("error", (error) => resolve("refused: " + error.code));
                socket.send("x", 53, "1.1.1.1", (error) => resolve(error ? "refused" : "sent"));
            }}).catch((error) => "refused"));
            try {{ await fetch("http://127.0.0.1:{port}/"); tell("fetch", "reached"); }}
            catch {{ tell("fetch", "refused"); }}
        """
        evidence, found, _ = await run(code)
    assert evidence.end is End.FINISHED
    assert len(found) == 4
    assert all(answer.startswith("refused") for answer in found.values()), found


@needs(Level.CGROUPS)
async def test_its_processes_are_counted_and_end_with_it() -> None:
    code = """
        for (let n = 0; ; n++) {
            if (n < 60) try {
                cp.spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"],
                    { detached: true, stdio: "ignore" }).on("error", () => {});
            } catch {}
            let tasks = 0;
            for (const name of fs.readdirSync("/proc").filter((name) => /^\\d+$/.test(name)))
                try { tasks += fs.readdirSync(`/proc/${name}/task`).length; } catch {}
            tell("tasks", tasks);
        }
    """
    limits = replace(LIMITS, processes=96)
    evidence, found, _ = await run(code, limits=limits, seconds=5, may_fork=True)
    assert evidence.end is not End.FINISHED
    assert 10 < found["tasks"] <= limits.processes


@pytest.mark.parametrize("waste", ["Buffer.alloc(20e6, 1)", "Array.from({ length: 1e6 }, (_, n) => ({ n }))"])
async def test_its_memory_is_bounded(waste: str) -> None:
    limits = replace(LIMITS, memory_bytes=384 * MB)
    evidence, _, _ = await run(f"const kept = []; for (;;) kept.push({waste});", limits=limits)
    assert evidence.end is End.OUT_OF_MEMORY


@needs(Level.WATCHDOG)
async def test_its_disk_is_bounded() -> None:
    code = """
        for (const folder of ["/app", "/tmp"]) attempt(folder, () => {
            let written = 0;
            try { for (;; written++) fs.writeFileSync(`${folder}/big${written}`, Buffer.alloc(2 ** 20)); }
            catch (error) {
                for (let n = 0; n <= written; n++) fs.rmSync(`${folder}/big${n}`, { force: true });
                return [written, error.code];
            }
        });
    """
    evidence, found, _ = await run(code)
    assert evidence.end is End.FINISHED
    assert {code for _, code in found.values()} == {"ENOSPC"}
    assert max(written for written, _ in found.values()) <= 64


@pytest.mark.parametrize(
    "code",
    [
        "for (;;) {}",
        "await new Promise(() => setInterval(() => {}, 1000));",
        """process.on("SIGTERM", () => {}); for (;;)
        cp.spawnSync(process.execPath, ["-e", "for(;;){}"], { detached: true, stdio: "ignore" });""",
    ],
)
async def test_its_time_is_bounded_and_the_whole_tree_ends(code: str) -> None:
    began = time.monotonic()
    evidence, _, _ = await run(code, seconds=3, may_fork=True)
    assert evidence.end is End.TIMED_OUT
    assert time.monotonic() - began < 3 + within(3)  # the kill, and the start of the sandbox


@pytest.mark.parametrize(
    ("code", "end"),
    [
        ("process.exit(0);", End.DIED),
        ("process.abort();", End.DIED),
        ("fs.writeSync(Number(process.argv[4]), 'x'.repeat(100));", End.DIED),
        (
            "fs.writeSync(Number(process.argv[4]), Buffer.from([0,0,0,2,255,255,255,255,123,125]));",
            End.OVERFLOWED,
        ),
    ],
)
async def test_it_cannot_pass_for_a_green_build_or_confuse_the_builder(code: str, end: End) -> None:
    evidence, _, _ = await run(code)
    assert evidence.end is end
    assert evidence.output is None


async def test_what_it_prints_is_bounded_line_by_line() -> None:
    code = "for (let n = 0; n < 200; n++) fs.writeSync(1, 'y'.repeat(100_000)); tell('done', true);"
    evidence, _, lines = await run(code)
    assert evidence.end is End.FINISHED
    assert max(map(len, lines)) <= 4096


async def test_a_flood_of_output_neither_fills_memory_nor_holds_the_build_up() -> None:
    code = "const flood = 'z\\n'.repeat(50_000); for (let n = 0; n < 20; n++) fs.writeSync(1, flood);"
    evidence, _, lines = await run(code)
    assert evidence.end is End.FINISHED
    assert 1000 < len(lines) < 100_000


async def test_a_start_that_is_cancelled_leaves_nothing() -> None:
    runner, packages = contained(), await modules()
    await runner.check()
    for number in range(25):
        starting = asyncio.create_task(runner.start(PROBE, packages))
        await asyncio.wait({starting}, timeout=number / 500)
        starting.cancel()
        await asyncio.wait({starting})
        if not starting.cancelled():
            await starting.result().close()
        assert not own_groups()
        assert not runners()


async def test_a_cancelled_build_leaves_nothing_running() -> None:
    building = asyncio.create_task(run("tell('there', 1); for (;;) {}"))
    async with asyncio.timeout(SECONDS):
        while not runners():
            await asyncio.sleep(0.01)
    building.cancel()
    await asyncio.wait([building])
    assert building.cancelled()
