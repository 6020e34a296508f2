"""The DevTools protocol over the browser's debugging pipe; the reader trusts nothing it reads.

Messages are JSON, each ended by a NUL. What a page makes its browser say is the page's word, so sizes and
numbers are bounded, and every field is read as something that may be missing or of another type.
"""

import asyncio
import json
import math
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

Message = Mapping[str, Any]
Listener = Callable[[str, Message], None]
"""Takes an event's method and its parameters."""

_MAX_MESSAGE = 8 * 1024**2
_MAX_BYTES = 96 * 1024**2
_MAX_MESSAGES = 50_000
_CHUNK = 256 * 1024
_MAX_WAITING = 16 * 1024**2


class BrowserGone(Exception):
    """The browser ended, or sent what no browser sends: nothing is known of the page."""


class Refused(Exception):
    """The browser answered a command with an error."""


class Flooded(Exception):
    """A page made its browser send more than any page in order would."""


class Connection:
    """Commands and their answers, events by session. `close` must be called; it ends the reading."""

    def __init__(
        self, reader: asyncio.StreamReader, incoming: asyncio.BaseTransport, writer: asyncio.WriteTransport
    ) -> None:
        self._reader = reader
        self._incoming = incoming
        self._writer = writer
        self._waiting: dict[int, asyncio.Future[Message]] = {}
        self._listeners: dict[str, Listener] = {}
        self._number = 0
        self._heard_bytes = self._heard_messages = 0
        self._ended: Exception | None = None
        self.ended = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def over(cls, commands: int, events: int) -> "Connection":
        """Takes the descriptors of two pipes, ours to write and to read, also when it fails."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        with ExitStack() as undo:
            source = undo.enter_context(os.fdopen(events, "rb", buffering=0))
            target = undo.enter_context(os.fdopen(commands, "wb", buffering=0))
            incoming, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), source)
            undo.callback(incoming.close)
            writer, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, target)
            undo.pop_all()
        return cls(reader, incoming, writer)

    def listen(self, session: str, listener: Listener) -> None:
        """Has a session's events told."""
        self._listeners[session] = listener

    def forget(self, session: str) -> None:
        """Stops telling a session's events."""
        self._listeners.pop(session, None)

    def send(self, method: str, session: str | None = None, **parameters: object) -> asyncio.Future[Message]:
        """Sends a command; its answer raises Refused, Flooded or BrowserGone.

        Who does not await it must not care how it ends: then nothing is said of it.
        """
        self._number += 1
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        answer.add_done_callback(_seen)
        if self._ended is not None:
            answer.set_exception(self._ended)
            return answer
        message: dict[str, object] = {"id": self._number, "method": method, "params": parameters}
        if session is not None:
            message["sessionId"] = session
        self._waiting[self._number] = answer
        self._writer.write(json.dumps(message).encode() + b"\0")
        if self._writer.get_write_buffer_size() > _MAX_WAITING:
            self._end(Flooded())
        return answer

    def begin(self) -> None:
        """Counts anew what the browser sends: another page comes."""
        self._heard_bytes = self._heard_messages = 0

    async def call(self, method: str, session: str | None = None, **parameters: object) -> Message:
        """Sends a command and waits for its answer."""
        return await self.send(method, session, **parameters)

    async def _read(self) -> None:
        try:
            await self._take_all()
        except (Flooded, BrowserGone) as error:
            self._end(error)
        except (OSError, asyncio.IncompleteReadError):
            self._end(BrowserGone("the browser ended"))

    async def _take_all(self) -> None:
        pending = bytearray()
        while chunk := await self._reader.read(_CHUNK):
            self._heard_bytes += len(chunk)
            pending += chunk
            *messages, rest = pending.split(b"\0")
            pending = bytearray(rest)
            self._heard_messages += len(messages)
            too_much = self._heard_bytes > _MAX_BYTES or self._heard_messages > _MAX_MESSAGES
            if too_much or len(pending) > _MAX_MESSAGE:
                raise Flooded
            for message in messages:
                self._take(bytes(message))
        raise BrowserGone("the browser ended")

    def _take(self, raw: bytes) -> None:
        try:
            message = json.loads(raw)
        except (ValueError, RecursionError) as error:  # the latter by brackets in brackets
            raise BrowserGone("the browser sent what is no JSON") from error
        if not isinstance(message, dict):
            raise BrowserGone("the browser sent no message")
        number = message.get("id")
        if isinstance(number, int):
            self._answer(number, message)
        elif (listener := self._listeners.get(text(message.get("sessionId")))) is not None:
            listener(text(message.get("method")), fields(message.get("params")))

    def _answer(self, number: int, message: Message) -> None:
        answer = self._waiting.pop(number, None)
        if answer is None or answer.done():
            return
        if "error" in message:
            answer.set_exception(Refused(text(fields(message["error"]).get("message"), 500)))
        else:
            answer.set_result(fields(message.get("result")))

    def _end(self, error: Exception) -> None:
        if self._ended is None:
            self._ended = error
        self.ended.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(self._ended)
        self._waiting.clear()

    async def close(self) -> None:
        """Ends the reading; what was still waited for raises BrowserGone."""
        self._reading.cancel()
        await asyncio.wait([self._reading])
        self._end(BrowserGone("the browser was closed"))
        # Nobody reads what is still in it, so its end would never be seen.
        self._incoming.close()
        if not self._writer.is_closing():
            self._writer.abort()


def _seen(answer: asyncio.Future[Message]) -> None:
    if not answer.cancelled():
        answer.exception()


def fields(value: object) -> Message:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object, most: int) -> list[Any]:
    """The first elements of the value if it is an array."""
    return value[:most] if isinstance(value, list) else []


def text(value: object, most: int = 2000) -> str:
    """The value if it is a string, cut, without what cannot be stored; else an empty one."""
    if not isinstance(value, str):
        return ""
    return value[:most].replace("\0", "\ufffd").encode(errors="replace").decode()


def number(value: object) -> int | None:
    """The value if it is a number from 0 to 2^31 - 1, without its fraction."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value < 2**31 else None
