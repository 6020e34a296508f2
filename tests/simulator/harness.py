"""What the tests drive the simulator with: its process, the vendor's SDK, and a small tool loop."""

import asyncio
import contextlib
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import Message

from common.contracts.source import lock_reason
from orchestrator.domain.arguments import SetTheme
from orchestrator.domain.lookalikes import refusal
from orchestrator.domain.theme.sheet import THEME_FILE
from orchestrator.domain.theming import set_theme
from templates.clients.content import read_template
from templates.domain.release import read_descriptor
from tests.orchestrator.domain.sources import index_of

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "services/templates/templates/content/vite-react"
MODEL = "claude-sonnet-5-5"
_PATH = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
NAMES = (
    "create_file",
    "read_file",
    "line_replace",
    "rewrite_file",
    "delete_file",
    "set_theme",
    "add_dependency",
    "ask",
    "finish",
)
TOOLS: list[Any] = [{"name": name, "description": name, "input_schema": _PATH} for name in NAMES]
LOCKED = frozenset({"vite.config.ts", "package.json", "tsconfig.json", "index.html", "src/main.tsx"})


@contextlib.contextmanager
def running_simulator(scripts: Path | None = None, *, think_ms: int = 0) -> Iterator[str]:
    """`python -m dev.simulator` on a free port; yields its base URL."""
    env = {**os.environ, "SIMULATOR_PORT": "0", "SIMULATOR_SCRIPTS": str(scripts or "")}
    env["SIMULATOR_THINK_MS"] = str(think_ms)
    command = [sys.executable, "-m", "dev.simulator"]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
            assert process.wait(10) in {0, -signal.SIGTERM}


@contextlib.asynccontextmanager
async def sdk(base_url: str, *, patience: float = 20) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(
        api_key="sk-test", base_url=base_url, max_retries=0, timeout=patience
    ) as client:
        yield client


def template_files(name: str = "vite-react") -> dict[str, str]:
    files = read_template(TEMPLATE.with_name(name))
    return {
        path: content.decode()
        for path, content in files.items()
        if path not in {"template.json", "package-lock.json"}
    }


def locks_of(name: str) -> tuple[str, ...]:
    """The globs of a template's locked files."""
    return read_descriptor(name, read_template(TEMPLATE.with_name(name))).locked


def first_message(request: str, files: dict[str, str], before: str = "", template: str = "") -> Any:
    """`template`: without one, all files are said to be free, as far as the words go."""
    locks = locks_of(template) if template else ()
    locked = {path: text for path, text in files.items() if lock_reason(path, locks)}
    free = {path: text for path, text in files.items() if path not in locked}
    text = (
        (f"<locked_files>\n{_listing(locked)}\n</locked_files>\n" if locked else "")
        + f"<app>\nid: k3v9x2m4p7qa\nname: Test\ntemplate: {template or 'vite-react'}@1.0.0\n</app>\n"
        f"<files>\n{_listing(free)}\n</files>\n{before}<request>\n{request}\n</request>"
    )
    return {"role": "user", "content": [{"type": "text", "text": text}]}


def _listing(files: dict[str, str]) -> str:
    return "\n".join(f"{path} ({text.count(chr(10))} lines)" for path, text in sorted(files.items()))


