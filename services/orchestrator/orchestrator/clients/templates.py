"""The templates service: which foundations there are, and their files."""

import io
import tarfile
from dataclasses import dataclass
from typing import Any

import httpx

from common.http import Refused, translated
from orchestrator.domain.tree import FileRef, Tree
from orchestrator.errors import TemplateNotFound, TemplateUnavailable


@dataclass(frozen=True)
class Template:
    """One released version of a template; it never changes."""

    name: str
    version: str
    locked: tuple[str, ...]
    tree: Tree
    contents: dict[str, bytes]
    """Contents by digest."""

    @property
    def reference(self) -> str:
        """`name@version`, as apps and builds keep it."""
        return f"{self.name}@{self.version}"


class TemplateClient:
    """Reads templates over HTTP and keeps the released versions it has seen."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._released: dict[str, Template] = {}

    async def newest(self, name: str) -> str:
        """The reference `name@version` of the newest release; raises TemplateNotFound."""
        manifest = (await self._get(f"/v1/templates/{name}/versions/latest", name)).json()
        return f"{manifest['name']}@{manifest['version']}"

    async def get(self, reference: str) -> Template:
        """The release `name@version` with its files."""
        if reference not in self._released:
            name, _, version = reference.partition("@")
            base = f"/v1/templates/{name}/versions/{version}"
            manifest = (await self._get(base, reference)).json()
            archive = (await self._get(f"{base}/archive", reference)).content
            self._released[reference] = _read_archive(name, version, tuple(manifest["locked"]), archive)
        return self._released[reference]

    async def ask(self, path: str = "", **query: Any) -> Any:
        """The service's own answer below /v1/templates, for passing on."""
        given = {name: value for name, value in query.items() if value is not None}
        return (await self._get(f"/v1/templates{path}", path.strip("/"), given)).json()

    async def _get(self, path: str, what: str, query: dict[str, Any] | None = None) -> httpx.Response:
        try:
            with translated("The templates service", TemplateUnavailable):
                return (await self._http.get(path, params=query)).raise_for_status()
        except Refused as error:
            if error.status == TemplateNotFound.status:
                raise TemplateNotFound(f"There is no template '{what}'.", template=what) from error
            raise


def _read_archive(name: str, version: str, locked: tuple[str, ...], archive: bytes) -> Template:
    files: dict[str, FileRef] = {}
    contents: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            stream = tar.extractfile(member)
            if stream is not None:
                content = stream.read()
                files[member.name] = FileRef.of(content)
                contents[files[member.name].digest] = content
    return Template(name, version, locked, Tree(files), contents)
