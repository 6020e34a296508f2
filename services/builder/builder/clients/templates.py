"""The templates service: versions never change, so each is fetched once and kept on disk by its digest."""

import asyncio
import hashlib
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from builder.clients.leftovers import OwnedFolder, sweep
from builder.domain.source import Template
from builder.errors import TemplateInvalid, TemplateNotFound, TemplatesUnavailable
from common.contracts import BrokenArchive, unpack_files
from common.http import Refused, translated

_KEEPING = "keeping-"
_NEEDED = ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html")


class Templates:
    """Reads templates over HTTP. Archives are proven against their digests, also those kept on disk."""

    def __init__(self, http: httpx.AsyncClient, cache_dir: Path) -> None:
        self._http = http
        self._folder = cache_dir / "templates"
        self._known: dict[str, asyncio.Future[Template]] = {}

    async def get(self, name: str) -> Template:
        """The template `name@version`; raises TemplateNotFound, TemplateInvalid or TemplatesUnavailable."""
        if name not in self._known:
            self._known[name] = asyncio.ensure_future(self._fetch(name))
        future = self._known[name]
        try:
            return await asyncio.shield(future)
        except BaseException:
            if future.done() and self._known.get(name) is future:
                del self._known[name]
            raise

    async def newest(self) -> list[str]:
        """The newest version of every template, as `name@version`."""
        found: list[str] = []
        path: str | None = "/v1/templates"
        while path is not None:
            page = (await self._request(path)).json()
            found += [f"{item['name']}@{item['latest']}" for item in page["items"] if item.get("latest")]
            cursor = page["next_cursor"]
            path = f"/v1/templates?cursor={quote(cursor)}" if cursor else None
        return found

    def sweep(self) -> int:
        """Removes what a builder has left that was killed while it kept a template."""
        return sweep(self._folder, _KEEPING)

    async def _fetch(self, name: str) -> Template:
        title, _, version = name.partition("@")
        path = f"/v1/templates/{quote(title)}/versions/{quote(version)}"
        manifest: dict[str, Any] = (await self._request(path)).json()
        digest = str(manifest["digest"])
        kept = self._folder / f"{digest}.tar"
        archive = kept.read_bytes() if kept.is_file() else (await self._request(f"{path}/archive")).content
        try:
            files = _proven(archive, manifest)
        except TemplateInvalid:
            kept.unlink(missing_ok=True)
            raise
        if not kept.is_file():
            _keep(kept, archive)
        return Template(name, digest, tuple(manifest["locked"]), files)

    async def _request(self, path: str) -> httpx.Response:
        try:
            with translated("The templates service", TemplatesUnavailable):
                return (await self._http.get(path)).raise_for_status()
        except Refused as error:
            if error.status == TemplateNotFound.status:
                raise TemplateNotFound(f"The templates service has no '{path}'.", path=path) from error
            raise


def _proven(archive: bytes, manifest: dict[str, Any]) -> dict[str, bytes]:
    """The archive's files; raises TemplateInvalid unless they are what the manifest says."""
    name = f"{manifest['name']}@{manifest['version']}"
    try:
        files = unpack_files(archive)
    except BrokenArchive as error:
        raise TemplateInvalid(f"The archive of {name} cannot be used: {error}.") from error
    listed = {entry["path"]: entry["digest"] for entry in manifest["files"]}
    found = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    if found != listed:
        wrong = sorted(path for path in {*listed, *found} if listed.get(path) != found.get(path))
        raise TemplateInvalid(f"The archive of {name} differs from its manifest in: {', '.join(wrong[:5])}.")
    missing = [path for path in _NEEDED if path not in files]
    if missing:
        raise TemplateInvalid(f"The template {name} lacks what a build needs: {', '.join(missing)}.")
    return files


def _keep(path: Path, content: bytes) -> None:
    folder = OwnedFolder(path.parent, _KEEPING)
    try:
        temporary = folder.path / path.name
        temporary.write_bytes(content)
        temporary.replace(path)
    finally:
        folder.remove()
