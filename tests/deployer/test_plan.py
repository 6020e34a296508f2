"""The asset plan: what is embedded, what is stored, and that the limit holds whatever the sizes."""

import asyncio
import hashlib
import json
import random
from functools import partial

import brotli
import pytest

from deployer.clients.spool import Spool
from deployer.domain.artifact import AppFile, Held, read_artifact
from deployer.domain.compression import FAST, compress_files
from deployer.domain.errors import InvalidArtifact, PagesTooLarge, ScriptTooLarge
from deployer.domain.html import critical_paths
from deployer.domain.manifest import STORED
from deployer.domain.plan import (
    MOST_OPTIONAL,
    OPTIONAL_EMBED_BYTES,
    Plan,
    is_hashed,
    plan_assets,
    served_type,
    smallest,
    worth_compressing,
)
from deployer.domain.script import Frame, Script
from deployer.usecases import prepare as preparing
from deployer.usecases.prepare import prepare
from deployer.worker import runtime_source
from tests.deployer.artifacts import URL, build_artifact, content_type, noise, pack, page, small_app

LIMIT = 900_000
APP = "a12345678901"
HEADERS = {"content-security-policy": "frame-ancestors 'self'" + " https://example.com" * 100}
FRAME = Frame("dep_0123456789abcdefghjkmnpqrs", runtime_source(), HEADERS)


def planned(files: dict[str, bytes], limit: int = LIMIT, *, packed: bool = False) -> tuple[Plan, Script]:
    """What the deployer makes of a build with these files."""
    digest, data = build_artifact(files, packed=packed)
    with Spool() as archive:
        archive.file.write(data)
        archive.file.flush()
        made = asyncio.run(prepare(archive, digest, env={"APP_ID": APP}, url=URL, frame=FRAME, limit=limit))
    return made.plan, made.script


def read(digest: str, data: bytes) -> tuple[AppFile, ...]:
    with Spool() as archive:
        archive.file.write(data)
        archive.file.flush()
        return read_artifact(archive, digest)


def app_file(path: str, data: bytes) -> AppFile:
    return AppFile(path, content_type(path), Held(data), hashlib.sha256(data).hexdigest())


def served(plan: Plan, script: Script) -> dict[str, bytes | str]:
    """What the Worker finds by path: a file's bytes, or for one in R2 the digest that is its key."""
    modules = [module.data for module in script.modules[2:]]
    main = script.modules[0].data.decode()
    told = json.loads(main[main.index("serve(") + 6 : main.rindex(",[")])
    rows = told["files"]
    assert told["listed"] == (plan.listing.digest if plan.listing else None)
    if plan.listing is not None:
        assert hashlib.sha256(plan.listing.data).hexdigest() == plan.listing.digest
        rows = rows + json.loads(plan.listing.data)["files"]
    found: dict[str, bytes | str] = {}
    for path, _, size, digest, _, module, packed in rows:
        body = digest if module == STORED else modules[module]
        found[path] = brotli.decompress(body) if packed else body
        assert module == STORED or len(found[path]) == size
    return found


def embedded(plan: Plan) -> set[str]:
    return {item.file.path for item in plan.embedded}


def some_app(rng: random.Random) -> tuple[list[AppFile], set[str]]:
    """1 to 20,000 files of any sizes, kinds and names, some of them equal, and those that load at start."""
    count = round(10 ** rng.uniform(0, 4.3))
    most = min(5.3, 7.5 - len(str(count)))
    files = [app_file("index.html", page())]
    for number in range(count - 1):
        kind = rng.choice(["js", "png", "css", "woff2", "mp4", "json", "svg", "map", "bin"])
        size = int(10 ** rng.uniform(0, most))
        folder = rng.choice(
            ["assets/", "", "bilder \u00e4\u00f6\u00fc/", f"d{number % 7}/" * rng.randrange(9)]
        )
        content = noise(size, rng.randrange(count)) if rng.random() < 0.7 else b"x" * size
        name = rng.choice([f"f{number}.{kind}", f"name-{number:08}.{kind}"])
        files.append(app_file(f"{folder}{name}", content))
    start = {rng.choice(files).path for _ in range(rng.choice([0, 1, 3, count]))}
    return files, start


