"""The browser of the machine: its program, what it links to, fonts."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from builder.clients.sandbox.node import libraries_of
from builder.errors import BrowserUnavailable, NodeUnavailable

PROGRAM = "chromium-headless-shell"

_HOMES = (Path("/usr/lib/chromium"), Path("/usr/lib64/chromium-browser"))
# Loaded by name, so nothing links to them: the cryptography that secure pages may use.
_LOADED = ("libsoftokn3.so", "libfreebl3.so", "libfreeblpriv3.so", "libnssckbi.so")
_FONTS = (Path("/usr/share/fonts/truetype/liberation"), Path("/usr/share/fonts/liberation"))
_DATA = (".pak", ".dat", ".bin")


@dataclass(frozen=True)
class Chromium:
    """`binary` with its data files beside it, the libraries it links to, and one folder of fonts."""

    binary: Path
    data: tuple[Path, ...]
    libraries: tuple[Path, ...]
    fonts: Path


def find_chromium(configured: Path | None) -> Chromium:
    """Raises BrowserUnavailable, which says what to install."""
    binary = next((path for path in _candidates(configured) if path.is_file()), None)
    fonts = next((path for path in _FONTS if path.is_dir()), None)
    if binary is None or fonts is None:
        missing = PROGRAM if binary is None else "fonts-liberation"
        raise BrowserUnavailable(
            f"'{missing}' is not installed, so apps are not looked at in a browser "
            f"(apt-get install {PROGRAM} fonts-liberation)."
        )
    try:
        libraries = libraries_of(binary)
    except NodeUnavailable as error:
        raise BrowserUnavailable(error.message) from error
    data = tuple(sorted(path for path in binary.parent.iterdir() if path.suffix in _DATA))
    return Chromium(binary, data, (*libraries, *_loaded(libraries)), fonts)


def _candidates(configured: Path | None) -> Iterator[Path]:
    if configured is not None:
        yield configured
        return
    yield from (home / PROGRAM for home in _HOMES)
    found = shutil.which(PROGRAM)
    # Debian's command is a script beside the program's own folder.
    if found is not None and not Path(found).read_bytes().startswith(b"#!"):
        yield Path(os.path.realpath(found))


def _loaded(libraries: tuple[Path, ...]) -> tuple[Path, ...]:
    folders = dict.fromkeys(path.parent for path in libraries)
    return tuple(folder / name for name in _LOADED for folder in folders if (folder / name).is_file())
