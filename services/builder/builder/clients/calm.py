"""When nobody waits for anything here, and there is time for what is done ahead."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Calm:
    """It is calm when nothing that somebody waits for has been under way for `pause` seconds.

    Nobody waits for it longer than `most` seconds.
    """

    def __init__(self, pause: float, most: float) -> None:
        self._pause = pause
        self._most = most
        self._under_way = 0
        self._still = asyncio.Event()
        self._still.set()
        self._since = float("-inf")

    @contextmanager
    def broken(self) -> Iterator[None]:
        """Around what somebody waits for."""
        self._under_way += 1
        self._still.clear()
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._since = asyncio.get_running_loop().time()
                self._still.set()

    async def wait(self) -> None:
        """Until it is calm."""
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._most):
                await self._still.wait()
                while (left := self._since + self._pause - loop.time()) > 0:
                    await asyncio.sleep(left)
                    await self._still.wait()
