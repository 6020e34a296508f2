"""Makes artifacts as the builder does: a tar of manifest.json and dist/."""

import hashlib
import io
import json
import mimetypes
import random
import tarfile
from collections.abc import Mapping
from functools import cache

import brotli

URL = "https://app.example"
TYPES = {".js": "text/javascript", ".webp": "image/webp", ".woff2": "font/woff2"}


@cache
def noise(size: int, seed: int = 1) -> bytes:
    """Bytes that no compressor makes smaller."""
    return random.Random(seed).randbytes(size)


@cache
def code(size: int, seed: int = 1) -> bytes:
    """JavaScript that shrinks to about a third, as real bundles do."""
    rng = random.Random(seed)
    words = [f"name{rng.randrange(10**6)}" for _ in range(4000)]
    lines = []
    total = 0
    while total < size:
        line = f"const {rng.choice(words)}={rng.choice(words)}({rng.randrange(10**4)},'{rng.choice(words)}');"
        lines.append(line)
        total += len(line)
    return "".join(lines).encode()[:size]


DATA_BLOCK = '<script type="application/json" id="env">{"APP_ID":"{{APP_ID}}"}</script>'
EARLIER = '<script>window.ENV={APP_ID:"{{APP_ID}}"}</script>'
"""As the first template had it."""


def page(*tags: str, title: str = "App", env: str = EARLIER) -> bytes:
    return f"<!doctype html><html><head><title>{title}</title>{env}{''.join(tags)}</head></html>".encode()


def small_app(title: str = "App") -> dict[str, bytes]:
    """What a preview build of a small app looks like."""
    tags = (
        '<script type="module" src="/assets/index-a1B2c3D4.js"></script>',
        '<link rel="stylesheet" href="/assets/index-Z9y8X7w6.css">',
    )
    return {
        "index.html": page(*tags, title=title),
        "assets/index-a1B2c3D4.js": f"document.title={title!r};".encode() + code(300_000),
        "assets/index-Z9y8X7w6.css": b"body{margin:0}" * 500,
        "favicon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    }


def content_type(path: str) -> str:
    suffix = "." + path.rpartition(".")[2]
    return TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"


def build_artifact(files: Mapping[str, bytes], *, packed: bool = False) -> tuple[str, bytes]:
    """The digest and the tar; `packed` adds the .br files of production mode."""
    entries = []
    contents: dict[str, bytes] = {}
    for path, data in sorted(files.items()):
        kind = content_type(path)
        compress = packed and kind.startswith("text/")
        digest = hashlib.sha256(data).hexdigest()
        entries.append(
            {"path": path, "size": len(data), "digest": digest, "content_type": kind, "brotli": compress}
        )
        contents[f"dist/{path}"] = data
        if compress:
            contents[f"dist/{path}.br"] = brotli.compress(data)
    manifest = {"format": 1, "mode": "production" if packed else "preview", "files": entries}
    return pack({"manifest.json": json.dumps(manifest).encode(), **contents})


def pack(members: Mapping[str, bytes]) -> tuple[str, bytes]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return hashlib.sha256(buffer.getvalue()).hexdigest(), buffer.getvalue()
