"""The programs that work on generated code, each in sandboxes of its own."""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).with_name("programs")


@dataclass(frozen=True)
class Program:
    """A script for Node; its sandbox sees the whole folder it is in.

    `name` is also the stream of a build's log. `may_fork`: whether it may start processes.
    """

    name: str
    script: Path
    may_fork: bool = False


CHECKER = Program("check", _FOLDER / "checker.mjs", may_fork=True)
BUNDLER = Program("bundle", _FOLDER / "bundler.mjs")
# With all that any program may have: that is where a machine says no.
PROBE = Program("probe", _FOLDER / "probe.mjs", may_fork=True)