@pytest.mark.parametrize("seed", range(40))
def test_whatever_an_app_has_is_served_back_within_the_limit_or_refused(seed: int) -> None:
    rng = random.Random(seed)
    files, start = some_app(rng)
    limit = rng.choice([60_000, 200_000, LIMIT])
    packed = compress_files(files, worth_compressing(files, start, limit), FAST)
    required = [file for file in packed if file.path in {"index.html", *start}]
    least = sum({file.digest: smallest(file)[0].size for file in required}.values())
    plan = refusal = None
    try:
        plan = plan_assets(packed, start, fixed_bytes=FRAME.size(), limit=limit)
    except ScriptTooLarge as error:
        refusal = error.message
    if plan is None:
        assert least + 120 * len(required) + FRAME.size() > limit
        assert refusal
        assert ("files at start" in refusal) == (least <= limit // 2)
        return
    script = FRAME.script(plan, limit)
    assert plan.size == script.size <= limit
    assert sum(len(module.data) for module in script.modules) == script.size
    found = served(plan, script)
    assert found.keys() == {f"/{file.path}" for file in files}
    for file in files:
        kept = found[f"/{file.path}"]
        assert kept in (file.content.read(), file.digest)
        assert isinstance(kept, bytes) or file.path not in start


def test_no_byte_of_the_limit_is_wasted() -> None:
    """What is left over is too little for any file that was left out."""
    files = {f"assets/f{n:03}-a1B2c3D4.js": noise(20_000 + 37 * n, n) for n in range(150)}
    plan, script = planned({"index.html": page(), **files})
    assert script.size == plan.size
    smallest_out = min(item.file.content.size for item in plan.stored)
    assert LIMIT - script.size < smallest_out + 100


def test_eight_thousand_tiny_files_are_deployed() -> None:
    tiny = {f"pictures/{n:05}.png": noise(100, n) for n in range(8000)}
    plan, script = planned({"index.html": page(), **tiny})
    assert script.size < 300_000
    assert len(plan.embedded) == 1 + MOST_OPTIONAL
    assert served(plan, script).keys() == {"/index.html", *(f"/{path}" for path in tiny)}


def test_too_many_files_at_start_are_the_reason_that_is_given() -> None:
    names = [f"assets/f{n:05}-a1B2c3D4.js" for n in range(9000)]
    tags = [f'<script type="module" src="/{name}"></script>' for name in names]
    with pytest.raises(ScriptTooLarge, match="9,001 files at start"):
        planned({"index.html": page(*tags), **{name: name.encode() for name in names}})


def test_equal_files_of_different_types_keep_their_own_encoding() -> None:
    same = b"the same words " * 100
    plan, script = planned({"index.html": page(), "a.txt": same, "a.bin": same})
    found = served(plan, script)
    assert found["/a.txt"] == found["/a.bin"] == same


def test_a_file_that_cannot_ride_is_not_even_read() -> None:
    files = [app_file(f"v{n}.txt", b"x" * (OPTIONAL_EMBED_BYTES * 17)) for n in range(3)]
    files.append(app_file("index.html", page()))
    assert worth_compressing(files, set(), LIMIT) == {"index.html"}


def test_three_megabytes_of_pictures_are_stored() -> None:
    pictures = {f"assets/p{n}-a1B2c3D4.png": noise(300_000, n) for n in range(10)}
    plan, script = planned({**small_app(), **pictures})
    assert {item.file.path for item in plan.stored} == set(pictures)
    assert script.size < 200_000


def test_what_loads_at_start_is_embedded_and_lazy_code_gives_way() -> None:
    start, shared, lazy = "assets/index-a1B2c3D4.js", "assets/shared-a1B2c3D4.js", "assets/lazy-a1B2c3D4.js"
    files = {
        "index.html": page(f'<script type="module" src="/{start}"></script>'),
        start: b'import{a}from"./shared-a1B2c3D4.js";const p=()=>import("./lazy-a1B2c3D4.js");'
        + noise(400_000, 1),
        shared: noise(400_000, 2),
        lazy: noise(400_000, 3),
    }
    plan, script = planned(files)
    assert embedded(plan) == {"index.html", start, shared}
    assert [item.file.path for item in plan.stored] == [lazy]
    assert script.size <= LIMIT


def test_what_cannot_fit_names_the_biggest_files() -> None:
    start = "assets/index-a1B2c3D4.js"
    with pytest.raises(ScriptTooLarge) as caught:
        planned({"index.html": page(f'<script src="/{start}"></script>'), start: noise(950_000)})
    assert caught.value.code == "script_too_large"
    assert "900,000" in caught.value.message
    assert f"{start} 950,0" in caught.value.message


def test_pages_that_would_grow_without_measure_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    room = '{"APP_ID":"{{APP_ID}}"}'
    pages = {f"p{number}/index.html": page(env=room * 1_000) for number in range(20)}
    files = {"index.html": page(), **pages}
    plan, _ = planned(files)
    grown = sum(item.file.content.size for item in plan.files) - sum(map(len, files.values()))
    assert 0 < grown <= 21 * len('{"APP_ID":""}' + APP), "one room in each page"
    monkeypatch.setattr(preparing, "MAX_TOLD_BYTES", 10_000)
    links = {path: content + b"{{APP_URL}}" * 100 for path, content in pages.items()}
    with pytest.raises(PagesTooLarge, match=r"10,000 bytes; p\d+/index.html is one") as caught:
        planned({**files, **links})
    assert caught.value.code == "pages_too_large"


def test_media_is_not_compressed_and_code_is() -> None:
    plan, _ = planned({**small_app(), "logo.png": b"\0" * 5000, "a.woff2": b"\0" * 5000})
    packed = {item.file.path: item.brotli for item in plan.files}
    assert packed["assets/index-a1B2c3D4.js"]
    assert not packed["logo.png"]
    assert not packed["a.woff2"]


def test_the_builders_own_brotli_is_used() -> None:
    files = small_app()
    plan, script = planned(files, packed=True)
    modules = {module.data for module in script.modules}
    assert brotli.compress(files["assets/index-a1B2c3D4.js"]) in modules
    assert next(item.brotli for item in plan.files if item.file.path.endswith(".js"))


def test_equal_files_share_one_module() -> None:
    same = {f"copy{n}.txt": b"the same words " * 100 for n in range(5)}
    _, script = planned({"index.html": page(), **same})
    assert len([module for module in script.modules if module.name.endswith(".bin")]) == 2


@pytest.mark.parametrize(
    ("path", "hashed"),
    [
        ("assets/index-a1B2c3D4.js", True),
        ("assets/index-BcDeFgHi.css", True),
        ("assets/font/x-DkX9_-az.woff2", True),
        ("assets/my-portrait.png", False),
        ("assets/portrait.png", False),
        ("index-a1B2c3D4.js", False),
    ],
)
def test_only_hashed_names_may_be_cached_for_ever(path: str, hashed: bool) -> None:
    assert is_hashed(path) is hashed


def test_text_says_its_charset_and_pictures_do_not() -> None:
    assert served_type("text/html") == "text/html; charset=utf-8"
    assert served_type("application/json") == "application/json; charset=utf-8"
    assert served_type("text/css; charset=latin1") == "text/css; charset=latin1"
    assert served_type("image/png") == "image/png"


def test_references_are_found_however_they_are_written() -> None:
    files = {
        "index.html": b"",
        "assets/a.js": b'import "./b.js";export*from\'./c.js\';import("./lazy.js")',
        "assets/b.js": b"",
        "assets/c.js": b'import{x as y}from"../d.js"',
        "d.js": b"",
        "assets/lazy.js": b"",
        "s p.css": b"",
    }
    html = (
        b'<script src=assets/a.js></script><link rel="preload stylesheet" href="/s%20p.css?v=1">'
        b'<script src="https://elsewhere.example/d.js"></script><script src="/missing.js"></script>'
    )
    readers = {path: partial(bytes, data) for path, data in files.items()}
    assert critical_paths(html, readers) == {"assets/a.js", "assets/b.js", "assets/c.js", "d.js", "s p.css"}


def _tampered(case: str) -> tuple[str, bytes]:
    digest, data = build_artifact({"index.html": page()})
    entry = b'{"path":"%s","size":1,"digest":"%s","content_type":"text/html"}'
    manifest = b'{"format":%d,"mode":"preview","files":[' + entry + b"]}"
    zero = b"0" * 64
    if case == "other bytes":
        return digest, data + b"\0"
    if case == "no tar":
        return pack({})[0], pack({})[1]
    name, number = {"path": (b"../x", 1), "absolute": (b"/x", 1), "format": (b"x", 2)}.get(case, (b"x", 1))
    members = {"manifest.json": manifest % (number, name, zero)}
    if case != "missing":
        members["dist/x"] = b"y"
    return pack(members)


@pytest.mark.parametrize(
    "case", ["other bytes", "no tar", "path", "absolute", "format", "missing", "false digest"]
)
def test_an_artifact_that_is_not_what_it_says_is_refused(case: str) -> None:
    digest, data = _tampered(case)
    with pytest.raises(InvalidArtifact) as caught:
        read(digest, data)
    assert caught.value.code == "artifact_invalid"


def test_a_file_of_no_bytes_is_embedded_as_it_is() -> None:
    plan, _ = planned({"index.html": page(), "empty.txt": b""})
    assert "empty.txt" in embedded(plan)
