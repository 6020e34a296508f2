"""The asset plan: which files ride inside the Worker's script and which are served from R2."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from common.contracts import asset_key
from deployer.domain.artifact import AppFile, Content
from deployer.domain.errors import ScriptTooLarge
from deployer.domain.manifest import STORED, Listing, Row, import_text, listing, name_text, type_text

INDEX = "index.html"
# Beyond this an optional file is better in R2, where it is uploaded once and not with every deployment.
OPTIONAL_EMBED_BYTES = 64 * 1024
# Every module is an import that each start of the Worker pays for.
MOST_OPTIONAL = 500
# Larger ones are hardly ever compressed to what may be embedded, and all of them together hardly ever fit.
_PACKED_BYTES = 16 * OPTIONAL_EMBED_BYTES
_PACKED_RATIO = 8
# Rows of stored files beyond this go to R2 themselves: the script has better uses for the room.
INLINE_ROWS_BYTES = 64 * 1024
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
    """`module` is the number of the script's module that carries it, STORED for a file served from R2."""

    file: AppFile
    content_type: str
    hashed: bool
    critical: bool
    module: int
    brotli: bool

    @property
    def embedded(self) -> bool:
        return self.module != STORED

    @property
    def url_path(self) -> str:
        return f"/{self.file.path}"

    @property
    def object_key(self) -> str:
        return asset_key(self.file.digest)


@dataclass(frozen=True)
class Plan:
    """`modules` are the contents of the script's modules by number; `size` is the script's, to the byte.

    With a `listing` the script tells of embedded files only, and the listing, an object in R2, of the others.
    """

    files: tuple[PlannedFile, ...]
    modules: tuple[Content, ...]
    types: tuple[str, ...]
    listing: Listing | None
    size: int

    @property
    def stored(self) -> tuple[PlannedFile, ...]:
        return tuple(item for item in self.files if not item.embedded)

    @property
    def embedded(self) -> tuple[PlannedFile, ...]:
        return tuple(item for item in self.files if item.embedded)

    def rows(self) -> Iterator[Row]:
        """What the script itself tells of files."""
        numbers = {name: number for number, name in enumerate(self.types)}
        return (
            _row(item.file, numbers[item.content_type], item.module, brotli=item.brotli)
            for item in self.files
            if item.embedded or self.listing is None
        )


def is_compressible(content_type: str) -> bool:
    return _COMPRESSIBLE.match(_media_type(content_type)) is not None


def is_hashed(path: str) -> bool:
    return _HASHED.match(path) is not None


def served_type(content_type: str) -> str:
    """The Content-Type a browser gets: text is UTF-8 and says so."""
    if "charset" in content_type.lower() or not _HAS_CHARSET.match(_media_type(content_type)):
        return content_type
    return f"{content_type}; charset=utf-8"


def worth_compressing(files: Iterable[AppFile], critical: Collection[str], limit: int) -> frozenset[str]:
    """The paths of what must ride in the script or has a chance to; the others need not be read at all."""
    chosen = {INDEX, *critical}
    room = limit * _PACKED_RATIO
    optional = sorted((file for file in files if file.path not in chosen and _may_ride(file)), key=_by_value)
    for file in optional[:MOST_OPTIONAL]:
        room -= file.content.size
        if room < 0:
            break
        chosen.add(file.path)
    return frozenset(chosen)


def plan_assets(files: Sequence[AppFile], critical: Collection[str], *, fixed_bytes: int, limit: int) -> Plan:
    """Embed index.html and the critical files, then as many others as fit; the rest is stored.

    `fixed_bytes` is what the script weighs without any file. Raises ScriptTooLarge.
    """
    required = {INDEX, *critical}
    inline = _filled(files, required, _Scale(fixed_bytes, files), limit)
    if inline is not None and inline.stored_bytes() <= INLINE_ROWS_BYTES:
        return inline.plan(required)
    scale = _Scale(fixed_bytes, files, listed=True)
    listed = _filled(files, required, scale, limit)
    if listed is None and inline is None:
        raise _too_large(files, required, scale.total, limit)
    return (listed or inline or scale).plan(required)


def smallest(file: AppFile) -> tuple[Content, bool]:
    """The form to embed and whether it is brotli: compressed only when that saves anything."""
    if file.brotli is not None and file.brotli.size < file.content.size:
        return file.brotli, True
    return file.content, False


