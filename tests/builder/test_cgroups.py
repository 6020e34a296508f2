"""Limits on machines of both kinds. Version 2 is checked against the files the kernel would read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from builder.clients.sandbox.cgroups import Cgroup, Cgroups, UnifiedHierarchy
from builder.clients.sandbox.levels import Level
from builder.errors import IsolationUnavailable
from tests.builder.machine import needs
from tests.builder.sandboxes import LIMITS, MB


def unified(root: Path, *, handed_on: str, files: tuple[str, ...] = ()) -> Path:
    root.mkdir(exist_ok=True)
    for name, content in (
        ("cgroup.subtree_control", handed_on),
        ("cgroup.procs", ""),
        *((f, "") for f in files),
    ):
        (root / name).write_text(content)
    return root


def test_version_2_is_used_where_controllers_are_handed_on(tmp_path: Path) -> None:
    hierarchy = UnifiedHierarchy.prepare(unified(tmp_path, handed_on="cpuset cpu io memory pids\n"))
    names = ("memory.max", "memory.swap.max", "cpu.max", "cpu.weight", "pids.max", "memory.events")
    (group,) = hierarchy.directories("one")
    unified(group, handed_on="", files=names)
    hierarchy.limit((group,), LIMITS)
    waiting = Cgroup(hierarchy, (group,))
    waiting.claim_cpu()
    assert (group / "cpu.weight").read_text().startswith("100")
    (group / "cpu.weight").write_text("")  # the kernel's own has no end that is left over
    waiting.rest()
    (group / "memory.events").write_text("low 0\noom 3\noom_kill 2\n")
    read = {name: (group / name).read_text() for name in names}
    assert read["memory.max"] == str(768 * MB)
    assert read["memory.swap.max"] == "0"
    assert read["cpu.max"] == "200000 100000"
    assert read["cpu.weight"] == "25"
    assert read["pids.max"] == "160"
    assert hierarchy.oom_kills((group,)) == 2


def test_version_2_without_the_right_to_limit_is_refused(tmp_path: Path) -> None:
    mount = unified(tmp_path / "mount", handed_on="")
    (mount / "overskill-services").write_text("in the way")
    with pytest.raises(IsolationUnavailable, match="Limits cannot be applied"):
        UnifiedHierarchy.prepare(mount)


@needs(Level.CGROUPS)
def test_everything_in_a_group_is_killed_and_what_others_left_is_swept() -> None:
    groups = Cgroups.detect()
    group = groups.create(LIMITS)
    try:
        join = "".join(f"echo 0 >{path}\n" for path in group.join_files)
        script = f"{join}\nsetsid sleep 100 & setsid sleep 100 & echo ready; wait"
        with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE) as shell:
            assert shell.stdout is not None
            assert shell.stdout.readline() == b"ready\n"
            inside = (group.paths[0] / "cgroup.procs").read_text().split()
            assert len(inside) == 3
            assert not group.remove()
            group.kill()
        wait_until_empty(group)
    finally:
        group.kill()
        assert group.remove()
    gone = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True
    )
    left = group.paths[0].with_name(f"overskill-build-{int(gone.stdout)}.1-abc")
    left.mkdir()
    groups.sweep()
    assert not left.exists()


def wait_until_empty(group: Cgroup) -> None:
    for path in group.paths:
        while (path / "cgroup.procs").read_text():
            os.sched_yield()
