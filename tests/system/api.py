"""The public API as a test uses it: thin, and failing with what the server answered."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from types import TracebackType
from typing import Any, Self

import httpx

from dev.stack.client import ApiClient, Event

FINAL = {"succeeded", "answered", "waiting", "failed", "cancelled"}
RUN_SECONDS = 300.0


class Api:
    def __init__(self, url: str, key: str) -> None:
        self._client = ApiClient(url, key)
        self.http = self._client.http

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def get(self, path: str) -> Any:
        return self._json(await self.http.get(path))

    async def post(self, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        return self._json(await self.http.post(path, json=body, headers=headers))

    async def put_file(self, app: str, path: str, content: bytes) -> Any:
        return self._json(await self.http.put(f"/v1/apps/{app}/files/{path}", content=content))

    async def create_app(self, prompt: str) -> tuple[str, str]:
        """The ids of the new app and of its run."""
        created = await self.post("/v1/apps", {"prompt": prompt})
        return created["app"]["id"], created["run"]["id"]

    async def send(self, app: str, content: str, mode: str = "build") -> str:
        """The id of the run the message causes."""
        body = {"content": content, "mode": mode}
        return str((await self.post(f"/v1/apps/{app}/messages", body))["run"]["id"])

    async def ended(self, app: str, run: str) -> dict[str, Any]:
        """The run once it is final."""
        async with asyncio.timeout(RUN_SECONDS):
            await self.event(app, lambda event: event.data.get("run_id") == run and _ends_a_run(event))
        final: dict[str, Any] = await self.get(f"/v1/runs/{run}")
        return final

    async def succeeded(self, app: str, run: str) -> dict[str, Any]:
        final = await self.ended(app, run)
        assert final["state"] == "succeeded", final
        return final

    async def event(self, app: str, wanted: Callable[[Event], bool], *, after: int = 0) -> Event:
        """The first event after number `after` that is wanted, however long it takes to come."""
        async with asyncio.timeout(RUN_SECONDS), aclosing(self.events(app, after=after)) as events:
            async for event in events:
                if wanted(event):
                    return event
        raise AssertionError("the event stream ended")

    async def log(self, app: str) -> list[Event]:
        """All stored events up to now."""
        end = (await self.get(f"/v1/apps/{app}/runs"))["items"]
        assert all(run["state"] in FINAL for run in end), "ask for the log when nothing is under way"
        events: list[Event] = []
        async with aclosing(self.events(app)) as stream:
            async for event in stream:
                events.append(event)
                if _ends_a_run(event) and event.data["run_id"] == end[0]["id"]:
                    return events
        raise AssertionError("the event stream ended")

    def events(self, app: str, *, after: int = 0) -> AsyncGenerator[Event, None]:
        """The stream without end, over restarts of the API."""
        return self._client.follow(app, after=after)

    @staticmethod
    def _json(response: httpx.Response) -> Any:
        assert response.is_success, f"{response.request.method} {response.request.url}: {response.text}"
        return response.json() if response.content else None


def _ends_a_run(event: Event) -> bool:
    return event.type in {f"run.{state}" for state in FINAL}
