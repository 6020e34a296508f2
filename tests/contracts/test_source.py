"""The rules of source trees, which every service reads from one place."""

import itertools
import random
import time

import pytest

from builder.domain.source import SourceRefused, read_source
from builder.errors import SourceInvalid
from common.contracts.objects import pack_files
from common.contracts.source import (
    MAX_FILE_BYTES,
    MAX_FILES,
    MAX_PATH,
    PLATFORM_PATHS,
    lock_reason,
    matches,
    module_problems,
    source_path_problem,
    tree_problem,
)
from common.errors import AppError
from orchestrator.domain.paths import check_unlocked
from orchestrator.domain.tree import FileRef, Tree

GOOD = [
    "src/App.tsx",
    "src/components/ui/button.tsx",
    ".npmrc",
    ".gitignore",
    "public/bild größe.svg",
    "src/日本語.ts",
    "src/routes/[id].tsx",
    "src/routes/$id.tsx",
    "src/(group)/page.tsx",
    "src/distance.ts",
    "src/dist/chart.ts",
    "src/console.ts",
    "a" * 100,
    "/".join(["a" * 40] * 4),
]


@pytest.mark.parametrize("path", GOOD)
def test_an_ordinary_path_is_allowed(path: str) -> None:
    assert source_path_problem(path) is None


BAD = {
    "empty": "",
    "absolute": "/etc/passwd",
    "parent at the start": "../secret",
    "parent inside": "src/../../etc",
    "this folder": "./src/App.tsx",
    "this folder inside": "src/./App.tsx",
    "empty segment": "src//App.tsx",
    "trailing slash": "src/",
    "backslash": "src\\App.tsx",
    "windows drive": "C:/x",
    "NUL": "src/a\0b.ts",
    "newline": "src/a\nb.ts",
    "escape": "src/\x1b[31m.ts",
    "delete": "src/\x7f.ts",
    "right-to-left override": "src/\u202etxt.ts",
    "zero width": "src/a\u200bb.ts",
    "lone surrogate": "src/\ud800.ts",
    "decomposed": "src/gro\u0308ße.ts",
    "too long": "/".join(["a" * 90] * 3),
    "long segment": "a" * 101,
    "long segment in bytes": "語" * 90,
    "leading space": "src/ a.ts",
    "trailing space": "src/a.ts ",
    "trailing dot": "src/a.",
    "only dots": "src/...",
    "git": ".git/config",
    "git deep": "src/.GIT/hooks/x",
    "modules": "node_modules/react/index.js",
    "modules deep": "src/node_modules/x.js",
    "build output": "dist/index.html",
    "build output itself": "Dist",
    "cache of the build": ".vite/deps/x.js",
    "windows device": "src/con",
    "windows device with suffix": "src/NUL.txt",
    "windows port": "com1.log/x",
    "colon": "src/a:b",
    "star": "src/*.ts",
    "question mark": "src/a?.ts",
    "hash": "src/a#b.ts",
    "percent": "src/%2e%2e/x",
    "quote": 'src/a".ts',
    "pipe": "src/a|b.ts",
    "home": "~/x\t",
}


@pytest.mark.parametrize("path", BAD.values(), ids=BAD)
def test_a_dangerous_path_is_refused_with_a_reason(path: str) -> None:
    assert source_path_problem(path)


@pytest.mark.parametrize(
    ("glob", "inside", "outside"),
    [
        ("index.html", "index.html", "src/index.html"),
        ("index.html", "INDEX.HTML", "index_html"),
        ("settings*.json", "settings.node.json", "src/settings.json"),
        ("src/ui/**", "src/ui/deep/er/a.tsx", "src/uis/a.tsx"),
        ("src/ui/**", "src/ui/a.tsx", "src/ui.css"),
        ("**/*.css", "a/b/c.css", "a/b/c.css.ts"),
        ("**/*.css", "c.css", "css"),
        ("a/**/x.ts", "a/x.ts", "ab/x.ts"),
        ("a/**/x.ts", "a/b/c/x.ts", "a/b/c/x.ts/d"),
        ("a/*/x.ts", "a/b/x.ts", "a/b/c/x.ts"),
        ("docs/?.md", "docs/a.md", "docs/a/b.md"),
        ("[id].tsx", "[id].tsx", "i.tsx"),
        ("a.b", "a.b", "axb"),
        ("Straße/*", "STRASSE/a", "strase/a"),
    ],
)
def test_two_stars_span_folders_and_one_star_does_not(glob: str, inside: str, outside: str) -> None:
    assert matches(glob, inside)
    assert not matches(glob, outside)
    assert lock_reason(inside, ["no", glob])
    assert lock_reason(outside, ["no", glob]) is None


def test_globs_cover_what_a_simple_matcher_says_they_cover() -> None:
    chance = random.Random(7)
    segments = ["a", "b", "ab", "aab", "*", "?", "a*", "*b", "a*b", "*a*b*", "?*a", "**", "**"]
    names = ["a", "b", "ab", "ba", "aab", "abab"]
    for _ in range(4_000):
        glob = [chance.choice(segments) for _ in range(chance.randint(1, 5))]
        path = [chance.choice(names) for _ in range(chance.randint(1, 6))]
        assert matches("/".join(glob), "/".join(path)) == covers(glob, path), (glob, path)


def covers(glob: list[str], path: list[str]) -> bool:
    if not glob or not path:
        return not glob and not path
    if glob[0] != "**":
        return same(glob[0], path[0]) and covers(glob[1:], path[1:])
    if len(glob) == 1:
        return True
    return any(covers(glob[1:], path[skipped:]) for skipped in range(len(path)))


