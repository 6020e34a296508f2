"""The part of the public API that the demo needs, as a user of the API would call it."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx

RETRY_SECONDS = 0.1
GIVE_UP_SECONDS = 60.0
HEARTBEAT_SECONDS = 45.0


class ApiError(Exception):
    """The API refused, or cannot be reached; the message says why."""


@dataclass(frozen=True)
class Event:
    """One frame of the event stream; `seq` is None for passing events, which no replay repeats."""

    seq: int | None
    type: str
    data: dict[str, Any]


class ApiClient:
    """One key's view of the API; `http` is for calls that have no method here."""

    def __init__(self, url: str, key: str) -> None:
        self.http = httpx.AsyncClient(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=30, trust_env=False
        )

    async def close(self) -> None:
        await self.http.aclose()

    async def create_app(self, prompt: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The new app and its first run."""
        answer = await self._call("POST", "/v1/apps", {"prompt": prompt})
        return answer["app"], answer["run"]

    async def send(self, app: str, content: str, mode: str = "build") -> dict[str, Any]:
        """Send a message to the app's conversation; returns the run that works on it."""
        body = {"content": content, "mode": mode}
        answer = await self._call("POST", f"/v1/apps/{app}/messages", body)
        run: dict[str, Any] = answer["run"]
        return run

    async def answer(self, run: str, answers: list[str]) -> dict[str, Any]:
        """Answer the questions of a run that waits; returns the run that goes on."""
        answer = await self._call("POST", f"/v1/runs/{run}/answers", {"answers": answers})
        following: dict[str, Any] = answer["run"]
        return following

    async def limit(self, app: str, microdollars: int) -> None:
        """Set the app's budget of a month."""
        await self._call("PATCH", f"/v1/apps/{app}", {"budget": {"microdollars": microdollars}})

    async def cancel(self, run: str) -> None:
        await self._call("POST", f"/v1/runs/{run}/cancel")

    async def run(self, run: str) -> dict[str, Any]:
        return dict(await self._call("GET", f"/v1/runs/{run}"))

    async def app(self, app: str) -> dict[str, Any]:
        return dict(await self._call("GET", f"/v1/apps/{app}"))

    async def apps(self) -> list[dict[str, Any]]:
        """The newest apps, one page of them."""
        page: list[dict[str, Any]] = (await self._call("GET", "/v1/apps"))["items"]
        return page

    async def files(self, app: str) -> dict[str, bytes]:
        """The contents of the app's newest version, by path."""
        listed = (await self._call("GET", f"/v1/apps/{app}/files"))["files"]
        paths = [str(file["path"]) for file in listed]
        responses = [await self._send("GET", f"/v1/apps/{app}/files/{path}") for path in paths]
        return {path: response.content for path, response in zip(paths, responses, strict=True)}

    async def usage(self, app: str) -> dict[str, Any]:
        return dict(await self._call("GET", f"/v1/apps/{app}/usage"))

    async def follow(self, app: str, *, after: int = 0) -> AsyncGenerator[Event, None]:
        """Events after number `after` without end, over restarts of the API, each stored one once."""
        down_since: float | None = None
        clock = asyncio.get_running_loop().time
        while True:
            try:
                async for event in self._stream(app, after):
                    after, down_since = event.seq or after, None
                    yield event
            except (httpx.TransportError, ApiError) as error:
                down_since = down_since or clock()
                if clock() - down_since > GIVE_UP_SECONDS:
                    raise ApiError(f"the events of app {app} cannot be followed: {error}") from error
            await asyncio.sleep(RETRY_SECONDS)

    async def _stream(self, app: str, after: int) -> AsyncGenerator[Event, None]:
        headers = {"last-event-id": str(after), "accept": "text/event-stream"}
        timeout = httpx.Timeout(30, read=HEARTBEAT_SECONDS)
        path = f"/v1/apps/{app}/events"
        async with self.http.stream("GET", path, headers=headers, timeout=timeout) as response:
            if response.status_code != httpx.codes.OK:
                await response.aread()
                raise ApiError(_reason(response))
            frame: dict[str, str] = {}
            async for line in response.aiter_lines():
                if line:
                    field, _, value = line.partition(":")
                    frame[field] = value.removeprefix(" ")
                elif frame:
                    if "data" in frame:
                        data = json.loads(frame["data"])
                        seq = int(frame["id"]) if "id" in frame else None
                        yield Event(seq, frame.get("event", "message"), data)
                    frame = {}

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return (await self._send(method, path, body)).json()

    async def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        headers = {"idempotency-key": uuid.uuid4().hex} if method == "POST" else {}
        try:
            response = await self.http.request(method, path, json=body, headers=headers)
        except httpx.TransportError as error:
            raise ApiError(f"the API at {self.http.base_url} does not answer: {error}") from error
        if response.is_error:
            raise ApiError(_reason(response))
        return response


def _reason(response: httpx.Response) -> str:
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    detail = problem.get("detail") or response.text[:200]
    return (
        f"{response.request.method} {response.request.url.path} was answered {response.status_code}: {detail}"
    )
