"""The client of the templates service: which foundations there are, and their files."""

import asyncio
from collections import OrderedDict
from functools import partial
from typing import Any, ClassVar, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from common.contracts import BrokenArchive
from common.contracts.templates import (
    Advisory,
    Changes,
    TemplateManifest,
    TemplateRef,
    TemplateRelease,
    TemplateSummary,
    TemplateVersion,
    changes_between,
    read_release,
)
from common.errors import AppError, NotFound, Unavailable
from common.http import Refused, translated
from common.pages import Page

_KEPT_RELEASES = 32


Item = TypeVar("Item", bound=BaseModel)


class TemplateNotFound(NotFound):
    """No template, or no version of it, has that name."""

    code: ClassVar[str] = "template_not_found"


class TemplateInvalid(AppError):
    """What the service sends has another shape than it says, or is not what its own manifest says."""

    code: ClassVar[str] = "template_invalid"


class TemplateUnavailable(Unavailable):
    """The templates service is away or does not answer in time."""

    code: ClassVar[str] = "template_unavailable"


class TemplateClient:
    """Reads templates over HTTP. Releases never change: the last ones are kept, each is fetched once."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self._releases: OrderedDict[TemplateRef, asyncio.Future[TemplateRelease]] = OrderedDict()

    async def get(self, ref: TemplateRef) -> TemplateRelease:
        """The release with its files; raises TemplateNotFound, TemplateInvalid or TemplateUnavailable."""
        future = self._releases.get(ref)
        if future is None:
            future = self._releases[ref] = asyncio.ensure_future(self._fetch(ref))
            future.add_done_callback(partial(self._forget_failure, ref))
            if len(self._releases) > _KEPT_RELEASES:
                self._releases.popitem(last=False)
        self._releases.move_to_end(ref)
        return await asyncio.shield(future)

    async def newest(self, name: str) -> TemplateRef:
        """The newest release of a template; raises TemplateNotFound."""
        return (await self._manifest(f"/v1/templates/{name}/versions/latest", name)).ref

    async def find(self, name: str, wanted: str) -> TemplateRef:
        """The release of a version, or the one that a channel has; raises TemplateNotFound."""
        return (await self._manifest(f"/v1/templates/{name}/versions/{wanted}", f"{name}@{wanted}")).ref

    async def offers(self) -> dict[TemplateRef, str]:
        """The newest release of every template that has one, with its description; raises as `ask` does."""
        found = [item for item in await self._all("", TemplateSummary) if item.latest]
        return {_ref(f"{item.name}@{item.latest}"): item.description for item in found}

    async def releases(self) -> dict[TemplateRef, tuple[Advisory, ...]]:
        """All releases of all templates with their known holes; raises as `ask` does."""
        found: dict[TemplateRef, tuple[Advisory, ...]] = {}
        for template in await self._all("", TemplateSummary):
            versions = await self._all(f"/{template.name}/versions", TemplateVersion)
            found |= {_ref(f"{template.name}@{one.version}"): one.advisories for one in versions}
        return found

    async def changes(self, base: TemplateRef, target: TemplateRef) -> Changes:
        """What all releases after `base` up to `target` say that they change; raises as `ask` does."""
        versions = await self._all(f"/{target.name}/versions", TemplateVersion)
        released = {_ref(f"{target.name}@{one.version}").version: one.changes for one in versions}
        return changes_between(released, base.version, target.version)

    async def _all(self, path: str, item: type[Item]) -> list[Item]:
        """The items of all pages."""
        found: list[Item] = []
        cursor = None
        while True:
            answer = await self.ask(path, cursor=cursor)
            try:
                page = Page[item].model_validate(answer)  # type: ignore[valid-type]
            except ValueError as error:
                raise TemplateInvalid(f"The list of templates cannot be used: {error}.") from error
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    async def ask(self, path: str = "", **query: Any) -> Any:
        """The service's own answer below /v1/templates, for passing on.

        Raises TemplateNotFound, TemplateInvalid or TemplateUnavailable.
        """
        given = {name: value for name, value in query.items() if value is not None}
        name = path.strip("/").partition("/")[0]
        answer = await self._get(f"/v1/templates{path}", name, given)
        try:
            return answer.json()
        except ValueError as error:
            raise TemplateInvalid("The templates service answers with what is no JSON.") from error

    def _forget_failure(self, ref: TemplateRef, future: asyncio.Future[TemplateRelease]) -> None:
        failed = future.cancelled() or future.exception() is not None
        if failed and self._releases.get(ref) is future:
            del self._releases[ref]

    async def _fetch(self, ref: TemplateRef) -> TemplateRelease:
        path = f"/v1/templates/{ref.name}/versions/{ref.version}"
        manifest = await self._manifest(path, str(ref))
        archive = (await self._get(f"{path}/archive", str(ref))).content
        try:
            return await asyncio.to_thread(read_release, manifest, archive)
        except BrokenArchive as error:
            raise TemplateInvalid(f"The archive of {ref} cannot be used: {error}.") from error

    async def _manifest(self, path: str, what: str) -> TemplateManifest:
        try:
            return TemplateManifest.model_validate_json((await self._get(path, what)).content)
        except ValidationError as error:
            raise TemplateInvalid(f"The manifest of {what} cannot be used: {error}.") from error

    async def _get(self, path: str, what: str, query: dict[str, Any] | None = None) -> httpx.Response:
        try:
            with translated("The templates service", TemplateUnavailable):
                return (await self._http.get(path, params=query)).raise_for_status()
        except Refused as error:
            if error.status == TemplateNotFound.status:
                raise TemplateNotFound(f"There is no template '{what}'.", template=what) from error
            raise


def _ref(text: str) -> TemplateRef:
    try:
        return TemplateRef.parse(text)
    except ValueError as error:
        raise TemplateInvalid(f"The list of templates cannot be used: {error}.") from error
