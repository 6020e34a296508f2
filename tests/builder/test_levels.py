"""The strongest level that works is used, none weaker than asked for, and what cannot be applied ends it."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.clients.sandbox.levels import Job, Level, Prepared, ways
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import find_node
from builder.clients.sandbox.process import give_up
from builder.clients.sandbox.program import BUNDLER
from builder.clients.sandbox.users import SandboxUsers
from builder.clients.sandbox.watchdog import Watchdog, Watched
from builder.errors import IsolationUnavailable
from tests import users
from tests.builder.hostile.world import PARTS
from tests.builder.sandboxes import LIMITS, MB
from tests.users import run_as

TRIAL = "builder.clients.sandbox.trial"
# What the launcher does on a kernel whose Landlock is of another version.
PRETEND = """
import sys
sys.path.insert(0, sys.argv.pop(1))
import launcher
version = int(sys.argv.pop(1))
launcher.landlock_version = lambda: version
launcher.main()
"""
TRIES = """
const fs = require("node:fs");
const tries = {
  read: () => fs.readFileSync("%(secret)s"),
  empty: () => fs.openSync("%(secret)s", fs.constants.O_TRUNC),
  write: () => fs.writeFileSync("%(secret)s", ""),
  list: () => fs.readdirSync("/"),
  own: () => { fs.mkdirSync("a"); fs.writeFileSync("a/b", "x"); fs.rmSync("a", { recursive: true }); },
};
for (const [name, work] of Object.entries(tries))
  try { work(); console.log(name, "done"); } catch (error) { console.log(name, error.code); }
