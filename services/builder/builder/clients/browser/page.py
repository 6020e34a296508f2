"""One tab: it loads a route of an app, is served the app's files, and notes what goes wrong."""

import asyncio
import base64
import binascii
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from builder.clients.browser.protocol import Connection, Message, Refused, fields, items, number, text
from builder.domain.looks import NARROW, Seen, Spot, Trouble
from builder.domain.serving import ORIGIN, VENDOR, Asked, Site, is_own

_PROBE = Path(__file__).with_name("probe.js").read_text(encoding="utf-8")
_WORLD = "overskill"
_HEIGHTS = {NARROW: 844}
_HEIGHT = 800
_THUMBNAIL_WIDTH = 480
_MAX_SEEN = 40
_MAX_SCRIPTS = 2_000
_MAX_DIALOGS = 10
_MAX_MESSAGE = 1000
_INTERRUPTION_SECONDS = 15.0
# React's own messages, which its production build has as numbers only.
_REACTS = re.compile(r"Minified React error #(\d{1,4})")
_ENDLESS = {
    "185": "Maximum update depth exceeded: a component sets its state again whenever it is updated.",
    "301": "Too many re-renders: a component sets its state while it is rendered, without end.",
}
# Chromium's words: what it fetches for itself is answered by nobody here.
_NO_SERVICE_WORKER = "Failed to register a ServiceWorker for scope"
_FRAME = re.compile(rf"{re.escape(ORIGIN)}/([\w./-]{{1,300}}):(\d{{1,9}}):(\d{{1,9}})")
# What a missing one of leaves an app to show without it; without any other kind it may not work.
_DECORATION = frozenset({"Stylesheet", "Font", "Image", "Media", "Ping", "Manifest"})


T = TypeVar("T")


class PageCrashed(Exception):
    """The page's process ended: it needed too much memory, or broke."""