def rev(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@dataclass
class Session:
    """One conversation about an app whose files are a dict; applies tools as the platform does."""

    client: AsyncAnthropic
    files: dict[str, str]
    request: str
    before: str = ""
    template: str = ""
    messages: list[Any] = field(default_factory=list)
    turns: list[Message] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    summary: str | None = None
    told: set[str] = field(default_factory=set)
    packages: list[str] = field(default_factory=list)
    no_packages: str = ""

    def __post_init__(self) -> None:
        self.messages.append(first_message(self.request, self.files, self.before, self.template))

    async def ask(self) -> Message:
        async with self.client.messages.stream(
            model=MODEL, max_tokens=20_000, messages=self.messages, tools=TOOLS
        ) as stream:
            return await stream.get_final_message()

    async def run(self, limit: int = 40) -> "Session":
        """Turns until finish, or until the model stops calling tools."""
        self.summary = None
        for _ in range(limit):
            message = await self.ask()
            self.take(message)
            if self.summary is not None or message.stop_reason == "end_turn":
                return self
        raise AssertionError(f"not finished after {limit} turns")

    def take(self, message: Message) -> None:
        self.turns.append(message)
        self.messages.append({"role": "assistant", "content": [block.to_dict() for block in message.content]})
        calls = [block for block in message.content if block.type == "tool_use"]
        if calls:
            failed = len(self.errors)
            self.messages.append({"role": "user", "content": [self._result(call, failed) for call in calls]})

    def recover(self, text: str, attempt: int = 1) -> None:
        block = f'<error_recovery category="type" attempt="{attempt}" of="2">\n{text}\n</error_recovery>'
        self.messages[-1]["content"].append({"type": "text", "text": block})

    def _result(self, call: Any, failed_before: int) -> dict[str, Any]:
        try:
            text, failed = self.apply(call.name, call.input, failed=len(self.errors) > failed_before), False
        except (KeyError, TypeError, ValueError) as error:
            text, failed = f"error: {error}", True
            self.errors.append(text)
        return {"type": "tool_result", "tool_use_id": call.id, "content": text, "is_error": failed}

    def apply(self, name: str, args: dict[str, Any], *, failed: bool = False) -> str:
        if name == "finish":
            if failed:
                raise ValueError("not finished: another call of this turn failed")
            self.summary = args["summary"]
            return "ok"
        if name not in NAMES:
            raise ValueError(f"there is no tool {name}")
        if name == "set_theme":
            return self._themed(args)
        if name == "add_dependency":
            if self.no_packages:
                raise ValueError(self.no_packages)
            self.packages.append(args["name"])
            return f"ok\n{args['name']} 1.0.0 (MIT) can be imported."
        path = self._checked(name, args["path"])
        if name == "read_file":
            if args.get("start", 1) < 1:
                raise ValueError("start counts from 1")
            lines = self.files[path].removesuffix("\n").split("\n")
            numbered = "\n".join(f"{number}| {line}" for number, line in enumerate(lines, 1))
            return f"rev:{rev(self.files[path])}\n{numbered}"
        if name == "delete_file":
            del self.files[path]
            return "ok"
        self.files[path] = self._written(name, path, args)
        return f"ok rev:{rev(self.files[path])}\n1| …"

    def _themed(self, args: dict[str, Any]) -> str:
        outcome = set_theme(SetTheme(**args), self.files[THEME_FILE].encode(), ())
        if outcome.is_error:
            raise ValueError(outcome.text)
        self.files[THEME_FILE] = (outcome.content or b"").decode()
        return outcome.text

    def _checked(self, name: str, path: Any) -> str:
        if not isinstance(path, str) or not path or path.startswith((".", "/", "node_modules")):
            raise ValueError(f"{path!r} is not a path")
        if (
            ".." in path.split("/")
            or "/con." in path
            or any(sign in path for sign in "\0\\")
            or len(path) > 200
        ):
            raise ValueError(f"{path!r} is not a path")
        if name != "read_file" and (path in LOCKED or path.startswith(("tsconfig", "src/components/ui/"))):
            raise ValueError(f"{path} is locked")
        if (name == "create_file") == (path in self.files):
            raise ValueError(f"{path} exists" if name == "create_file" else f"there is no file {path}")
        return path

    def _written(self, name: str, path: str, args: dict[str, Any]) -> str:
        if name in {"create_file", "rewrite_file"}:
            if name == "rewrite_file" and args["rev"] != rev(self.files[path]):
                raise ValueError(f"stale rev, now rev:{rev(self.files[path])}")
            if len(args["content"]) > 1_000_000 or "\0" in args["content"]:
                raise ValueError("content is refused")
            if name == "create_file" and path not in self.told:
                self._check_doubles(path, str(args["content"]))
            return str(args["content"])
        if args["rev"] != rev(self.files[path]):
            raise ValueError(f"stale rev, now rev:{rev(self.files[path])}")
        lines = self.files[path].removesuffix("\n").split("\n")
        for edit in sorted(args["edits"], key=lambda e: e["first_line"], reverse=True):
            first, last = edit["first_line"], edit["last_line"]
            if lines[first - 1] != edit["expect_first"] or lines[last - 1] != edit.get(
                "expect_last", lines[last - 1]
            ):
                raise ValueError(f"line {first} is {lines[first - 1]!r}")
            lines[first - 1 : last] = edit["replace"].split("\n")
        return "\n".join(lines) + "\n"

    def _check_doubles(self, path: str, content: str) -> None:
        """Refuses once what the app has already, as the platform does."""
        told = refusal(path, content.encode(), index_of(self.files))
        if told is not None:
            self.told.add(path)
            raise ValueError(told)


class Workshop:
    """Type-checks and bundles an app's files with the template's own tools."""

    def __init__(self, node_modules: Path, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(
            TEMPLATE, folder, ignore=shutil.ignore_patterns("node_modules", "dist"), dirs_exist_ok=True
        )
        (folder / "node_modules").symlink_to(node_modules)

    async def check(self, files: dict[str, str], *, bundle: bool = True) -> str:
        """What tsc and vite complain about; empty when all is well."""
        shutil.rmtree(self.folder / "src")
        for path, text in files.items():
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        runs = [self._run("tsc", "--noEmit")]
        if bundle:
            runs.append(self._run("vite", "build", "--configLoader", "native", "--logLevel", "error"))
        found = await asyncio.gather(*runs)
        return "".join(found)

    async def _run(self, tool: str, *args: str) -> str:
        node = Path(sys.executable).parent / "node"
        env = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
        program = self.folder / "node_modules/.bin" / tool
        process = await asyncio.create_subprocess_exec(
            program, *args, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        output, _ = await asyncio.wait_for(process.communicate(), 120)
        return "" if process.returncode == 0 else f"{tool}: {output.decode()}"
