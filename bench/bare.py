"""The yardstick: the same app built by hand, as a developer would."""

import asyncio
import os
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from dev.stack.specs import node_binary


class BareBuild:
    """An app's files in a folder of their own, with nothing between them and Vite."""

    def __init__(self, folder: Path, files: Mapping[str, bytes]) -> None:
        self._folder = folder
        self.write(files)

    def write(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            target = self._folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    async def install_and_build(self) -> float:
        """Seconds of `npm ci && vite build` with npm's own cache warm."""
        shutil.rmtree(self._folder / "node_modules", ignore_errors=True)
        npm = Path(sys.executable).parent / "npm"
        began = time.perf_counter()
        await self._run(str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        await self._vite()
        return time.perf_counter() - began

    async def build(self) -> float:
        """Seconds of `vite build`."""
        began = time.perf_counter()
        await self._vite()
        return time.perf_counter() - began

    async def check_and_build(self) -> float:
        """Seconds of `tsc --noEmit` and `vite build` side by side, as whoever is in a hurry runs them."""
        began = time.perf_counter()
        tsc = self._run(str(node_binary()), "node_modules/typescript/bin/tsc", "--noEmit")
        await asyncio.gather(tsc, self._vite())
        return time.perf_counter() - began

    async def _vite(self) -> None:
        await self._run(str(node_binary()), "node_modules/vite/bin/vite.js", "build", "--mode", "preview")

    async def _run(self, *command: str) -> None:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        process = await asyncio.create_subprocess_exec(
            *command,
            cwd=self._folder,
            env={**os.environ, "PATH": path},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        _, errors = await process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"{command[0]} failed: {errors.decode()[-2000:]}")
