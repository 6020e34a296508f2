"""Hashes passwords by argon2id, in threads of its own: a hash takes tens of milliseconds and much memory."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from common.errors import Busy

_QUEUE = 64
"""Hashes that may wait for a thread; whoever comes then is told to come again, and nothing else waits."""

_RETRY_SECONDS = 1.0


class Passwords:
    """`memory_kib` and `rounds` are argon2's; `threads` hashes are worked on at once."""

    def __init__(self, *, memory_kib: int, rounds: int, threads: int) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="argon2")
        self._most = threads + _QUEUE
        self._pending = 0
        self._nobodys = self._hasher.hash("nobody's")

    async def hash(self, password: str, *, salt: bytes | None = None) -> str:
        """What is stored of the password; raises Busy when too many want that. `salt`: random without."""
        with self._turn():
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, partial(self._hasher.hash, password, salt=salt)
            )

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether the stored hash is the password's. Takes as long where nothing is stored."""
        with self._turn():
            return await asyncio.get_running_loop().run_in_executor(
                self._threads, self._matches, password, stored
            )

    def outdated(self, stored: str) -> bool:
        """Whether the hash was made by other parameters than today's."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        """Lets nobody wait for what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, password: str, stored: str | None) -> bool:
        try:
            return self._hasher.verify(stored or self._nobodys, password) and stored is not None
        except (VerificationError, InvalidHashError):
            return False

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if self._pending >= self._most:
            raise Busy("Too many people sign in at this moment; try again.", retry_after=_RETRY_SECONDS)
        self._pending += 1
        try:
            yield
        finally:
            self._pending -= 1
