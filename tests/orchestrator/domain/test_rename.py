"""rename_file: every import still means the same file, whatever moves where."""

import posixpath
import random
import re
import subprocess
from pathlib import Path

import pytest

from dev.stack.config import ROOT
from orchestrator.domain.text import revision
from orchestrator.domain.workspace import Workspace
from tests.orchestrator.domain.sources import APP, call, text_of, workspace_of


def rename(source: str, target: str, workspace: Workspace | None = None) -> tuple[str, Workspace]:
    moved = workspace or workspace_of(APP)
    outcome = call(moved, "rename_file", **{"from": source, "to": target})
    assert not outcome.is_error, outcome.text
    assert source not in moved.tree
    assert target in moved.tree
    return outcome.text, moved


def test_a_moved_file_is_imported_from_its_new_place() -> None:
    text, moved = rename("src/lib/dates.ts", "src/lib/time/format.ts")
    assert 'from "../lib/time/format"' in text_of(moved, "src/pages/Home.tsx")
    assert 'from "@/lib/time/format"' in text_of(moved, "src/pages/Books.tsx")
    assert 'from "@/lib/time/format"' in text_of(moved, "src/hooks/useBooks.ts")
    assert 'import("../types").Moment' in text_of(moved, "src/lib/time/format.ts")
    home = revision(text_of(moved, "src/pages/Home.tsx").encode())
    assert text.startswith(f"ok rev:{revision(text_of(moved, 'src/lib/time/format.ts').encode())}\n")
    assert f'== src/pages/Home.tsx rev:{home}\n2| import {{ formatDate }} from "../lib/time/format";' in text


def test_the_outcome_holds_all_files_at_once() -> None:
    outcome = call(workspace_of(APP), "rename_file", **{"from": "src/lib/dates.ts", "to": "src/dates.ts"})
    users = {"src/pages/Home.tsx", "src/pages/Books.tsx", "src/hooks/useBooks.ts"}
    assert outcome.path == "src/lib/dates.ts"
    assert outcome.files.keys() == {"src/lib/dates.ts", "src/dates.ts"} | users
    assert outcome.deleted
    assert outcome.edits.keys() == {"src/dates.ts"} | users


BOOKS, HERO, EXTRA = "src/pages/Books.tsx", "src/assets/hero.svg", "src/styles/extra.css"
DATES, HOME = "src/lib/dates.ts", "src/pages/Home.tsx"
FORMS = {
    "a page that is loaded later": (BOOKS, "src/a/B.tsx", "src/routes.tsx", 'import("@/a/B")'),
    "the page's own picture": (BOOKS, "src/a/b/B.tsx", "src/a/b/B.tsx", 'from "../../assets/hero.svg"'),
    "a picture in code": (HERO, "src/assets/top/hero.svg", BOOKS, 'from "../assets/top/hero.svg"'),
    "a picture in a style": (HERO, "src/hero.svg", EXTRA, "url(../hero.svg)"),
    "a style": (EXTRA, "src/extra.css", "src/index.css", '@import "./extra.css"'),
    "a style's own picture": (EXTRA, "src/extra.css", "src/extra.css", "url(./assets/hero.svg)"),
    "a folder's index": (DATES, "src/lib/dates/index.ts", HOME, 'from "../lib/dates"'),
    "JSX or not": (DATES, "src/lib/dates.tsx", HOME, 'from "../lib/dates"'),
    "case alone": (HOME, "src/pages/home.tsx", "src/routes.tsx", 'from "@/pages/home"'),
    "out of src": ("src/lib/types.ts", "shared/types.ts", DATES, 'import("../../shared/types")'),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "user", "told"), FORMS.values(), ids=FORMS)
def test_every_form_of_import_follows(source: str, target: str, user: str, told: str) -> None:
    assert told in text_of(rename(source, target)[1], user)


