"""SDK clients of vendors, which take a second or two to import: made, in a thread, when first needed."""

import asyncio
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """What an SDK connects with."""

    async def close(self) -> None:
        """Closes its connections."""
        ...


C = TypeVar("C", bound=Closable)


class LateClient(Generic[C]):
    """Makes an SDK's client by `load`, in a thread, once for all who wait for it."""

    def __init__(self, load: Callable[[], C]) -> None:
        self._load = load
        self._client: C | None = None
        self._loading = asyncio.Lock()

    async def get(self) -> C:
        """The client, made now if it has not been."""
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(self._load)
            return self._client

    async def close(self) -> None:
        """Closes it, if there is one."""
        if self._client is not None:
            await self._client.close()
            self._client = None
