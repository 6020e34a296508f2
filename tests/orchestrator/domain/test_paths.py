"""Paths: what an app's file may be called, and what belongs to the platform."""

import pytest

from orchestrator.domain.paths import check_path, is_locked
from orchestrator.errors import InvalidPath

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
def test_an_ordinary_path_is_returned_unchanged(path: str) -> None:
    assert check_path(path) == path


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
def test_a_dangerous_path_is_refused_with_a_code_and_a_way_out(path: str) -> None:
    with pytest.raises(InvalidPath) as refused:
        check_path(path)
    assert refused.value.code == "invalid_path"
    assert refused.value.status == 422
    assert "Use a relative path" in refused.value.message
    assert refused.value.message.encode()  # can be sent and logged, whatever the path was


LOCKS = ("index.html", "src/components/ui/**", "tsconfig*.json", "src/lib/env.ts", "assets/", "docs/?.md")


@pytest.mark.parametrize(
    ("path", "locked"),
    [
        ("index.html", True),
        ("INDEX.HTML", True),
        ("public/index.html", False),
        ("src/components/ui/button.tsx", True),
        ("src/components/ui/deep/er/button.tsx", True),
        ("src/components/ui", False),
        ("src/components/uix.tsx", False),
        ("tsconfig.json", True),
        ("tsconfig.node.json", True),
        ("src/lib/env.ts", True),
        ("src/lib/env.tsx", False),
        ("src/lib/envXts", False),
        ("assets/a/b.png", True),
        ("docs/a.md", True),
        ("docs/ab.md", False),
        ("docs/a/b.md", False),
        ("src/App.tsx", False),
    ],
)
def test_globs_lock_what_they_name_and_nothing_else(path: str, locked: bool) -> None:
    assert is_locked(path, LOCKS) is locked


@pytest.mark.parametrize(
    ("glob", "path", "locked"),
    [
        ("**/x.ts", "x.ts", True),
        ("**/x.ts", "a/b/x.ts", True),
        ("a/**/x.ts", "a/x.ts", True),
        ("a/**/x.ts", "a/b/c/x.ts", True),
        ("a/**/x.ts", "ab/x.ts", False),
        ("a/*/x.ts", "a/b/c/x.ts", False),
        ("**", "anything/at.all", True),
        ("[id].tsx", "[id].tsx", True),
        ("[id].tsx", "i.tsx", False),
    ],
)
def test_two_stars_span_folders_and_one_star_does_not(glob: str, path: str, locked: bool) -> None:
    assert is_locked(path, [glob]) is locked


@pytest.mark.parametrize(
    "path",
    ["vite.config.js", "vite.config.mjs", "postcss.config.cjs", ".postcssrc.json", "src/tsconfig.json"],
)
def test_a_file_that_would_replace_the_platforms_configuration_is_always_locked(path: str) -> None:
    assert is_locked(path, [])