class Page:
    """A tab at one width. What it sees is collected in `seen` until `begin` starts anew.

    `route`: what it was loaded with at this width.
    """

    def __init__(self, connection: Connection, target: str, session: str, width: int) -> None:
        self._connection = connection
        self._target = target
        self._session = session
        self._site: Site | None = None
        self._world: int | None = None
        self.width = width
        self.route: str | None = None
        self._loaded = asyncio.Event()
        self._crashed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._paused: asyncio.Future[tuple[Spot, ...]] | None = None
        self._scripts: dict[str, str] = {}
        self._leaving = False
        self.begin()
        connection.listen(session, self._on_event)

    @classmethod
    async def open(cls, connection: Connection, width: int, axe: str) -> "Page":
        """A new tab, with storage of its own; `axe` is the source of axe-core."""
        context = text((await connection.call("Target.createBrowserContext")).get("browserContextId"))
        await connection.call("Browser.setDownloadBehavior", behavior="deny", browserContextId=context)
        made = await connection.call("Target.createTarget", url="about:blank", browserContextId=context)
        target = text(made.get("targetId"))
        attached = await connection.call("Target.attachToTarget", targetId=target, flatten=True)
        page = cls(connection, target, text(attached.get("sessionId")), width)
        await page._prepare(f"{_PROBE}\nprobe.load = () => {{\n{axe}\n}};")
        return page

    async def _prepare(self, probe: str) -> None:
        sent = [
            self._send("Page.enable"),
            self._send("Runtime.enable"),
            self._send("Inspector.enable"),
            self._send("Network.enable", maxTotalBufferSize=0, maxResourceBufferSize=0),
            self._send("Network.setBypassServiceWorker", bypass=True),
            self._send("Fetch.enable", patterns=[{"urlPattern": "*"}]),
            self._send("Page.addScriptToEvaluateOnNewDocument", source=probe, worldName=_WORLD),
            self._send_size(),
        ]
        await asyncio.gather(*sent)

    async def resize(self, width: int) -> None:
        """Makes the window as wide as that; to be called before a page is loaded, which sees no other."""
        if width != self.width:
            self.width = width
            self.route = None
            self._leaving = True
            await self._answer(self._send_size())

    def _send_size(self) -> asyncio.Future[Message]:
        metrics = {"width": self.width, "height": self.height, "deviceScaleFactor": 1}
        return self._send("Emulation.setDeviceMetricsOverride", **metrics, mobile=self.width == NARROW)

    @property
    def keeps_asking(self) -> bool:
        """Whether it opened more dialogs than any page in order would; no further one is closed."""
        return self.dialogs > _MAX_DIALOGS

    @property
    def height(self) -> int:
        """Of the window, in CSS pixels."""
        return _HEIGHTS.get(self.width, _HEIGHT)

    def begin(self) -> None:
        """Forgets what was seen."""
        self.seen: list[Seen] = []
        self.asks_others = False
        self.requests = 0
        self.dialogs = 0

    def note(
        self, trouble: Trouble, message: str, spots: tuple[Spot, ...] = (), rule: str | None = None
    ) -> None:
        """Keeps what is new."""
        seen = Seen(trouble, message[:_MAX_MESSAGE].strip(), spots, rule)
        if seen not in self.seen and len(self.seen) < _MAX_SEEN:
            self.seen.append(seen)

    async def load(self, site: Site, route: str) -> None:
        """Loads a route and waits until nothing is left to do; raises PageCrashed, Refused, BrowserGone."""
        self._site, self.route = site, route
        self._leaving = True
        self._loaded.clear()
        await self._answer(self._send("Page.navigate", url=f"{ORIGIN}{route}"))
        await self.settle()

    async def reload(self) -> None:
        """Loads the page again, with what it has stored."""
        self._loaded.clear()
        await self._answer(self._send("Page.reload"))
        await self.settle()

    async def settle(self) -> None:
        """Waits until the page is loaded and idle, and has asked for nothing since."""
        requests = -1
        while requests != self.requests:
            await self._until(self._loaded.wait())
            requests = self.requests
            made = await self._answer(
                self._send("Page.createIsolatedWorld", frameId=self._target, worldName=_WORLD)
            )
            self._world = number(made.get("executionContextId"))
            if await self.ask("probe.idle()") is not True:  # a page of a kind that is given no scripts
                await self.ask(f"{_PROBE}\nprobe.idle()")

    async def ask(self, expression: str) -> Any:
        """What an expression yields in the world of the probe; None when it fails there."""
        sent = self._send(
            "Runtime.evaluate",
            expression=expression,
            contextId=self._world,
            awaitPromise=True,
            returnByValue=True,
        )
        try:
            answer = await self._answer(sent)
        except Refused:  # the page went elsewhere meanwhile
            return None
        return fields(answer.get("result")).get("value")

    async def forget(self, blank: Site) -> None:
        """Leaves the app, and nothing of it for its next version, for which the tab is kept."""
        await self._answer(self._send("Network.setCacheDisabled", cacheDisabled=True))
        await self.load(blank, "/")
        if await self.ask("sessionStorage.clear(), name = ''") != "":
            raise Refused("the tab does not forget its session")
        await self._answer(self._send("Storage.clearDataForOrigin", origin=ORIGIN, storageTypes="all"))
        await self._answer(self._send("Page.resetNavigationHistory"))
        await self._answer(self._send("Network.setCacheDisabled", cacheDisabled=False))

    async def close(self) -> None:
        """Closes the tab, also one that does not answer."""
        self._connection.forget(self._session)
        await self._connection.call("Target.closeTarget", targetId=self._target)

    async def enable_interrupts(self) -> None:
        """To be called before what is to be interrupted is loaded; it makes a page a third slower."""
        await self._answer(self._send("Debugger.enable"))

    async def interrupt(self) -> tuple[Spot, ...]:
        """Where a page is that does not come to rest: a stack with code of the app's own in it."""
        spots = await self._paused_by("Debugger.pause")
        if all(spot.path.startswith(VENDOR) for spot in spots):
            # Between two tasks it stops where a library begins the next one: on to where that calls the app.
            libraries = [f"^{re.escape(f'{ORIGIN}/{VENDOR}')}"]
            passing = {"patterns": libraries, "skipAnonymous": True}  # the probe has no name
            await self._answer(self._send("Debugger.setBlackboxPatterns", **passing))
            spots = await self._paused_by("Debugger.stepInto")
        return spots

    async def _paused_by(self, method: str) -> tuple[Spot, ...]:
        """The stack of the app's code that the page stops in; raises TimeoutError, PageCrashed, Refused."""
        self._paused = asyncio.get_running_loop().create_future()
        async with asyncio.timeout(_INTERRUPTION_SECONDS):
            await self._answer(self._send(method))
            return await self._answer(self._paused)

    async def photograph(self) -> bytes | None:
        """A small WebP of what the window shows."""
        scale = min(1.0, _THUMBNAIL_WIDTH / self.width)
        clip = {"x": 0, "y": 0, "width": self.width, "height": self.height, "scale": scale}
        sent = self._send(
            "Page.captureScreenshot", format="webp", quality=60, optimizeForSpeed=True, clip=clip
        )
        data = (await self._answer(sent)).get("data")
        try:
            image = base64.b64decode(data if isinstance(data, str) else "", validate=True)
        except binascii.Error:
            return None
        return image if image[:4] == b"RIFF" and image[8:12] == b"WEBP" else None

    def _send(self, method: str, **parameters: object) -> asyncio.Future[Message]:
        return self._connection.send(method, self._session, **parameters)

    async def _answer(self, sent: asyncio.Future[T]) -> T:
        either: list[asyncio.Future[Any]] = [sent, self._crashed]
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not sent.done():
            raise PageCrashed
        return sent.result()

    async def _until(self, waiting: Any) -> None:
        task = asyncio.ensure_future(waiting)
        gone = asyncio.ensure_future(self._connection.ended.wait())
        try:
            await asyncio.wait([task, gone, self._crashed], return_when=asyncio.FIRST_COMPLETED)
        finally:
            task.cancel()
            gone.cancel()
        if self._crashed.done():
            raise PageCrashed

    def _on_event(self, method: str, parameters: Message) -> None:
        handler = self._handlers.get(method)
        if handler is not None:
            handler(self, parameters)

    def _on_request(self, parameters: Message) -> None:
        self.requests += 1
        request, identity = fields(parameters.get("request")), text(parameters.get("requestId"))
        headers = {str(name).lower(): value for name, value in fields(request.get("headers")).items()}
        url, kind = text(request.get("url")), text(parameters.get("resourceType"))
        if kind == "Document" and parameters.get("frameId") == self._target:
            self._loaded.clear()
        asked = Asked(text(request.get("method")), url, kind, text(headers.get("accept")) or "*/*")
        answer = self._site.answer(asked) if self._site is not None else None
        if answer is None:
            self._blocked(url, kind)
            self._send("Fetch.failRequest", requestId=identity, errorReason="InternetDisconnected")
            return
        if answer.status >= 400:
            self.note(
                Trouble.MISSING, f"{asked.method} {url.removeprefix(ORIGIN)[:200]} answers {answer.status}."
            )
        listed = [{"name": name, "value": value} for name, value in answer.headers.items()]
        fulfilled = {"responseCode": answer.status, "responseHeaders": listed, "body": answer.body}
        self._send("Fetch.fulfillRequest", requestId=identity, **fulfilled)

    def _blocked(self, url: str, kind: str) -> None:
        self.asks_others = self.asks_others or kind not in _DECORATION
        self.note(Trouble.UNREACHABLE, f"{url[:200]} is asked for: no other server can be reached here.")

    def _on_socket(self, parameters: Message) -> None:
        if not is_own(text(parameters.get("url"))):
            self._blocked(text(parameters.get("url")), "WebSocket")

    def _on_navigated(self, parameters: Message) -> None:
        if fields(parameters.get("frame")).get("id") == self._target:
            self._leaving = False

    def _on_exception(self, parameters: Message) -> None:
        if self._leaving:  # the page before it threw that
            return
        details = fields(parameters.get("exceptionDetails"))
        thrown = fields(details.get("exception"))
        words = text(thrown.get("description")) or text(thrown.get("value")) or text(details.get("text"))
        spots = spots_in(words) or stack_spots(details.get("stackTrace")) or _own_spot(details)
        self._failed(words, spots)

    def _failed(self, words: str, spots: tuple[Spot, ...]) -> None:
        message = _first_lines(words) or "An error without a message."
        if _NO_SERVICE_WORKER in message:
            self.note(Trouble.UNREACHABLE, "A service worker is registered: none is run here.")
            return
        found = _REACTS.search(message)
        endless = _ENDLESS.get(found[1]) if found is not None else None
        self.note(Trouble.ENDLESS if endless else Trouble.UNCAUGHT, endless or message, spots)

    def _on_script(self, parameters: Message) -> None:
        if is_own(url := text(parameters.get("url"))) and len(self._scripts) < _MAX_SCRIPTS:
            self._scripts[text(parameters.get("scriptId"))] = url

    def _on_paused(self, parameters: Message) -> None:
        if self._paused is not None and not self._paused.done():
            frames = [
                {**location, "url": self._scripts.get(text(location.get("scriptId")))}
                for frame in items(parameters.get("callFrames"), 30)
                for location in [fields(fields(frame).get("location"))]
            ]
            self._paused.set_result(stack_spots({"callFrames": frames}))

    def _on_console(self, parameters: Message) -> None:
        if self._leaving or parameters.get("type") not in {"error", "assert"}:
            return
        printed = [_printed(fields(argument)) for argument in items(parameters.get("args"), 5)]
        words = " ".join(part for part in printed if part)
        spots = spots_in(words) or stack_spots(parameters.get("stackTrace"))
        self.note(Trouble.CONSOLE, _first_lines(words) or "console.error()", spots)

    def _on_dialog(self, _parameters: Message) -> None:
        self.dialogs += 1
        if not self.keeps_asking:
            self._send("Page.handleJavaScriptDialog", accept=False)

    def _on_load(self, _parameters: Message) -> None:
        self._loaded.set()

    def _on_crash(self, _parameters: Message) -> None:
        if not self._crashed.done():
            self._crashed.set_result(None)

    _handlers: ClassVar[dict[str, Callable[["Page", Message], None]]] = {
        "Fetch.requestPaused": _on_request,
        "Network.webSocketCreated": _on_socket,
        "Runtime.exceptionThrown": _on_exception,
        "Runtime.consoleAPICalled": _on_console,
        "Page.javascriptDialogOpening": _on_dialog,
        "Page.frameNavigated": _on_navigated,
        "Page.loadEventFired": _on_load,
        "Debugger.scriptParsed": _on_script,
        "Debugger.paused": _on_paused,
        "Inspector.targetCrashed": _on_crash,
        "Inspector.detached": _on_crash,
    }


