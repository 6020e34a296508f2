"""What the bundler hands over is compared with what the platform knows, whoever has made it."""

import asyncio
import random
from collections.abc import Mapping
from typing import Any

import brotli
import pytest

from builder.clients.sandbox.program import BUNDLER
from builder.domain.evidence import Output
from builder.domain.output import checked, public_files
from builder.domain.refusal import OutputRefused
from tests.builder.sandboxes import SECONDS, contained, modules
from tests.builder.world import template_files

SOURCE = template_files()
PAGE = SOURCE["index.html"].decode()
MAX = 10_000_000
SCRIPT = '    <script type="module" crossorigin src="/assets/index-aaaaaaaa.js"></script>\n'
STYLE = '    <link rel="stylesheet" crossorigin href="/assets/index-bbbbbbbb.css">\n'
PRELOAD = '    <link rel="modulepreload" crossorigin href="/assets/vendor-cccccccc.js">\n'
TAGS = SCRIPT + PRELOAD + STYLE
ASSETS = {
    "assets/index-aaaaaaaa.js": b"a",
    "assets/index-bbbbbbbb.css": b"b",
    "assets/vendor-cccccccc.js": b"c",
}
MODULES = (
    "src/main.tsx",
    "src/App.tsx",
    "index.html",
    "node_modules/react/index.js",
    "\0rolldown/runtime.js",
)


def page(tags: str = TAGS, whole: str = PAGE) -> str:
    """The built page as Vite makes it."""
    entry = '    <script type="module" src="/src/main.tsx"></script>\n'
    assert entry in whole
    return whole.replace(entry, "").replace("  </head>", f"{tags}  </head>")


def output(**changes: Any) -> Output:
    files = {"index.html": page().encode(), **ASSETS, **changes.pop("files", {})}
    return Output(files, **{"modules": MODULES, **changes})


def serve(made: Output, source: Mapping[str, bytes] = SOURCE, max_bytes: int = MAX) -> dict[str, bytes]:
    return checked(source, made, max_bytes)[0]


def test_an_honest_output_goes_live_with_the_public_files() -> None:
    source = {**SOURCE, "public/a/b.txt": b"b", "src/public/c.txt": b"c"}
    files = serve(output(), source)
    assert files == {**output().files, "a/b.txt": b"b", **public_files(SOURCE)}
    assert public_files(source).keys() == {"a/b.txt", *public_files(SOURCE)}


async def test_the_platform_composes_the_same_page_as_the_bundler() -> None:
    sandbox = await contained().start(BUNDLER, await modules())
    code = b'import "./a & b"; export function Home() { return import("./\xc3\xa9") && null; }'
    source = {
        **SOURCE,
        "src/pages/Home.tsx": code,
        "src/pages/a & b.ts": b'import "./a & b.css"; export {};',
        "src/pages/a & b.css": b".a { color: red }",
        "src/pages/\u00e9.ts": b'import "./a & b.css"; export const x = 1;',
    }
    try:
        evidence = await sandbox.run(
            source, SECONDS, lambda *_: None, mode="preview", compress=[".html", ".js"]
        )
    finally:
        await sandbox.close()
    assert evidence.output is not None, evidence
    files, compressed = await asyncio.to_thread(checked, source, evidence.output, MAX)
    assert files["index.html"] == evidence.output.files["index.html"]
    assert {"index.html"} < compressed.keys()


PAGES = {
    "a script of its own": page(TAGS + "<script>alert(1)</script>"),
    "a script from elsewhere": page('<script type="module" crossorigin src="https://x/y.js"></script>'),
    "a script from elsewhere by protocol": page('<script type="module" crossorigin src="//x/y.js"></script>'),
    "a script that does not exist": page(TAGS.replace("aaaaaaaa", "xxxxxxxx")),
    "a script out of the folder": page(TAGS.replace("/assets/index-aaaaaaaa.js", "/assets/../x.js")),
    "a style sheet as a script": page(SCRIPT.replace("index-aaaaaaaa.js", "index-bbbbbbbb.css")),
    "a handler": page(TAGS.replace("crossorigin src", 'crossorigin onload="alert(1)" src')),
    "another element": page(TAGS + '<meta http-equiv="refresh" content="0;url=https://x/">'),
    "a base": page('<base href="https://x/">' + TAGS),
    "text": page(TAGS + "hello"),
    "a comment": page(TAGS + "<!-- -->"),
    "no script": page(STYLE),
    "two scripts": page(TAGS + SCRIPT),
    "another title": page().replace("<title>App</title>", "<title>Bank</title>"),
    "another id": page().replace("{{APP_ID}}", "someone"),
    "another body": page().replace('<div id="root"></div>', '<div id="root"></div><script>alert(1)</script>'),
    "something behind": page() + "<script>alert(1)</script>",
    "something before": "<script>alert(1)</script>" + page(),
    "half of it": page()[:400],
    "the template's own": PAGE,
    "tags in the body": page("").replace("<body>", f"<body>{TAGS}"),
    "nothing": "",
    "a flood": page(TAGS + STYLE * 10_000),
    "bytes": "\udcff",
}


@pytest.mark.parametrize("built", PAGES.values(), ids=PAGES)
def test_a_page_that_is_more_or_less_than_the_templates_with_tags_is_refused(built: str) -> None:
    with pytest.raises(OutputRefused, match=r"index\.html"):
        serve(output(files={"index.html": built.encode(errors="surrogateescape")}))


