"""The mails that the stack's mail server took."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import httpx

from tests.data.world import World

_CODE = re.compile(r"\b\d{6}\b")
_SECONDS = 120.0


@dataclass(frozen=True)
class Mail:
    subject: str
    text: str
    sender: str
    links: tuple[str, ...]

    @property
    def link(self) -> str:
        return self.links[0]

    @property
    def code(self) -> str:
        found = _CODE.search(self.text)
        assert found, self.text
        return found[0]


async def mails(world: World, address: str, count: int = 1, *, about: str = "") -> list[Mail]:
    """What was sent to the address about something, newest first, once there are so many.

    Mails that are sent at one time may come in any order.
    """
    url = f"{world.stack.config.url('mail')}/mails"
    async with asyncio.timeout(_SECONDS), httpx.AsyncClient() as client:
        while True:
            items: list[dict[str, Any]] = (await client.get(url, params={"to": address})).json()["items"]
            items = [item for item in items if about in item["subject"]]
            if len(items) >= count:
                return [
                    Mail(item["subject"], item["text"], item["sender"], tuple(item["links"]))
                    for item in items
                ]
            await asyncio.sleep(0.05)


async def mail(world: World, address: str, count: int = 1, *, about: str = "") -> Mail:
    """The newest of so many."""
    return (await mails(world, address, count, about=about))[0]
