"""What the followers of an app hear of a turn while the model still writes it."""

import asyncio

from common.contracts import LiveEvent
from common.contracts.events import AppEvent, FileProgressEvent, MessageDeltaEvent, ToolStartedEvent
from common.messaging.streams import live_subject
from orchestrator.clients.model.protocol import (
    BlockDone,
    FileProgress,
    ModelEvent,
    TextDelta,
    ToolStarted,
    TurnRequested,
)
from orchestrator.db.runs import Lease
from orchestrator.domain.text import storable
from orchestrator.usecases.resources import Resources

_PROGRESS_SECONDS = 0.25
_TOOL_CHARACTERS = 64
_PATH_CHARACTERS = 200


class LiveEvents:
    """Publishes text as it comes, and the growth of a file at intervals, the last one always."""

    def __init__(self, resources: Resources, lease: Lease) -> None:
        self._bus = resources.bus
        self._lease = lease
        self._held: FileProgress | None = None
        self._next_progress = 0.0

    async def show(self, event: ModelEvent) -> None:
        """Publishes what the event has to show; most kinds have nothing."""
        match event:
            case TurnRequested():
                self._held = None  # the answer before has broken off: its file grows no further
            case TextDelta(text, kind):
                run_id = self._lease.run_id
                await self._publish(MessageDeltaEvent(run_id=run_id, text=storable(text), kind=kind))
            case ToolStarted(tool, path):
                self._held, self._next_progress = None, 0.0
                started = ToolStartedEvent(
                    run_id=self._lease.run_id, tool=_tool(tool), path=_path(path) if path else None
                )
                await self._publish(started)
            case FileProgress():
                self._held = event
                if asyncio.get_running_loop().time() >= self._next_progress:
                    await self._progress()
            case BlockDone():
                await self._progress()

    async def _progress(self) -> None:
        if self._held is None:
            return
        held, self._held = self._held, None
        self._next_progress = asyncio.get_running_loop().time() + _PROGRESS_SECONDS
        progress = FileProgressEvent(
            run_id=self._lease.run_id, tool=_tool(held.tool), path=_path(held.path), lines=held.lines,
            characters=held.characters,
        )  # fmt: skip
        await self._publish(progress)

    async def _publish(self, event: AppEvent) -> None:
        live = LiveEvent(app_id=self._lease.app_id, event=event)
        await self._bus.publish_live(live_subject(self._lease.app_id), live)


def _tool(name: str) -> str:
    return storable(name)[:_TOOL_CHARACTERS]


def _path(path: str) -> str:
    return storable(path)[:_PATH_CHARACTERS]
