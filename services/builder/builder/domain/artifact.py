"""The artifact: a tar that depends on nothing but the built files and the mode, so equal builds are one."""

import hashlib
from collections.abc import Mapping

from common.contracts import Artifact, ArtifactFile, ArtifactManifest, BuildMode, pack_files
from common.contracts.artifacts import MANIFEST_PATH

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


def content_type(path: str) -> str:
    return _TYPES.get(path.rpartition(".")[2].lower(), "application/octet-stream")


def compressible_extensions() -> list[str]:
    """Of the files that may get a compressed form beside them, with their dots.

    Pages get none: deployment writes into them and would have to drop it.
    """
    return [
        f".{extension}"
        for extension, kind in _TYPES.items()
        if kind.startswith(_COMPRESSIBLE) and extension != "html"
    ]


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
