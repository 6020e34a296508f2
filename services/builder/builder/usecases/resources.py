"""What lives as long as the process and the use cases share."""

import asyncio
from dataclasses import dataclass

from builder.clients.dependencies import Dependencies
from builder.clients.sandbox.pool import SandboxPool
from builder.clients.sandbox.process import Isolation
from builder.settings import Settings
from common.backbone import Backbone
from common.templates import TemplateClient


@dataclass(frozen=True, kw_only=True)
class Resources(Backbone):
    """`slots` bounds how many builds run at once, of both modes together."""

    settings: Settings
    templates: TemplateClient
    dependencies: Dependencies
    isolation: Isolation
    sandboxes: SandboxPool
    slots: asyncio.Semaphore