def test_space_between_tags_is_the_platforms() -> None:
    files, compressed = checked(
        SOURCE,
        output(
            files={"index.html": page().replace(">\n", ">\n\n\t").encode()},
            compressed={"index.html": brotli.compress(b"<script>alert(1)</script>")},
        ),
        MAX,
    )
    assert files["index.html"].decode() == page()
    assert not compressed


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("../x.js", "unusable path"),
        ("/etc/passwd", "unusable path"),
        ("assets/../x-aaaaaaaa.js", "unusable path"),
        ("assets/" + "a" * 200 + "-aaaaaaaa.js", "unusable path"),
        ("favicon.svg", "a file of public/"),
        ("assets/mine-aaaaaaaa.js", "a file of public/"),
        ("robots.txt", "no file that it makes"),
        ("sw.js", "no file that it makes"),
        ("assets/index.js", "no file that it makes"),
        ("assets/deep/index-aaaaaaaa.js", "no file that it makes"),
        ("assets/index-aaaaaaaa.js.br", "no file that it makes"),
        ("INDEX.html", "no file that it makes"),
    ],
)
def test_a_file_that_the_bundler_does_not_make_is_refused(path: str, reason: str) -> None:
    source = {**SOURCE, "public/assets/mine-aaaaaaaa.js": b"mine"}
    with pytest.raises(OutputRefused, match=reason):
        serve(output(files={path: b"x"}), source)


def test_files_with_names_as_the_bundler_gives_are_none() -> None:
    names = [
        "größe _a_-BKtawcx3.css",
        "x.module-rrfmZeJ1.css",
        "LICENSE-aaaa-aa_.",
        "w-BZo5ctSZ.woff2",
        "a-b-aaaaaaaa",
    ]
    files = {f"assets/{name.rstrip('.')}": b"x" for name in names}
    assert files.keys() < serve(output(files=files)).keys()


@pytest.mark.parametrize(
    "module",
    [
        "src/pages/Other.tsx",
        "src/pages/Other.tsx?raw",
        "/etc/passwd?raw",
        "../secret.txt",
        "\0rolldown/data-url:abc",
        "\0virtual",
        "\0vite/../x.js",
        "virtual:x",
        "data:text/javascript,1",
        "",
        "public/x.js",
    ],
)
def test_a_module_from_nowhere_is_refused(module: str) -> None:
    with pytest.raises(OutputRefused, match=r"no file of the app|not type-checked"):
        serve(output(modules=(*MODULES, module)), {**SOURCE, "public/x.js": b""})


def test_modules_of_the_app_its_packages_and_the_tools_are_known() -> None:
    known = (
        "src/index.css", "src/App.tsx?raw", "public/favicon.svg?url", "public/x.js?raw",
        "__vite-browser-external", "\0vite/preload-helper.js",
        "\0@oxc-project+runtime@0.156.0/helpers/esm/usingCtx.js",
        "\0rolldown_dynamic_import_helper.js", "/elsewhere/node_modules/react/index.js",
    )  # fmt: skip
    assert serve(output(modules=(*MODULES, *known)), {**SOURCE, "public/x.js": b""})


def test_a_bundle_without_the_templates_entry_is_refused() -> None:
    with pytest.raises(OutputRefused, match=r"left out src/main\.tsx"):
        serve(output(modules=MODULES[1:]))


def test_an_output_without_a_page_is_refused() -> None:
    with pytest.raises(OutputRefused, match=r"no index\.html"):
        serve(Output(ASSETS, modules=MODULES))


def test_what_is_stored_is_counted_compressed_forms_too() -> None:
    text = random.Random(3).randbytes(150_000).hex().encode()
    made = output(
        files={"assets/big-dddddddd.js": text}, compressed={"assets/big-dddddddd.js": brotli.compress(text)}
    )
    assert serve(made, max_bytes=500_000)
    with pytest.raises(
        OutputRefused, match=r"bytes to store, with its compressed forms; at most 400,000 can"
    ):
        serve(made, max_bytes=400_000)
    with pytest.raises(OutputRefused, match="make images smaller"):
        serve(made, max_bytes=250_000)


def test_an_apps_own_compressed_file_is_never_replaced_by_ours() -> None:
    own = {f"public/{name}.js": name.encode() * 100 for name in "ac"}
    source = {**SOURCE, **own, "public/b.js": b"b", "public/c.js.br": b"the app's own"}
    packed = {f"{name}.js": brotli.compress(source[f"public/{name}.js"]) for name in "abc"}
    _, compressed = checked(source, output(compressed=packed), MAX)
    assert compressed == {"a.js": packed["a.js"]}


@pytest.mark.parametrize(
    "packed", [b"", b"no brotli", brotli.compress(b"x" * 10**6), brotli.compress(b"aaa"), b"\0" * 50]
)
@pytest.mark.parametrize("path", ["assets/index-aaaaaaaa.js", "index.html", "../a.js"])
def test_a_compressed_form_that_is_another_file_is_refused(path: str, packed: bytes) -> None:
    with pytest.raises(OutputRefused, match="to something else than the file"):
        serve(output(compressed={path: packed}))
