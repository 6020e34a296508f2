"""What the bundler handed over, against what the platform knows: it may have been made by anybody."""

import re
from collections.abc import Iterable, Mapping

import brotli

from builder.domain.evidence import Output
from builder.domain.page import PAGE, compose, entry
from builder.domain.prerendered import PRERENDERER, compose_prerendered, is_prerendered
from builder.domain.refusal import OutputRefused
from common.contracts.source import MAX_FILES, MAX_PATH, PUBLIC, path_problem

_PUBLIC = f"{PUBLIC}/"
_ASSET = re.compile(r"assets/[^/]+-[\w-]{8}(?:\.\w{1,16})?", re.ASCII)
_QUERY = re.compile(r"[?#]")
# Modules that the tools themselves bring.
_TOOLS_OWN = re.compile(
    r"\0(?:rolldown/runtime\.js|rolldown_dynamic_import_helper\.js|vite/[\w-]+\.js"
    r"|@oxc-project\+runtime@[\w.]+/helpers/[\w/]+\.js)"
    r"|__vite-(?:browser-external|optional-peer-dep)(?::.*)?"
)
_SCRIPT = (".js", ".mjs", ".cjs", ".jsx")


def public_files(source: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files that go live as they are, by the path they have there."""
    return {
        path.removeprefix(_PUBLIC): content for path, content in source.items() if path.startswith(_PUBLIC)
    }


def checked(
    source: Mapping[str, bytes], output: Output, max_bytes: int
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The files to serve, and the compressed forms of those that have one.

    Public files are the source's, the page is the template's with the bundler's tags. Takes time in
    proportion to at most `max_bytes`. Raises OutputRefused for output that no honest build makes, or that is
    too much.
    """
    public = public_files(source)
    _check_files(source, public, output.files)
    _check_modules(source, output.modules)
    pages = _pages(source, output.files)
    files = {**public, **output.files, **pages}
    size = sum(map(len, files.values()))
    check_size(size, max_bytes)
    compressed = dict(output.compressed)
    for path, page in pages.items():
        if page != output.files[path]:
            compressed.pop(path, None)
    worth = _worth_having(files, compressed)
    check_size(size + sum(map(len, worth.values())), max_bytes)
    return files, worth


def _pages(source: Mapping[str, bytes], built: Mapping[str, bytes]) -> dict[str, bytes]:
    """Those of the app, put together from the template's."""
    page = source[PAGE].decode(errors="replace")
    compose_one = compose_prerendered if PRERENDERER in source else compose
    return {
        path: compose_one(page, content.decode(errors="replace"), built).encode()
        for path, content in built.items()
        if path == PAGE or (is_prerendered(path, source) and path.endswith(".html"))
    }


def check_size(size: int, max_bytes: int) -> None:
    """Raises OutputRefused when it is more than may be stored of an app."""
    if size > max_bytes:
        raise OutputRefused(
            f"The app has {size:,} bytes to store, with its compressed forms; at most {max_bytes:,} can be "
            "served: make images smaller, or take files out of public/."
        )


def _check_files(
    source: Mapping[str, bytes], public: Mapping[str, bytes], built: Mapping[str, bytes]
) -> None:
    for path in built:
        if len(path) > MAX_PATH or path_problem(path) is not None:
            raise OutputRefused(f"The build wrote a file with an unusable path: {path[:100]!r}.")
        if path in public:
            raise OutputRefused(f"The build wrote '{path}', which is a file of public/.")
        if path != PAGE and _ASSET.fullmatch(path) is None and not is_prerendered(path, source):
            raise OutputRefused(f"The build wrote '{path}', which is no file that it makes.")
    count = len(public) + len(built)
    if count > MAX_FILES:
        raise OutputRefused(f"The build wrote {count} files; at most {MAX_FILES} can be served.")
    if PAGE not in built:
        raise OutputRefused(f"The build wrote no {PAGE}.")


def _check_modules(source: Mapping[str, bytes], modules: Iterable[str]) -> None:
    """Each has to be the app's, a package's or the tools' own, and the template's entry one of them."""
    files = set()
    for module in modules:
        file = _QUERY.split(module, maxsplit=1)[0]
        files.add(file)
        if file not in source and "node_modules/" not in file and _TOOLS_OWN.fullmatch(file) is None:
            raise OutputRefused(f"The build bundled {module[:100]!r}, which is no file of the app.")
        if file.startswith(_PUBLIC) and file.endswith(_SCRIPT) and module == file:
            raise OutputRefused(
                f"'{file}' is imported, but what public/ holds is not type-checked: write it in TypeScript "
                "below src/, or load it with a script element."
            )
    begins = entry(source[PAGE].decode(errors="replace"))
    if begins not in files:
        raise OutputRefused(f"The build left out {begins}, with which the app begins.")


def _worth_having(files: Mapping[str, bytes], compressed: Mapping[str, bytes]) -> dict[str, bytes]:
    """The compressed forms worth having; a file of the app's own with such a name stays what it is.

    Raises OutputRefused when one does not unpack to its file.
    """
    worth = {}
    for path, packed in compressed.items():
        content = files.get(path)
        if content is None or _unpacked(packed, len(content)) != content:
            raise OutputRefused(f"The build compressed {path[:100]!r} to something else than the file.")
        if len(packed) < len(content) and f"{path}.br" not in files:
            worth[path] = packed
    return worth


def _unpacked(packed: bytes, size: int) -> bytes | None:
    """At most one byte more than `size`; None for what brotli did not make."""
    decompressor = brotli.Decompressor()
    try:
        content: bytes = decompressor.process(packed, output_buffer_limit=size + 1)
        while len(content) <= size and not decompressor.is_finished():
            more = decompressor.process(b"", output_buffer_limit=size + 1 - len(content))
            if not more:
                return None
            content += more
    except brotli.error:
        return None
    return content
