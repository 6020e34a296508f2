"""What is known of the foundations that apps are made on: the newest releases, and which have a hole."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from common.contracts.templates import Advisory, TemplateRef
from common.errors import AppError
from common.logging import get_logger
from common.templates import TemplateClient, TemplateUnavailable

Lack = Literal["outdated", "vulnerable"]

_SECONDS = 10.0

logger = get_logger(__name__)


@dataclass(frozen=True)
class Foundation:
    """What is to be said of the release that an app is on; `latest` is None as long as nothing is known."""

    latest: TemplateRef | None = None
    advisories: tuple[Advisory, ...] = ()


class Foundations:
    """Asked for now and then, so that showing an app waits for nobody. It outlasts a service that is away."""

    def __init__(self, templates: TemplateClient) -> None:
        self._templates = templates
        self._releases: Mapping[TemplateRef, tuple[Advisory, ...]] = {}
        self._latest: dict[str, TemplateRef] = {}
        self._offers: Mapping[TemplateRef, str] = {}

    async def follow(self) -> None:
        """Asks again and again."""
        while True:
            try:
                self._releases = await self._templates.releases()
                self._offers = await self._templates.offers()
            except AppError as error:
                logger.warning("templates not asked for", reason=error.message)
            else:
                stable = sorted(ref for ref in self._releases if not ref.version.prerelease)
                self._latest = {ref.name: ref for ref in stable}
            await asyncio.sleep(_SECONDS)

    def of(self, ref: TemplateRef) -> Foundation:
        """What is known of the release by now."""
        return Foundation(self._latest.get(ref.name), self._releases.get(ref, ()))

    async def offers(self) -> Mapping[TemplateRef, str]:
        """What new apps can begin with: the newest releases, with their descriptions.

        Asked for now if unknown yet; raises TemplateUnavailable or TemplateInvalid.
        """
        if not self._offers:
            self._offers = await self._templates.offers()
        return self._offers

    def lacking(self, lack: Lack) -> list[TemplateRef]:
        """The releases that have a known hole, or a later one; raises TemplateUnavailable if unknown yet."""
        if not self._releases:
            raise TemplateUnavailable("The templates service has not answered yet; ask again in a moment.")
        if lack == "vulnerable":
            return [ref for ref, advisories in self._releases.items() if advisories]
        return [ref for ref in self._releases if ref.name in self._latest and ref < self._latest[ref.name]]