def same(glob: str, name: str) -> bool:
    if not glob:
        return not name
    if glob[0] == "*":
        return any(same(glob[1:], name[skipped:]) for skipped in range(len(name) + 1))
    return bool(name) and glob[0] in {"?", name[0]} and same(glob[1:], name[1:])


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*a" * 60 + "b", "a" * MAX_PATH),
        ("**/a/" * 20 + "b", "a/" * 99 + "a"),
        ("**/*a*/" * 15 + "b", "/".join(["aa"] * 66)),
        ("**/" * 40 + "*a" * 20 + "b", "/".join(["a" * 9] * 20)),
        ("?*" * 60 + "b", "a" * MAX_PATH),
    ],
)
def test_a_hostile_glob_takes_no_time(glob: str, path: str) -> None:
    """Backtracking would take hours."""
    assert not matches(glob, path)
    began = time.process_time()
    for _ in range(20):
        assert not matches(glob, path)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "path",
    [
        "vite.config.js",
        "vite.config.mjs",
        "postcss.config.cjs",
        ".postcssrc.json",
        "src/tsconfig.json",
        "tailwind.config.ts",
        "Package.json",
        ".npmrc",
        ".env",
        ".env.local",
        ".ENV.production",
        "src/lib/database.types.ts",
    ],
)
def test_what_configures_a_tool_is_the_platforms_in_every_app(path: str) -> None:
    assert lock_reason(path, []) in PLATFORM_PATHS


def test_a_tree_keeps_to_its_limits() -> None:
    assert tree_problem({f"f{n}": 1 for n in range(MAX_FILES)}) is None
    assert "files are over" in str(tree_problem({f"f{n}": 1 for n in range(MAX_FILES + 1)}))
    assert "f: it has" in str(tree_problem({"f": MAX_FILE_BYTES + 1}))
    assert "in all" in str(tree_problem({f"f{n}": MAX_FILE_BYTES for n in range(31)}))
    assert str(tree_problem({"a/b": 1, "a": 1})) == "a/b: a folder that it is in is a file as well"


@pytest.mark.parametrize("locked", ["src/components/Boundary.tsx", "src/components/*.tsx"])
@pytest.mark.parametrize(
    "ending", [".mjs", ".js", ".mts", ".ts", ".jsx", ".tsx", ".json", ".cts", ".cjs", ".d.ts", "", ".JS"]
)
def test_a_lock_holds_whatever_extension_an_import_leaves_out(locked: str, ending: str) -> None:
    assert lock_reason(f"src/components/Boundary{ending}", [locked])


@pytest.mark.parametrize("locked", ["src/ui/index.ts", "src/ui/**"])
@pytest.mark.parametrize("path", ["src/ui.ts", "src/ui.tsx", "src/UI.mjs", "src/ui.json", "src/ui"])
def test_a_lock_holds_for_a_file_beside_a_locked_folder(locked: str, path: str) -> None:
    assert lock_reason(path, [locked])


@pytest.mark.parametrize(
    "path",
    [
        "src/components/Boundary.css",
        "src/components/Boundary.test.tsx",
        "src/components/Boundary/index.tsx",  # a file wins over a folder
        "src/components/BoundaryBox.tsx",
        "src/Boundary.tsx",
        "public/Boundary.js",
    ],
)
def test_a_lock_holds_for_nothing_that_no_import_of_it_finds(path: str) -> None:
    assert lock_reason(path, ["src/components/Boundary.tsx"]) is None


def test_modules_that_differ_by_extension_alone_are_found() -> None:
    paths = ["src/App.d.ts", "src/App.ts", "src/app.tsx", "src/App.css", "src/App.json", "src/App/index.ts"]
    assert [problem.path for problem in module_problems(paths)] == ["src/App.ts", "src/app.tsx"]
    others = ["public/a.js", "public/a.mjs", "src/a.svg", "src/a.png", "src/.ts", "src/.tsx"]
    assert not module_problems(others)


def hostile_paths() -> list[str]:
    """What the rules name, and random mixtures of what matters to them."""
    chance = random.Random(11)
    parts = [
        *"/\\.*?:\0\n\u202e\ud800 ~$'\u0308",
        "..", ".env", ".ENV", "src", "dist", ".vite", ".git", "node_modules", "con", "NUL.txt", "é",
        "語" * 40, "a" * 60, "package.json", "tsconfig.json", "vite.config.ts", "index.html", "İ", "ß",
    ]  # fmt: skip
    random_paths = ["".join(chance.choices([*parts, "/", "/"], k=chance.randint(1, 8))) for _ in range(6_000)]
    joined = ["/".join(pair) for pair in itertools.product(parts, repeat=2)]
    return [*GOOD, *BAD.values(), *parts, *joined, *random_paths]


def test_what_the_orchestrator_accepts_the_builder_accepts() -> None:
    accepted: dict[str, bytes] = {}
    tree = Tree()
    for path in hostile_paths():
        try:
            check_unlocked(path, ())
            tree = tree.with_file(path, FileRef.of(b""))
        except AppError:
            continue
        accepted[path] = b""
    assert len(accepted) > 100
    packed = pack_files(accepted)
    assert read_source(packed, FileRef.of(packed).digest) == accepted


@pytest.mark.parametrize("path", [path for path in BAD.values() if path.isprintable() and path])
def test_what_the_orchestrator_refuses_the_builder_refuses(path: str) -> None:
    packed = pack_files({"src/App.tsx": b"", path: b""})
    with pytest.raises((SourceInvalid, SourceRefused)):
        read_source(packed, FileRef.of(packed).digest)
