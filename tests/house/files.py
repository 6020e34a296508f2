"""The files the house rules are about: those of the repository, whether committed yet or not."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("builder", "data", "deployer", "orchestrator", "templates")


@cache
def repository_files() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    paths = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in paths if path.is_file() and not path.is_symlink())


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def sources(*suffixes: str) -> list[Path]:
    return [path for path in repository_files() if path.suffix in suffixes]
