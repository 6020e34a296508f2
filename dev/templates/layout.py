"""A template laid out to be run, with files of an app over it and its packages beside it."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from dev.stack.specs import node_binary

ROOT = Path(__file__).parents[2]
CONTENT = ROOT / "services/templates/templates/content"
WORK = ROOT / ".overskill" / "templates"


def version_of(template: Path) -> str:
    """The version that its next release has."""
    return str(json.loads((template / "template.json").read_text())["version"])


def lay_out(template: Path, target: Path, overlay: Path | None = None) -> Path:
    """Replaces what `target` holds; raises `CalledProcessError` for a template that is not well formed."""
    shutil.rmtree(target, ignore_errors=True)
    command = [sys.executable, "-m", "templates", "lay-out", str(template), str(target)]
    subprocess.run(command, check=True, capture_output=True)
    if overlay:
        shutil.copytree(overlay, target / "src", dirs_exist_ok=True)
    (target / "node_modules").symlink_to(installed(target))
    return target


def installed(folder: Path) -> Path:
    """The packages of the folder's lockfile, once for all folders with the same."""
    lock = (folder / "package-lock.json").read_bytes()
    home = WORK / "packages" / hashlib.sha256(lock).hexdigest()[:16]
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)  # others may want the same ones now
        if not (home / "complete").exists():
            _install(folder, home)
            (home / "complete").touch()
    return home / "node_modules"


def _install(folder: Path, home: Path) -> None:
    for path in (folder / name for name in ("package.json", "package-lock.json", ".npmrc")):
        if path.exists():
            shutil.copy(path, home / path.name)
    npm = Path(sys.executable).parent / "npm"
    command = [str(npm), "ci", "--ignore-scripts"]
    environment = {**os.environ, "PATH": f"{npm.parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run(command, cwd=home, env=environment, check=True)


def type_check(app: Path) -> None:
    """Of the app and of its build's configuration; raises `CalledProcessError` with what is wrong."""
    for project in ("tsconfig.json", "tsconfig.node.json"):
        command = [str(node_binary()), "node_modules/typescript/bin/tsc", "--noEmit", "--pretty", "false"]
        subprocess.run([*command, "--project", project], cwd=app, check=True, capture_output=True)


def vite(app: Path, *arguments: str, quiet: bool = False) -> None:
    """Vite itself, as the builder runs it; raises `CalledProcessError` with what it printed, if quiet."""
    command = [str(node_binary()), "node_modules/vite/bin/vite.js", *arguments, "--configLoader", "native"]
    subprocess.run(command, cwd=app, check=True, capture_output=quiet)