"""


def trial(least: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return run_as(
        os.geteuid(),
        sys.executable,
        "-m",
        TRIAL,
        least,
        PYTHONPATH=os.pathsep.join(map(str, PARTS)),
        **environment,
    )


@pytest.fixture
def without_bubblewrap(tmp_path: Path) -> str:
    for name in ("sh", "ldd", "env", "cat", "setpriv", "prlimit"):
        (tmp_path / name).symlink_to(shutil.which(name) or "/missing")
    return str(tmp_path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    with users.open_folder() as folder:
        (folder / "node_modules").mkdir()
        yield folder


def test_what_is_missing_leads_to_the_next_level_and_is_told(without_bubblewrap: str) -> None:
    done = trial("landlock", PATH=without_bubblewrap)
    assert done.returncode == 0, done.stderr
    level, *reasons = done.stdout.splitlines()
    assert level == Level.LANDLOCK
    assert "bubblewrap is not installed" in " ".join(reasons)


def test_below_the_least_level_nothing_is_built(without_bubblewrap: str) -> None:
    done = trial("watchdog", PATH=without_bubblewrap)
    assert done.returncode == 1
    assert "BUILDER_ISOLATION=watchdog" in done.stderr
    assert "bubblewrap is not installed" in done.stderr
    assert trial("strong").returncode == 1


def test_levels_are_tried_from_the_strongest_to_the_least_accepted(tmp_path: Path) -> None:
    def tried(least: Level) -> list[Level]:
        return [level for level, _ in ways(least, SandboxUsers(), tmp_path)]

    assert tried(Level.LANDLOCK) == [Level.CGROUPS, Level.WATCHDOG, Level.LANDLOCK]
    assert tried(Level.WATCHDOG) == [Level.CGROUPS, Level.WATCHDOG]
    assert tried(Level.CGROUPS) == [Level.CGROUPS]


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no others")
def test_a_user_is_given_to_one_sandbox_at_a_time_on_the_whole_machine() -> None:
    mine, others = SandboxUsers(61130, 4), SandboxUsers(61130, 4)
    taken = [mine.take(), mine.take(), others.take(), others.take()]
    assert len({user.uid for user in taken}) == 4
    with pytest.raises(IsolationUnavailable, match="BUILDER_SANDBOX_UIDS"):
        mine.take()
    taken[0].release()
    again = others.take()
    assert again.uid == taken[0].uid
    for user in (*taken, again):
        user.release()
    with subprocess.Popen(["setpriv", f"--reuid={again.uid}", "--clear-groups", "sleep", "60"]) as stranger:
        while Path(f"/proc/{stranger.pid}").stat().st_uid != again.uid:
            os.sched_yield()
        users = [mine.take() for _ in range(3)]
        assert again.uid not in {user.uid for user in users}
        stranger.kill()
    for user in users:
        user.release()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no others")
def test_the_dead_of_a_sandbox_are_taken_in_where_nobody_else_does_it(tmp_path: Path) -> None:
    users = SandboxUsers(61140, 1)
    user = users.take()
    watched = Watched(Watchdog(), LIMITS, user, tmp_path)
    become = ["setpriv", f"--reuid={user.uid}", f"--regid={user.uid}", "--clear-groups"]
    leave = ["sh", "-c", "sleep 600 >/dev/null & echo $!"]
    left = int(subprocess.run([*become, *leave], stdout=subprocess.PIPE, check=True).stdout)
    assert not watched.remove()
    watched.kill()
    while not watched.remove():
        os.sched_yield()
    assert Path(f"/proc/{left}").exists()
    user.release()
    assert not Path(f"/proc/{left}").exists()
    users.take().release()


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no others")
def test_who_dies_after_a_user_was_released_does_not_keep_it() -> None:
    users = SandboxUsers(61141, 1)
    user = users.take()
    become = ["setpriv", f"--reuid={user.uid}", f"--regid={user.uid}", "--clear-groups"]
    leave = ["setsid", "sh", "-c", "setsid sleep 600 >/dev/null & echo $!"]
    left = int(subprocess.run([*become, *leave], stdout=subprocess.PIPE, check=True).stdout)
    user.release()
    with pytest.raises(IsolationUnavailable):
        users.take()
    os.kill(left, signal.SIGKILL)
    while "Z" not in Path(f"/proc/{left}/stat").read_text().rpartition(")")[2].split()[0]:
        os.sched_yield()
    users.take().release()
    assert not Path(f"/proc/{left}").exists()


@pytest.mark.parametrize("version", range(1, 8))
def test_every_version_of_landlock_keeps_the_files_of_others(version: int, open_folder: Path) -> None:
    secret = open_folder / "secret"
    secret.write_text("secret")
    secret.chmod(0o666)
    line, prepared = prepared_at_landlock(open_folder, TRIES % {"secret": secret})
    assert line[:3] == [sys.executable, "-I", "-S"]
    script = Path(line[3])
    pretending = [sys.executable, "-I", "-S", "-c", PRETEND, str(script.parent), str(version), *line[4:]]
    done = run(pretending, prepared)
    assert dict(text.split() for text in done.stdout.splitlines()) == {
        "read": "EACCES", "empty": "EPERM", "write": "EACCES", "list": "EACCES", "own": "done",
    }, done.stderr  # fmt: skip
    assert secret.read_text() == "secret"


@pytest.mark.parametrize(
    ("field", "value"),
    [("filter", 999), ("parent", 1), ("files", [["read", "/missing"]]), ("work", "/missing")],
)
def test_what_cannot_be_applied_ends_it_before_the_program_begins(
    field: str, value: object, open_folder: Path
) -> None:
    line, prepared = prepared_at_landlock(open_folder, "console.log('begun')")
    plan = json.loads(line[4])
    done = run([*line[:4], json.dumps({**plan, field: value}), *line[5:]], prepared)
    assert (done.returncode, done.stdout) == (97, "")
    assert "The sandbox cannot be made" in done.stderr


def prepared_at_landlock(folder: Path, code: str) -> tuple[list[str], Prepared]:
    way = dict(ways(Level.LANDLOCK, SandboxUsers(), folder / "work"))[Level.LANDLOCK]()
    node = find_node(None)
    prepared = way.prepare(Job(node, BUNDLER, folder / "node_modules", LIMITS, ["-e", code]))
    return prepared.line, prepared


def run(line: list[str], prepared: Prepared) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            line, pass_fds=(prepared.filter_fd,), env={}, cwd="/", capture_output=True, text=True, check=False
        )
    finally:
        prepared.abandon()


def test_the_watchdog_ends_with_what_it_watches(tmp_path: Path) -> None:
    limits = Limits(memory_bytes=64 * MB, cpus=1, processes=8, disk_bytes=MB, output_bytes=MB)
    greedy = "import time; kept = bytearray(200 * 2**20); time.sleep(60)"
    user = SandboxUsers().take()
    watched = Watched(Watchdog(), limits, user, tmp_path)
    with subprocess.Popen([sys.executable, "-c", greedy]) as process:
        watched.follow(process.pid)
        watched.claim_cpu()
        assert process.wait(60) < 0
    assert watched.oom_kills() >= 1
    assert watched.remove()
    user.release()


def test_the_watchdog_looks_on_when_a_process_ends_under_its_eyes(tmp_path: Path) -> None:
    user = SandboxUsers().take()
    watched = Watched(Watchdog(), LIMITS, user, tmp_path)
    with subprocess.Popen(["sh", "-c", "while :; do (:) & wait; done"]) as process:
        try:
            watched.follow(process.pid)
            seen: set[int] = set()
            while len(seen) < 1000:
                seen.update(watched.processes())
        finally:
            process.kill()
    asyncio.run(give_up(watched))  # the last of its children may still be about to end
    assert watched.remove()
    user.release()