class _Scale:
    """A script's exact weight while files are put into it."""

    def __init__(self, fixed_bytes: int, files: Sequence[AppFile], *, listed: bool = False) -> None:
        self._files = files
        self._listed = listed
        self._types: dict[str, int] = {}
        self._rows = 0
        self._modules: dict[tuple[str, bool], int] = {}
        self._contents: list[Content] = []
        self._inside: dict[str, tuple[int, bool]] = {}
        self.total = fixed_bytes
        if listed:
            self.total += len(type_text("0" * 64)) - len("null")
        else:
            for file in files:
                self._add_row(_row(file, self._type(file), STORED))

    def cost(self, file: AppFile) -> int:
        """What the script would grow by with the file inside."""
        content, packed = smallest(file)
        module = self._modules.get((file.digest, packed), len(self._contents))
        row = _row(file, self._types.get(_type(file), len(self._types)), module, brotli=packed)
        if self._listed:
            grown = self._row_cost(row) + self._type_cost(file)
        else:
            grown = len(row.text()) - len(row._replace(module=STORED, brotli=False).text())
        if module == len(self._contents):
            grown += len(import_text(module)) + len(name_text(module)) + bool(module) + content.size
        return grown

    def embed(self, file: AppFile) -> None:
        self.total += self.cost(file)
        content, packed = smallest(file)
        module = self._modules.setdefault((file.digest, packed), len(self._contents))
        if module == len(self._contents):
            self._contents.append(content)
        self._inside[file.path] = (module, packed)
        if self._listed:
            self._rows += 1
            self._types.setdefault(_type(file), len(self._types))

    def stored_bytes(self) -> int:
        """Of the rows of all files that are not inside."""
        rows = (_row(f, self._types[_type(f)], STORED) for f in self._files if f.path not in self._inside)
        return sum(len(row.text()) for row in rows)

    def plan(self, critical: Collection[str]) -> Plan:
        planned = tuple(self._planned(file, critical) for file in self._files)
        return Plan(planned, tuple(self._contents), tuple(self._types), self._listing(), self.total)

    def _planned(self, file: AppFile, critical: Collection[str]) -> PlannedFile:
        module, packed = self._inside.get(file.path, (STORED, False))
        return PlannedFile(file, _type(file), is_hashed(file.path), file.path in critical, module, packed)

    def _listing(self) -> Listing | None:
        if not self._listed:
            return None
        types: dict[str, int] = {}
        outside = [file for file in self._files if file.path not in self._inside]
        rows = [_row(file, types.setdefault(_type(file), len(types)), STORED) for file in outside]
        return listing(types, rows)

    def _add_row(self, row: Row) -> None:
        self.total += self._row_cost(row)
        self._rows += 1

    def _row_cost(self, row: Row) -> int:
        return len(row.text()) + bool(self._rows)

    def _type(self, file: AppFile) -> int:
        self.total += self._type_cost(file)
        return self._types.setdefault(_type(file), len(self._types))

    def _type_cost(self, file: AppFile) -> int:
        return 0 if _type(file) in self._types else len(type_text(_type(file))) + bool(self._types)


def _filled(files: Sequence[AppFile], required: Collection[str], scale: _Scale, limit: int) -> _Scale | None:
    """The scale with all that must be inside and as much else as fits; None when that is too much already."""
    for file in files:
        if file.path in required:
            scale.embed(file)
    if scale.total > limit:
        return None
    optional = sorted(
        (file for file in files if file.path not in required and _may_ride(file)), key=_by_value
    )
    left = MOST_OPTIONAL
    for file in optional:
        if (
            left
            and smallest(file)[0].size <= OPTIONAL_EMBED_BYTES
            and scale.total + scale.cost(file) <= limit
        ):
            scale.embed(file)
            left -= 1
    return scale


def _row(file: AppFile, kind: int, module: int, *, brotli: bool = False) -> Row:
    size, hashed = file.content.size, is_hashed(file.path)
    return Row(file.path, kind, size, file.digest, hashed, module, brotli, file.folder)


def _may_ride(file: AppFile) -> bool:
    media = _media_type(file.content_type)
    most = _PACKED_BYTES if is_compressible(file.content_type) else OPTIONAL_EMBED_BYTES
    return not media.startswith(("video/", "audio/")) and file.content.size <= most


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
    return rank, smallest(file)[0].size, file.path


def _too_large(files: Iterable[AppFile], required: Collection[str], used: int, limit: int) -> ScriptTooLarge:
    inside = sorted((item for item in files if item.path in required), key=lambda f: -smallest(f)[0].size)
    assets = [
        {"path": item.path, "bytes": smallest(item)[0].size, "uncompressed_bytes": item.content.size}
        for item in inside[:LISTED]
    ]
    contents = sum(smallest(item)[0].size for item in inside)
    if contents <= limit // 2:
        why = (
            f"the page loads {len(inside):,} files at start, and to name so many takes "
            f"{used - contents:,} bytes besides their contents' {contents:,}. Bundle them into fewer files."
        )
    else:
        listed = ", ".join(
            f"{a['path']} {a['bytes']:,} bytes ({a['uncompressed_bytes']:,} uncompressed)" for a in assets
        )
        why = (
            f"index.html and the code and styles it loads at start must fit. Biggest: {listed}. Load heavy "
            "pages with import(), move data and pictures out of the code, or drop large dependencies."
        )
    return ScriptTooLarge(
        f"The Worker would be {used:,} bytes, the limit is {limit:,}: {why}",
        script_bytes=used,
        limit=limit,
        assets=assets,
    )


def _type(file: AppFile) -> str:
    return served_type(file.content_type)


def _media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