def spots_in(words: str) -> tuple[Spot, ...]:
    """The positions in the app's own files that an error's stack names."""
    return tuple(Spot(path, int(line), int(column)) for path, line, column in _FRAME.findall(words)[:20])


def stack_spots(trace: object) -> tuple[Spot, ...]:
    """The same of a stack trace of the protocol, which counts from 0."""
    found = (_own_spot(fields(frame)) for frame in items(fields(trace).get("callFrames"), 20))
    return tuple(spot for spots in found for spot in spots)


def _own_spot(position: Message) -> tuple[Spot, ...]:
    url, line, column = (
        text(position.get("url")),
        number(position.get("lineNumber")),
        number(position.get("columnNumber")),
    )
    if not is_own(url) or line is None or column is None:
        return ()
    return (Spot(url.removeprefix(f"{ORIGIN}/"), line + 1, column + 1),)


def _first_lines(words: str) -> str:
    """An error's message, without the stack behind it."""
    lines = words.splitlines()
    end = next((index for index, line in enumerate(lines) if line.lstrip().startswith("at ")), len(lines))
    return "\n".join(lines[:end])[:_MAX_MESSAGE]


def _printed(argument: Message) -> str:
    value = argument.get("value")
    if value is None:
        return text(argument.get("description"))
    return text(value) if isinstance(value, str) else str(value)[:200]