MORE = {
    "export … from": ('export { a } from "./a";\n', 'export { a } from "./b";\n'),
    "export * from": ("export * from './a'\n", "export * from './b'\n"),
    "an effect": ('import "./a";\n', 'import "./b";\n'),
    "import type": ('import type { A } from "./a";\n', 'import type { A } from "./b";\n'),
    "several lines": ('import {\n  a,\n} from "./a";\n', 'import {\n  a,\n} from "./b";\n'),
    "a comment": ('const a = import(/* later */ "./a");\n', 'const a = import(/* later */ "./b");\n'),
    "a template": ("const a = import(`./a`);\n", "const a = import(`./b`);\n"),
    "an address": (
        'const a = new URL("./a.ts", import.meta.url);\n', 'const a = new URL("./b.ts", import.meta.url);\n'
    ),
    "a query": ('import a from "./a?raw";\n', 'import a from "./b?raw";\n'),
    "the compiled name": ('import { a } from "./a.js";\n', 'import { a } from "./b.js";\n'),
    "its extension": ('import { a } from "./a.ts";\n', 'import { a } from "./b.ts";\n'),
    "from the root": ('import { a } from "/src/a";\n', 'import { a } from "/src/b";\n'),
    "another case of letters": ('import { a } from "./A";\n', None),
    "another address": ('const a = new URL("./a.ts", base);\n', None),
    "a text": ("const a = `import b from './a'`;\n", None),
    "a comment alone": ('// import a from "./a"\n', None),
    "a text of JSX": ('const a = <p>import "./a"</p>;\n', None),
    "a package": ('import a from "a";\n', None),
    "a package with a path": ('import a from "react-dom/client";\n', None),
    "an address elsewhere": ('const a = import("https://example.com/a");\n', None),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after"), MORE.values(), ids=MORE)
def test_what_is_an_import_follows_and_nothing_else(before: str, after: str | None) -> None:
    app = {"src/a.ts": "export const a = 1;\n", "src/user.tsx": f"// Ä\n{before}// end\n"}
    _, moved = rename("src/a.ts", "src/b.ts", workspace_of(app))
    assert text_of(moved, "src/user.tsx") == f"// Ä\n{after or before}// end\n"


def test_what_a_moved_file_imports_in_vain_is_still_looked_for_in_the_same_place() -> None:
    app = {"src/a/one.ts": 'import "./missing";\nimport "../../../out";\nimport "pkg";\n'}
    _, moved = rename("src/a/one.ts", "src/b/c/one.ts", workspace_of(app))
    assert (
        text_of(moved, "src/b/c/one.ts")
        == 'import "../../a/missing";\nimport "../../../out";\nimport "pkg";\n'
    )


def test_a_file_that_imports_itself_does_so_afterwards() -> None:
    _, moved = rename("src/a.ts", "src/b.ts", workspace_of({"src/a.ts": 'import * as me from "./a";\n'}))
    assert text_of(moved, "src/b.ts") == 'import * as me from "./b";\n'


def test_an_import_that_the_new_file_would_catch_is_spelled_out() -> None:
    app = {
        "src/a.ts": "export const a = 1;\n",
        "src/lib/index.ts": "export const lib = 1;\n",
        "src/user.ts": 'import { lib } from "./lib";\nimport { a } from "./a";\n',
    }
    _, moved = rename("src/a.ts", "src/lib.ts", workspace_of(app))
    assert text_of(moved, "src/user.ts") == 'import { lib } from "./lib/index";\nimport { a } from "./lib";\n'


REFUSED = {
    "no such file": ("src/lib/date.ts", "src/a.ts", "There is no file src/lib/date.ts. Did you mean"),
    "onto a file": ("src/lib/dates.ts", "src/lib/types.ts", "src/lib/types.ts exists already"),
    "onto itself": ("src/lib/dates.ts", "src/lib/dates.ts", "exists already"),
    "a locked file": ("src/lib/utils.ts", "src/lib/classes.ts", "src/lib/utils.ts is locked"),
    "into a locked folder": ("src/lib/dates.ts", "src/components/ui/dates.ts", "is locked"),
    "what a locked file imports": ("src/App.tsx", "src/Frame.tsx", "src/main.tsx imports './App'"),
    "to another kind": ("src/lib/dates.ts", "src/lib/dates.css", "has to stay .ts"),
    "to no kind": ("src/lib/dates.ts", "src/lib/dates", "has to stay .ts"),
    "to JavaScript": ("src/lib/dates.ts", "src/lib/dates.js", "has to stay .ts"),
    "to what cannot have JSX": ("src/pages/Home.tsx", "src/pages/Home.ts", "has to end with .tsx"),
    "beside its module": ("src/lib/dates.ts", "src/lib/types.tsx", "only the extension tells it"),
    "outside": ("src/lib/dates.ts", "../dates.ts", "cannot be a file's path"),
    "under a file": ("src/lib/dates.ts", "src/App.tsx/dates.ts", "is a file"),
    "a folder's case": ("src/lib/dates.ts", "src/Lib/dates.ts", "only by case"),
    "a path that is no path": ("src/lib/dates.ts", "src/a\nb.ts", "cannot be a file's path"),
}  # fmt: skip


@pytest.mark.parametrize(("source", "target", "told"), REFUSED.values(), ids=REFUSED)
def test_a_mistake_changes_nothing_and_comes_back_as_advice(source: str, target: str, told: str) -> None:
    workspace = workspace_of(APP)
    before = workspace.tree
    outcome = call(workspace, "rename_file", **{"from": source, "to": target})
    assert outcome.is_error
    assert told in outcome.text
    assert workspace.tree == before


def test_the_call_is_named_by_its_arguments_when_one_is_missing() -> None:
    outcome = call(workspace_of(APP), "rename_file", **{"from": "src/lib/dates.ts"})
    assert "- to: Field required" in outcome.text
    assert "rename_file takes: from, to." in outcome.text


def test_a_binary_file_moves_as_it_is() -> None:
    picture = b"\x89PNG\0\0"
    app: dict[str, str | bytes] = {"src/a.png": picture, "src/user.ts": 'import a from "./a.png";\n'}
    _, moved = rename("src/a.png", "src/images/a.png", workspace_of(app))
    assert moved.contents[moved.tree["src/images/a.png"].digest] == picture
    assert text_of(moved, "src/user.ts") == 'import a from "./images/a.png";\n'


def test_what_cannot_be_followed_is_told() -> None:
    app = {
        "public/logo.svg": "<svg/>\n",
        "src/a.tsx": 'export const A = () => <img src="/logo.svg" />;\n',
        "src/b.ts": 'export const pages = import.meta.glob("./pages/*.tsx");\n',
        "src/c.ts": "export const page = (name: string) => import(`./pages/${name}.tsx`);\n",
        "src/large.ts": "//\n" * 70_000,
        "src/large.json": "[]\n" * 70_000,
    }
    text, workspace = rename("public/logo.svg", "public/brand.svg", workspace_of(app))
    assert "The address /logo.svg stands in src/a.tsx: change it there." in text
    assert "Imports by a pattern are in src/b.ts, src/c.ts: see whether it still fits." in text
    assert "Not looked into, as they are too large: src/large.json, src/large.ts." in text
    refused = call(workspace, "rename_file", **{"from": "src/large.ts", "to": "src/small.ts"})
    assert "too large for its imports to be changed" in refused.text
    rename("src/large.json", "src/list.json", workspace)
    text, workspace = rename("src/c.ts", "src/lib/c.ts", workspace)
    assert "import(`../pages/${name}.tsx`)" in text_of(workspace, "src/lib/c.ts")
    assert "Imports by a pattern are in src/b.ts, src/lib/c.ts:" in text


def edit(line: int, expect: str, replace: str) -> list[dict[str, object]]:
    return [{"first_line": line, "last_line": line, "expect_first": expect, "replace": replace}]


def test_edits_with_revisions_from_before_the_move_still_find_their_lines() -> None:
    lines = 'import "./b";\n' + "// same\n" * 6
    workspace = workspace_of(
        {"src/a.ts": lines, "src/b.ts": "", "src/c.ts": 'import "./a";\n' + "// same\n" * 6}
    )
    rev = revision(lines.encode())
    added = [{"first_line": 1, "last_line": 0, "expect_first": 'import "./b";', "replace": "// top"}]
    assert not call(workspace, "line_replace", path="src/a.ts", rev=rev, edits=added).is_error
    rename("src/a.ts", "src/lib/a.ts", workspace)
    moved = call(workspace, "line_replace", path="src/lib/a.ts", rev=rev, edits=edit(3, "// same", "// here"))
    assert not moved.is_error, moved.text
    assert text_of(workspace, "src/lib/a.ts").splitlines()[1:5] == [
        'import "../b";',
        "// same",
        "// here",
        "// same",
    ]
    old = revision(b'import "./a";\n' + b"// same\n" * 6)
    user = call(workspace, "line_replace", path="src/c.ts", rev=old, edits=edit(5, "// same", "// there"))
    assert not user.is_error, user.text
    assert text_of(workspace, "src/c.ts").splitlines()[4] == "// there"
    assert text_of(workspace, "src/c.ts").startswith('import "./lib/a";\n')


FOLDERS = ("src", "src/a", "src/a/b", "src/c", "src/c/d/e", "src/f-g")
SPEC = re.compile(r"""(?:from |import\()["']([^"']+)["']\)?; // (\w+)""")


def random_app(random_: random.Random) -> dict[str, str]:
    """Modules that each export their own name and import others in every style."""
    places = {f"m{number}": f"{random_.choice(FOLDERS)}/m{number}.ts" for number in range(12)}
    places["m12"], places["m13"] = "src/a/index.ts", "src/c/d/index.ts"
    app = {}
    for name, path in places.items():
        lines = [f"export const {name} = 1;"]
        for other in random_.sample(sorted(places), 4):
            spec = styled(random_, path, places[other])
            lines.append(
                random_.choice(
                    [
                        f'import {{ {other} as i{len(lines)} }} from "{spec}"; // {other}',
                        f"export {{ {other} as e{len(lines)}{name} }} from '{spec}'; // {other}",
                        f'export const l{len(lines)}: Promise<object> = import("{spec}"); // {other}',
                    ]
                )
            )
        app[path] = "\n".join(lines) + "\n"
    return app


def styled(random_: random.Random, importer: str, target: str) -> str:
    bare = target.removesuffix(".ts")
    if bare.endswith("/index"):
        bare = random_.choice([bare, bare.removesuffix("/index")])
    if random_.random() < 0.4:
        return "@/" + bare.removeprefix("src/")
    relative = posixpath.relpath(bare, posixpath.dirname(importer))
    relative = relative if relative.startswith(".") else f"./{relative}"
    return f"{relative}.js" if random_.random() < 0.2 and target == f"{bare}.ts" else relative


def lost(workspace: Workspace) -> list[str]:
    """Imports that do not lead to the module whose name stands behind them, resolved as plainly as can be."""
    found = []
    for path in workspace.tree:
        for spec, name in SPEC.findall(text_of(workspace, path)):
            base = spec.removesuffix(".js")
            at = f"src/{base[2:]}" if base.startswith("@/") else posixpath.join(posixpath.dirname(path), base)
            options = [posixpath.normpath(at) + ending for ending in (".ts", "/index.ts")]
            meant = next((option for option in options if option in workspace.tree), None)
            if meant is None or f"export const {name} = 1;" not in text_of(workspace, meant):
                found.append(f"{path}: {spec}")
    return found


@pytest.mark.parametrize("seed", range(8))
def test_after_any_moves_every_import_leads_where_it_did(seed: int, tmp_path: Path) -> None:
    random_ = random.Random(seed)
    workspace = workspace_of(random_app(random_))
    assert lost(workspace) == []
    moves = 0
    for number in range(25):
        source = random_.choice(list(workspace.tree))
        name = random_.choice([f"n{number}", posixpath.basename(source)[:-3], "index"])
        outcome = call(
            workspace, "rename_file", **{"from": source, "to": f"{random_.choice(FOLDERS)}/{name}.ts"}
        )
        moves += not outcome.is_error
        assert lost(workspace) == [], outcome.text
    assert moves > 10
    if seed == 0:  # one of them as the compiler sees it
        assert type_errors(workspace, tmp_path) == ""


def type_errors(workspace: Workspace, folder: Path) -> str:
    for path in workspace.tree:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text_of(workspace, path))
    (folder / "tsconfig.json").write_text(
        '{"compilerOptions": {"module": "ESNext", "target": "ES2022", "moduleResolution": "bundler",'
        ' "types": [], "noEmit": true, "paths": {"@/*": ["./src/*"]}}, "include": ["src"]}'
    )
    compiler = ROOT / "dev/typecheck/node_modules/typescript/bin/tsc"
    node = ROOT / ".venv/bin/node"
    command = [str(node), str(compiler), "--pretty", "false"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr
