"""No file over 400 lines, no function over 40 (docs/decisions and style: bigger ones hold two ideas)."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dev.stack.specs import node_binary
from tests.house.files import ROOT, relative, sources

FILE_LINES = 400
FUNCTION_LINES = 40
CODE = (".py", ".js", ".mjs", ".ts", ".tsx", ".sh", ".css", ".html")
# A test that walks the phases of a mission, or a migration that lists tables, reads best from top to bottom.
EXEMPT_FUNCTIONS = re.compile(r"tests/|services/.*/migrations/versions/")


def test_no_file_is_over_400_lines() -> None:
    long = {
        relative(path): lines
        for path in sources(*CODE)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES
    }
    assert not long


def test_no_python_function_is_over_40_lines() -> None:
    long = [name for path in sources(".py") if counted(path) for name in long_python_functions(path)]
    assert not long


def test_no_javascript_function_is_over_40_lines() -> None:
    assert not long_javascript_functions([path for path in sources(".js", ".mjs") if counted(path)])


def test_the_rules_see_a_long_function(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text("def f():\n" + "    x = 1\n" * 40)
    assert list(long_python_functions(module, tmp_path)) == ["module.py:1 f: 41 lines"]
    script = tmp_path / "module.js"
    script.write_text("export const f = () => {\n" + "  g();\n" * 40 + "};\n")
    assert long_javascript_functions([script]) == [f"{script}:1 f: 42 lines"]


def counted(path: Path) -> bool:
    return not EXEMPT_FUNCTIONS.match(relative(path))


def long_python_functions(path: Path, root: Path = ROOT) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > FUNCTION_LINES:
                yield f"{path.relative_to(root)}:{node.lineno} {node.name}: {lines} lines"


def long_javascript_functions(files: list[Path]) -> list[str]:
    script = Path(__file__).with_name("functions.mjs")
    command = [str(node_binary()), "--expose-internals", "--no-warnings", str(script), str(FUNCTION_LINES)]
    found = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    long: list[str] = json.loads(found.stdout)
    return long
