"""Content to publish, the service in this process, and apps built from the template."""

import asyncio
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from dev.templates.layout import installed
from templates.clients.content import read_template
from templates.main import create_app
from templates.settings import PACKAGED_CONTENT, Settings

TOKEN = "templates-test-token"
PROJECT = Path(__file__).parents[2]
FILES = {
    "index.html": "<script>window.ENV={APP_ID:'{{APP_ID}}'}</script>",
    "package.json": "{}",
    "package-lock.json": "{}",
    "src/App.tsx": "export const App = () => null;\n",
    "src/ui/button.tsx": "export {};\n",
}

Write = Callable[..., Path]
Serve = Callable[..., AbstractAsyncContextManager[httpx.AsyncClient]]
LayOut = Callable[..., Path]
Build = Callable[..., Path]


@pytest.fixture
def content(tmp_path: Path) -> Path:
    return tmp_path / "content"


@pytest.fixture
def store_dir(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def write(content: Path) -> Write:
    """Writes a small well-formed template; `files` adds to it or, with None, leaves a file out."""

    def write(
        name: str = "small",
        version: str = "1.0.0",
        locked: list[str] | None = None,
        files: dict[str, str | None] | None = None,
        **descriptor: object,
    ) -> Path:
        directory = content / name
        shutil.rmtree(directory, ignore_errors=True)
        about = {"name": name, "version": version, "description": "A small one", **descriptor}
        about["locked"] = ["index.html"] if locked is None else locked
        for path, text in {**FILES, "template.json": json.dumps(about), **(files or {})}.items():
            if text is not None:
                (directory / path).parent.mkdir(parents=True, exist_ok=True)
                (directory / path).write_text(text)
        return directory

    return write


@pytest.fixture
def serve(content: Path, store_dir: Path) -> Serve:
    """The service from start to stop; every use is a restart on the same store."""
    settings = Settings(
        service_token=SecretStr(TOKEN), templates_store_dir=store_dir, templates_content_dir=content
    )

    @asynccontextmanager
    async def serve(*, ready: bool = True) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(settings)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app),
                base_url="http://templates",
                headers={"authorization": f"Bearer {TOKEN}"},
            ) as client,
        ):
            if ready:
                await until_ready(client)
            yield client

    return serve


async def until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(120):
        while (await client.get("/readyz")).status_code != 200:
            await asyncio.sleep(0.01)


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The template's packages, with those of the commands for authors."""
    return installed(PACKAGED_CONTENT / "vite-react")


@pytest.fixture(scope="session")
def laid_out(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> LayOut:
    """Lays a template, with files of an app over it and its packages beside it."""

    def lay_out(overlay: Path | None = None, template: str = "vite-react") -> Path:
        app = tmp_path_factory.mktemp("app")
        for path, content in read_template(PACKAGED_CONTENT / template).items():
            (app / path).parent.mkdir(parents=True, exist_ok=True)
            (app / path).write_bytes(content)
        if overlay:
            shutil.copytree(overlay, app / "src", dirs_exist_ok=True)
        (app / "node_modules").symlink_to(node_modules)
        return app

    return lay_out


@pytest.fixture(scope="session")
def build(laid_out: LayOut) -> Build:
    """Type-checks and builds a template with files of an app over it, the same once."""

    @cache
    def build(overlay: Path | None = None, template: str = "vite-react", *, mode: str = "preview") -> Path:
        app = laid_out(overlay, template)
        run("node", "node_modules/typescript/bin/tsc", "--noEmit", cwd=app)
        vite = ("node", "node_modules/vite/bin/vite.js", "build", "--configLoader", "native", "--mode", mode)
        run(*vite, cwd=app)
        return app / "dist"

    return build


@contextmanager
def serve_for_development(app: Path) -> Iterator[str]:
    """The address at which Vite's own server has the app, as for a person who works on it."""
    command = ["node", "node_modules/vite/bin/vite.js", "--configLoader", "native", "--host", "127.0.0.1"]
    found, environment = tool(command[0])
    command += ["--port", "0", "--clearScreen", "false"]
    with subprocess.Popen(
        [found, *command[1:]], cwd=app, env=environment, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            lines = iter(server.stdout.readline, "")
            yield next(match[0] for line in lines if (match := re.search(r"http://127\.0\.0\.1:\d+", line)))
        finally:
            server.terminate()


def run(*command: str, cwd: Path) -> str:
    """A tool of the project's own Node; fails with what it printed."""
    found, environment = tool(command[0])
    ended = subprocess.run(
        [found, *command[1:]], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, f"{' '.join(command)}:\n{ended.stdout}{ended.stderr}"
    return ended.stdout


def tool(name: str) -> tuple[str, dict[str, str]]:
    """A tool of the project's own Node, and an environment in which it finds the others."""
    tools = Path(sys.executable).parent
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    found = shutil.which(name, path=environment["PATH"])
    assert found, f"{name} is not installed"
    return found, environment
