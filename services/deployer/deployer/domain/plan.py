"""The asset plan: which files ride inside the Worker's script and which are served from R2."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from common.contracts import asset_key
from deployer.domain.artifact import AppFile
from deployer.domain.errors import ScriptTooLarge

INDEX = "index.html"
# Beyond this an optional file is better in R2, where it is uploaded once and not with every deployment.
OPTIONAL_EMBED_BYTES = 64 * 1024
LISTED = 8

_COMPRESSIBLE = re.compile(
    r"^(text/.*|application/(javascript|json|wasm|xml|xhtml\+xml|manifest\+json|ld\+json|rss\+xml|atom\+xml"
    r"|vnd\.ms-fontobject)|image/(svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)|font/(ttf|otf|collection))$"
)
_HAS_CHARSET = re.compile(
    r"^(text/.*|application/(javascript|json|xml|manifest\+json|ld\+json)|image/svg\+xml)$"
)
# Vite's hashes: eight characters of base64url before the extension. A word of eight letters is no hash.
_HASHED = re.compile(r"^assets/(?:[^/]*+/)*+[^/]*-(?=[^./]{0,7}[0-9A-Z_-])[A-Za-z0-9_-]{8}\.[A-Za-z0-9.]+$")


@dataclass(frozen=True)
class PlannedFile:
    """`embedded` is what the script carries (brotli when `brotli`), None for a file served from R2."""

    file: AppFile
    content_type: str
    hashed: bool
    critical: bool
    embedded: bytes | None
    brotli: bool

    @property
    def url_path(self) -> str:
        return f"/{self.file.path}"

    @property
    def object_key(self) -> str:
        return asset_key(self.file.digest)


@dataclass(frozen=True)
class Plan:
    files: tuple[PlannedFile, ...]

    @property
    def stored(self) -> tuple[PlannedFile, ...]:
        return tuple(item for item in self.files if item.embedded is None)

    @property
    def embedded(self) -> tuple[PlannedFile, ...]:
        return tuple(item for item in self.files if item.embedded is not None)


def is_compressible(content_type: str) -> bool:
    return _COMPRESSIBLE.match(_media_type(content_type)) is not None


def is_hashed(path: str) -> bool:
    return _HASHED.match(path) is not None


def served_type(content_type: str) -> str:
    """The Content-Type a browser gets: text is UTF-8 and says so."""
    if "charset" in content_type.lower() or not _HAS_CHARSET.match(_media_type(content_type)):
        return content_type
    return f"{content_type}; charset=utf-8"


def worth_compressing(file: AppFile, critical: Collection[str]) -> bool:
    """Whether the file may ride in the script and gets smaller by brotli."""
    if file.brotli is not None or not is_compressible(file.content_type):
        return False
    return file.path in critical or len(file.data) <= 16 * OPTIONAL_EMBED_BYTES


def plan_assets(files: Sequence[AppFile], critical: Collection[str], *, fixed_bytes: int, limit: int) -> Plan:
    """Embed index.html and the critical files, then as many others as fit; the rest is stored.

    `fixed_bytes` is what the script weighs without any file. Costs include the manifest's and the import's
    text, rounded up, so the script is never larger than the sum here.
    """
    required = {INDEX, *critical}
    used = fixed_bytes
    used += sum(_embedded_cost(file) if file.path in required else _stored_cost(file) for file in files)
    if used > limit:
        raise _too_large(files, required, used, limit)
    embedded = set(required)
    for file in sorted((item for item in files if item.path not in required), key=_by_value):
        extra = _embedded_cost(file) - _stored_cost(file)
        if _may_be_embedded(file) and used + extra <= limit:
            embedded.add(file.path)
            used += extra
    return Plan(tuple(_planned(file, required, embedded) for file in files))


def _planned(file: AppFile, required: Collection[str], embedded: Collection[str]) -> PlannedFile:
    body, packed = smallest(file)
    inside = file.path in embedded
    return PlannedFile(
        file=file,
        content_type=served_type(file.content_type),
        hashed=is_hashed(file.path),
        critical=file.path in required,
        embedded=body if inside else None,
        brotli=packed and inside,
    )


def smallest(file: AppFile) -> tuple[bytes, bool]:
    """The form to embed and whether it is brotli: compressed only when that saves anything."""
    if file.brotli is not None and len(file.brotli) < len(file.data):
        return file.brotli, True
    return file.data, False


def _may_be_embedded(file: AppFile) -> bool:
    return not _media_type(file.content_type).startswith(("video/", "audio/")) and (
        len(smallest(file)[0]) <= OPTIONAL_EMBED_BYTES
    )


def _by_value(file: AppFile) -> tuple[int, int, str]:
    """Code and styles before fonts and data before pictures; small before large; maps last."""
    media = _media_type(file.content_type)
    if file.path.endswith(".map"):
        rank = 4
    elif media.endswith("javascript") or media == "text/css":
        rank = 0
    elif media.startswith(("font/", "text/", "application/")):
        rank = 1
    else:
        rank = 2
    return rank, len(smallest(file)[0]), file.path


def _stored_cost(file: AppFile) -> int:
    """Bytes of the file's row in the manifest: path, type, size, key, flags."""
    return len(json.dumps(file.path)) + len(json.dumps(served_type(file.content_type))) + 64 + 40


def _embedded_cost(file: AppFile) -> int:
    """The row, the import statement, the module's name in the list, and the bytes themselves."""
    return _stored_cost(file) + 48 + len(smallest(file)[0])


def _too_large(files: Iterable[AppFile], required: Collection[str], used: int, limit: int) -> ScriptTooLarge:
    largest = sorted((item for item in files if item.path in required), key=lambda f: -len(smallest(f)[0]))
    assets = [
        {"path": item.path, "bytes": len(smallest(item)[0]), "uncompressed_bytes": len(item.data)}
        for item in largest[:LISTED]
    ]
    listing = ", ".join(
        f"{a['path']} {a['bytes']:,} bytes ({a['uncompressed_bytes']:,} uncompressed)" for a in assets
    )
    return ScriptTooLarge(
        f"The Worker would be {used:,} bytes, the limit is {limit:,}: index.html and the code and styles "
        f"it loads at start must fit. Biggest: {listing}. Load heavy pages with import(), move data and "
        "pictures out of the code, or drop large dependencies.",
        script_bytes=used,
        limit=limit,
        assets=assets,
    )


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
