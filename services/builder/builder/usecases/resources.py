"""What lives as long as the process and the use cases share."""

import asyncio
from dataclasses import dataclass, field

from builder.clients.browser.pool import Browsers
from builder.clients.calm import Calm
from builder.clients.dependencies import Dependencies
from builder.clients.registry import Registry
from builder.clients.sandbox.pool import SandboxPool
from builder.clients.sandbox.runner import Runner
from builder.domain.packages.policy import Policy
from builder.settings import Settings
from builder.usecases.slots import BuildSlots
from common.backbone import Backbone
from common.templates import TemplateClient


@dataclass(frozen=True, kw_only=True)
class Resources(Backbone):
    """`slots` are the builds that run here, of both modes; `pages_wanted` wakes the browser check.

    Builds and looks break the `calm` in which sandboxes are started ahead.
    """

    settings: Settings
    templates: TemplateClient
    dependencies: Dependencies
    registry: Registry
    package_policy: Policy
    runner: Runner
    sandboxes: SandboxPool
    slots: BuildSlots
    browsers: Browsers
    calm: Calm
    pages_wanted: asyncio.Event = field(default_factory=asyncio.Event)

    def want_pages(self) -> None:
        """Has a build that has just ended looked at, once its deployment has had its head start."""
        delay = self.settings.builder_browser_delay_seconds
        asyncio.get_running_loop().call_later(delay, self.pages_wanted.set)
