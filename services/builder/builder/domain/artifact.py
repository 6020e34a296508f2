"""The artifact: a tar that depends on nothing but the built files and the mode, so equal builds are one."""

import hashlib
from collections.abc import Collection, Mapping

from common.contracts import Artifact, ArtifactFile, ArtifactManifest, BuildMode, pack_files
from common.contracts.artifacts import MANIFEST_PATH
from common.contracts.source import MAX_FILES, MAX_PATH, path_problem

_COMPRESSIBLE = ("text/", "application/json", "application/manifest+json", "application/xml", "image/svg+xml")
_TYPES = {
    "avif": "image/avif",
    "css": "text/css; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "gif": "image/gif",
    "htm": "text/html; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "map": "application/json",
    "md": "text/markdown; charset=utf-8",
    "mjs": "text/javascript; charset=utf-8",
    "mp3": "audio/mpeg",
    "mp4": "video/mp4",
    "ogg": "audio/ogg",
    "otf": "font/otf",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "ttf": "font/ttf",
    "txt": "text/plain; charset=utf-8",
    "wasm": "application/wasm",
    "wav": "audio/wav",
    "webm": "video/webm",
    "webmanifest": "application/manifest+json",
    "webp": "image/webp",
    "woff": "font/woff",
    "woff2": "font/woff2",
    "xml": "application/xml",
}


class OutputRefused(Exception):
    """What the build put out cannot be an artifact; the message is for the app's author."""


def content_type(path: str) -> str:
    return _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")


def compressible(files: Collection[str]) -> list[str]:
    """What may get a compressed form beside it; a file of the app's own with that name stays what it is."""
    return [
        path for path in files if content_type(path).startswith(_COMPRESSIBLE) and f"{path}.br" not in files
    ]


def check_output(files: Mapping[str, bytes], max_bytes: int) -> None:
    """Raises OutputRefused for output that no honest build makes, or that is too much."""
    for path in files:
        if len(path) > MAX_PATH or path_problem(path) is not None:
            raise OutputRefused(f"The build wrote a file with an unusable path: {path[:100]!r}.")
    if len(files) > MAX_FILES:
        raise OutputRefused(f"The build wrote {len(files)} files; at most {MAX_FILES} can be served.")
    total = sum(len(content) for content in files.values())
    if total > max_bytes:
        raise OutputRefused(f"The build wrote {total} bytes; at most {max_bytes} can be served.")
    if "index.html" not in files:
        raise OutputRefused("The build wrote no index.html.")


def pack(
    files: Mapping[str, bytes], mode: BuildMode, compressed: Mapping[str, bytes]
) -> tuple[Artifact, bytes]:
    """The artifact and its tar; `compressed` holds the brotli form of the files that have one."""
    entries = tuple(
        ArtifactFile(
            path=path,
            size=len(content),
            digest=hashlib.sha256(content).hexdigest(),
            content_type=content_type(path),
            brotli=path in compressed,
        )
        for path, content in sorted(files.items())
    )
    members = {MANIFEST_PATH: ArtifactManifest(mode=mode, files=entries).model_dump_json().encode()}
    for entry in entries:
        members[entry.member] = files[entry.path]
        if entry.brotli:
            members[entry.brotli_member] = compressed[entry.path]
    data = pack_files(members)
    total = sum(entry.size for entry in entries)
    digest = hashlib.sha256(data).hexdigest()
    return Artifact(digest=digest, size=len(data), file_count=len(entries), total_bytes=total), data
