"""Turns a run's events into lines for people."""

import sys
import time
from collections.abc import Callable
from typing import Any, TextIO

from dev.stack.client import Event

SCRIPT_LIMIT = 900_000
LOG_WIDTH = 110
LIVE_SECONDS = 1.0  # between two lines about what is being thought or written
ENDS = frozenset({"run.succeeded", "run.answered", "run.waiting", "run.failed", "run.cancelled"})
GREEN, RED, YELLOW, GREY, BOLD = "32", "31", "33", "90", "1"

Data = dict[str, Any]


class Progress:
    """Prints each event with the seconds since the start; `ended` is set by the run's last one."""

    def __init__(self, run_id: str, stream: TextIO = sys.stdout) -> None:
        self.ended: Event | None = None
        self.url: str | None = None
        self._run_id = run_id
        self._stream = stream
        self._began = time.monotonic()
        self._live_log: set[str] = set()
        self._thoughts = ""
        self._next_live = 0.0
        self._show: dict[str, Callable[[Data], None]] = {
            "run.started": lambda _: self._line("run", "started"),
            "plan.ready": self._plan,
            "model.changed": lambda data: self._line("model", f"goes on with {data.get('model')}", YELLOW),
            "message.delta": self._message,
            "tool.started": self._begin,
            "file.progress": self._grow,
            "tool.called": self._tool,
            "file.written": self._file,
            "todo.updated": self._todo,
            "build.started": lambda data: self._line("build", f"started ({data.get('mode', 'preview')})"),
            "build.log": self._log,
            "build.finished": self._build,
            "pages.checked": self._pages,
            "recovery.started": self._recovery,
            "deploy.started": lambda data: self._line("deploy", f"to {data.get('environment', 'preview')}"),
            "deploy.waiting": lambda data: self._line("deploy", f"waits: {data.get('message')}", YELLOW),
            "deploy.finished": self._deploy,
            "version.created": self._version,
            "app.updated": lambda data: self._line("app", f"is called {data.get('name')}"),
            "run.succeeded": self._success,
            "run.answered": lambda data: self._line("answer", str(data.get("text", "")), GREEN),
            "run.waiting": self._questions,
            "run.failed": self._failure,
            "run.cancelled": lambda _: self._line("run", "cancelled", RED),
        }

    def take(self, event: Event) -> None:
        if event.data.get("run_id") not in {self._run_id, None}:
            return
        show = self._show.get(event.type)
        if show is not None:
            show(event.data)
        if event.type in ENDS:
            self.ended = event

    def say(self, text: str = "", colour: str = "") -> None:
        print(self._paint(text, colour), file=self._stream, flush=True)

    def _line(self, what: str, text: str, colour: str = "") -> None:
        seconds = self._paint(f"{time.monotonic() - self._began:6.1f} s", GREY)
        self.say(f"{seconds}  {self._paint(f'{what:<8}', BOLD)} {self._paint(text, colour)}")

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if colour and self._stream.isatty() else text

    def _todo(self, data: Data) -> None:
        items = data.get("items", [])
        left = [str(item["text"]) for item in items if not item["done"]]
        self._line(
            "steps", f"{len(items) - len(left)} of {len(items)} done{f', next: {left[0]}' if left else ''}"
        )

    def _plan(self, data: Data) -> None:
        self._line("plan", f"{data.get('files', '?')} files of {data.get('template', 'the template')}")

    def _message(self, data: Data) -> None:
        if data.get("final"):
            self._line("model", _short(str(data.get("text", ""))))
        elif data.get("kind") == "thinking":
            self._thoughts += str(data.get("text", ""))
            if self._is_time():
                self._line("thinks", _short(self._thoughts), GREY)
                self._thoughts = ""

    def _begin(self, data: Data) -> None:
        if data.get("path"):
            self._line("model", f"{data.get('tool')} {data.get('path')} …", GREY)
            self._next_live = time.monotonic() + LIVE_SECONDS

    def _grow(self, data: Data) -> None:
        if self._is_time():
            self._line("model", f"{data.get('path')}: {data.get('lines')} lines so far", GREY)

    def _is_time(self) -> bool:
        """Whether another passing line may be shown; if so, the next one has to wait."""
        now = time.monotonic()
        if now < self._next_live:
            return False
        self._next_live = now + LIVE_SECONDS
        return True

    def _tool(self, data: Data) -> None:
        if data.get("ok") is False:
            reason = _short(str(data.get("message", "")))
            self._line("model", f"{data.get('tool')} {data.get('path') or ''} was refused: {reason}", YELLOW)

    def _file(self, data: Data) -> None:
        size = "deleted" if data.get("deleted") else f"{data.get('size') or 0:,} bytes"
        self._line("file", f"{data.get('path')}  {self._paint(size, GREY)}")

    def _log(self, data: Data) -> None:
        """Lines as they come; the final text only when none of them did."""
        build = str(data.get("build_id"))
        if data.get("final"):
            lines = [] if build in self._live_log else str(data.get("text", "")).splitlines()
        else:
            self._live_log.add(build)
            lines = [str(data.get("text", ""))]
        for line in filter(str.strip, lines):
            self._line("log", _short(line), GREY)

    def _build(self, data: Data) -> None:
        seconds = (data.get("duration_ms") or 0) / 1000
        artifact = data.get("artifact") or {}
        if data.get("state") == "succeeded":
            size = f"{artifact.get('file_count', '?')} files, {artifact.get('total_bytes', 0):,} bytes"
            self._line("build", f"green in {seconds:.2f} s: {size}", GREEN)
        else:
            self._line("build", f"{data.get('category')}: {data.get('message')}", RED)

    def _pages(self, data: Data) -> None:
        seconds = (data.get("duration_ms") or 0) / 1000
        if data.get("state") == "passed":
            hints = len(data.get("findings") or ())
            advice = f", {hints} {'hint' if hints == 1 else 'hints'}" if hints else ""
            self._line("pages", f"looked at in a browser in {seconds:.2f} s: they work{advice}", GREEN)
        else:
            colour = RED if data.get("state") == "failed" else YELLOW
            self._line("pages", f"{data.get('state')}: {_short(str(data.get('message')))}", colour)

    def _recovery(self, data: Data) -> None:
        attempt = f"try {data.get('attempt')} of {data.get('max_attempts')}"
        self._line(
            "recovery", f"the error goes back to the model ({data.get('category')}, {attempt})", YELLOW
        )

    def _deploy(self, data: Data) -> None:
        seconds = (data.get("duration_ms") or 0) / 1000
        if data.get("state") == "deployed":
            script = f"script {data.get('script_bytes') or 0:,} of {SCRIPT_LIMIT:,} bytes"
            self._line("deploy", f"live and verified in {seconds:.2f} s: {script}", GREEN)
        else:
            self._line("deploy", str((data.get("problem") or {}).get("message", "failed")), RED)

    def _version(self, data: Data) -> None:
        self._line("version", f"{data.get('version')} from {data.get('origin')}: {data.get('files')} files")

    def _success(self, data: Data) -> None:
        self.url = data.get("url")
        self._line("run", f"succeeded in {(data.get('duration_ms') or 0) / 1000:.1f} s", GREEN)

    def _questions(self, data: Data) -> None:
        for question in data.get("questions") or ():
            choices = ", ".join(question.get("choices") or ())
            self._line("asks", f"{question.get('text')}{f' ({choices})' if choices else ''}", YELLOW)

    def _failure(self, data: Data) -> None:
        self._line("run", f"failed: {data.get('message')} ({data.get('code')})", RED)
        if data.get("draft"):
            self._line("run", "what it has written is kept: the next message goes on from it", YELLOW)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= LOG_WIDTH else f"{flat[: LOG_WIDTH - 1]}…"
