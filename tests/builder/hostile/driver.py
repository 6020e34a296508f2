"""`python -m tests.builder.hostile.driver`: one attack program in one sandbox, as whoever runs this.

It reads what to do as JSON from stdin and answers what came of it as JSON. With the standard library only, so
that any user's Python will do.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from builder.clients.browser.chromium import Chromium
from builder.clients.browser.ways import BrowserWay, browser_way
from builder.clients.sandbox.levels import Job, Level, Prepared, ways
from builder.clients.sandbox.limits import Limits
from builder.clients.sandbox.node import Node, libraries_of
from builder.clients.sandbox.program import BUNDLER
from builder.clients.sandbox.users import SandboxUsers

MOST_OUTPUT = 8 * 1024**2
END_SECONDS = 10.0


def main() -> None:
    asked = json.load(sys.stdin)
    users, work = SandboxUsers(), Path(asked["work"])
    level = Level(asked["level"])
    pipes: tuple[int, ...] = ()
    if asked["browser"]:
        (commands, _), (_, events) = os.pipe(), os.pipe()
        pipes = commands, events
        prepared = _in_the_place_of_a_browser(asked, browser_way(level, users, work), (commands, events))
    else:
        prepared = dict(ways(Level.LANDLOCK, users, work))[level]().prepare(_job(asked))
    began = time.monotonic()
    # Not PIPE: what floods it is not to fill this process.
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            prepared.line, pass_fds=(prepared.filter_fd, *pipes), env={}, cwd="/", stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        prepared.begun(process.pid)
        prepared.bounds.claim_cpu()
        status = _ended(process, asked["seconds"])
        seconds = time.monotonic() - began
        killed = prepared.bounds.oom_kills()
        removed = _removed(process, prepared)
        output.seek(0)
        text = output.read(MOST_OUTPUT).decode(errors="replace")
    answer = {"status": status, "seconds": seconds, "killed": killed, "removed": removed, "text": text}
    json.dump(answer, sys.stdout)


def _job(asked: dict[str, Any]) -> Job:
    limits = Limits(**asked["limits"])
    program = replace(BUNDLER, script=Path(asked["script"]), may_fork=asked["may_fork"])
    if program.script.suffix == ".mjs":
        binary = Path(asked["node"])
        return Job(Node(binary, binary, libraries_of(binary)), program, Path(asked["modules"]), limits)
    return Job(
        _python(), program, Path(asked["modules"]), limits, ["-I", "-S", "-c", program.script.read_text()]
    )


def _in_the_place_of_a_browser(asked: dict[str, Any], way: BrowserWay, pipes: tuple[int, int]) -> Prepared:
    """As code has it that took over the browser's first process."""
    python = _python()
    # Where the fonts would be it sees the packages.
    chromium = Chromium(python.binary, (), python.libraries, Path(asked["modules"]))
    prepared = way.prepare(chromium, Limits(**asked["limits"]), pipes)
    first = next(index for index, word in enumerate(prepared.line) if word in {"--no-sandbox", "--headless"})
    code = Path(asked["script"]).read_text()
    return replace(prepared, line=[*prepared.line[:first], "-I", "-S", "-c", code])


def _python() -> Node:
    """Python in the place of Node, with what it needs, to make any system call."""
    binary = Path(sys.executable).resolve()
    library = Path(os.__file__).parent
    native = next(library.glob("lib-dynload/_ctypes.*"))
    return Node(binary, binary, (*libraries_of(binary), *libraries_of(native), library))


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _removed(process: subprocess.Popen[bytes], prepared: Prepared) -> bool:
    """Ends it as the builder does; whether nothing of it is left."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    prepared.bounds.kill()
    process.wait()
    until = time.monotonic() + END_SECONDS
    while not (gone := prepared.bounds.remove()) and time.monotonic() < until:
        prepared.bounds.kill()
        time.sleep(0.01)
    prepared.cleanup()
    return gone


if __name__ == "__main__":
    main()
