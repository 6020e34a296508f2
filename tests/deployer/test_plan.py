"""The asset plan: what is embedded, what is stored, and that the limit holds whatever the sizes."""

import random

import pytest

from deployer.domain.artifact import read_artifact
from deployer.domain.compression import FAST, compress_files
from deployer.domain.errors import InvalidArtifact, ScriptTooLarge
from deployer.domain.html import critical_paths, insert_app_id
from deployer.domain.plan import Plan, is_hashed, plan_assets, served_type
from deployer.domain.script import Script, build_script, fixed_bytes
from deployer.worker import runtime_source
from tests.deployer.artifacts import build_artifact, code, noise, pack, page, small_app

LIMIT = 900_000
DEPLOYMENT = "dep_0123456789abcdefghjkmnpqrs"
RUNTIME = runtime_source()


def planned(files: dict[str, bytes], limit: int = LIMIT) -> tuple[Plan, Script]:
    digest, data = build_artifact(files)
    read = read_artifact(data, digest)
    critical = critical_paths(files["index.html"], files)
    fixed = fixed_bytes(deployment_id=DEPLOYMENT, runtime=RUNTIME)
    plan = plan_assets(compress_files(read, critical, FAST), critical, fixed_bytes=fixed, limit=limit)
    return plan, build_script(plan, deployment_id=DEPLOYMENT, runtime=RUNTIME, limit=limit)


def embedded(plan: Plan) -> set[str]:
    return {item.file.path for item in plan.embedded}


@pytest.mark.parametrize("seed", range(25))
def test_no_mix_of_sizes_gets_over_the_limit(seed: int) -> None:
    rng = random.Random(seed)
    limit = rng.choice([60_000, 200_000, LIMIT])
    files = {"index.html": page('<script src="/assets/m-a1B2c3D4.js"></script>')}
    files["assets/m-a1B2c3D4.js"] = code(rng.randrange(1, limit))
    for number in range(rng.randrange(1, 120)):
        kind = rng.choice(["js", "png", "css", "woff2", "mp4", "json", "svg"])
        size = int(10 ** rng.uniform(0, 5.3))
        folder = rng.choice(["assets/", "", "bilder äöü/"])
        files[f"{folder}f{number}.{kind}"] = noise(size, number) if rng.random() < 0.7 else b"x" * size
    plan, script = planned(files, limit)
    assert script.size <= limit
    assert sum(len(module.data) for module in script.modules) == script.size
    assert {"index.html", "assets/m-a1B2c3D4.js"} <= embedded(plan)
    assert len(plan.embedded) + len(plan.stored) == len(files)


def test_many_thousand_files_are_refused_or_fit() -> None:
    files = {"index.html": page(), **{f"pictures/{n:05}.png": noise(100, n) for n in range(6000)}}
    _, script = planned(files)
    assert script.size <= LIMIT
    with pytest.raises(ScriptTooLarge):
        planned(files, 300_000)


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


def test_media_is_not_compressed_and_code_is() -> None:
    plan, _ = planned({**small_app(), "logo.png": b"\0" * 5000, "a.woff2": b"\0" * 5000})
    packed = {item.file.path: item.brotli for item in plan.files}
    assert packed["assets/index-a1B2c3D4.js"]
    assert not packed["logo.png"]
    assert not packed["a.woff2"]


def test_the_builders_own_brotli_is_used() -> None:
    digest, data = build_artifact(small_app(), packed=True)
    files = read_artifact(data, digest)
    given = {file.path: file.brotli for file in files if file.brotli}
    plan = plan_assets(compress_files(files, given, FAST), given, fixed_bytes=0, limit=LIMIT)
    used = {item.file.path: item.embedded for item in plan.files if item.brotli}
    assert given.items() <= used.items()


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


def test_the_app_id_cannot_break_out_of_where_it_is_inserted() -> None:
    html = page()
    assert b'APP_ID:"abc123"' in insert_app_id(html, "abc123")
    assert b"<" not in insert_app_id(b"{{APP_ID}}", "</script><b>")


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
    assert critical_paths(html, files) == {"assets/a.js", "assets/b.js", "assets/c.js", "d.js", "s p.css"}


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
        read_artifact(data, digest)
    assert caught.value.code == "artifact_invalid"


def test_a_file_of_no_bytes_is_embedded_as_it_is() -> None:
    plan, _ = planned({"index.html": page(), "empty.txt": b""})
    assert "empty.txt" in embedded(plan)
