"""Remembers what realms' schemas hold.

Nothing here expires by time: every statement says for which version it was rendered, and the shard refuses
one of another version before anything is done (docs/decisions/0034).
"""

import asyncio
from collections import OrderedDict

from data.clients.catalog import current_version, load_schema
from data.clients.shard import Shard
from data.domain.realm import Names
from data.domain.rest.catalog import Schema


class Schemas:
    """The schemas used last; of many who miss one, one loads it."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: OrderedDict[str, Schema] = OrderedDict()
        self._loading: dict[str, asyncio.Task[Schema]] = {}

    async def of(self, shard: Shard, ref: str) -> Schema:
        """As it was known last."""
        known = self._known.get(ref)
        if known is None:
            return await self._load(shard, ref)
        self._known.move_to_end(ref)
        return known

    async def newer(self, shard: Shard, ref: str, known: Schema) -> Schema | None:
        """What has come after `known`, if anything has."""
        if await current_version(shard, Names(ref)) == known.version:
            return None
        current = await self._load(shard, ref)
        return current if current.version != known.version else None

    async def _load(self, shard: Shard, ref: str) -> Schema:
        """As it is now, or as it was read by somebody who asked just before."""
        task = self._loading.get(ref)
        if task is None:
            task = self._loading[ref] = asyncio.create_task(load_schema(shard, Names(ref)))
            task.add_done_callback(lambda done: self._loaded(ref, done))
        # One who no longer waits must not end it for the others.
        return await asyncio.shield(task)

    def _loaded(self, ref: str, task: "asyncio.Task[Schema]") -> None:
        del self._loading[ref]
        if task.cancelled() or task.exception() is not None:
            return
        self._known[ref] = task.result()
        self._known.move_to_end(ref)
        while len(self._known) > self._most:
            self._known.popitem(last=False)
