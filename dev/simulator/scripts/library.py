"""Finds scripts by name: the caller's folder first, then the shipped ones."""

import re
from pathlib import Path

from dev.simulator.scripts.model import Script, load_script

SHIPPED = Path(__file__).parent / "library"
_MARKER = re.compile(r"\[\[script:([\w-]+)\]\]")


class Library:
    """Files are read when first asked for, and again when they have changed."""

    def __init__(self, extra: Path | None = None) -> None:
        self._folders = [folder for folder in (extra, SHIPPED) if folder is not None]
        self._loaded: dict[Path, tuple[int, Script]] = {}

    def names(self) -> list[str]:
        return sorted({path.stem for folder in self._folders for path in folder.glob("*.yaml")})

    def named_in(self, request: str) -> Script | None:
        """The script that a request's marker names. KeyError when there is no such script."""
        marker = _MARKER.search(request)
        return self.script(marker.group(1)) if marker else None

    def script(self, name: str) -> Script:
        for folder in self._folders:
            path = folder / f"{name}.yaml"
            if path.is_file():
                return self._load(path)
        raise KeyError(name)

    def _load(self, path: Path) -> Script:
        changed = path.stat().st_mtime_ns
        known = self._loaded.get(path)
        if known is None or known[0] != changed:
            known = self._loaded[path] = (changed, load_script(path))
        return known[1]
