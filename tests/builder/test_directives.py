"""Whatever a style sheet has Tailwind run or load, the rules of sources see it, however it is written."""

import asyncio
import json
import posixpath
import random
from pathlib import Path

from builder.clients.sandbox.node import find_node
from common.contracts.content import file_problems
from tests.builder.sandboxes import modules

CASES = 6_000
# Compiles each sheet and tells what Tailwind asked for.
PROGRAM = """
import fs from "node:fs";
const { compile } = await import(process.argv[2]);
const told = [];
for (const sheet of JSON.parse(fs.readFileSync(0, "utf8"))) {
  const asked = [];
  const loadModule = async (id) => (asked.push(["run", id]), { path: id, base: "/", module: () => {} });
  const loadStylesheet = async (id) => (asked.push(["load", id]), { path: id, base: "/", content: "" });
  await compile(sheet, { base: "/", loadModule, loadStylesheet }).catch(() => {});
  told.push(asked);
}
process.stdout.write(JSON.stringify(told));
"""
DANGEROUS = [
    '@plugin "./x.ts";', "@config './x.ts';", '@plugin "./x.ts" { a: b }', '@import "./x.txt";',
    "@reference './x.txt';", "@import \"./a.css\"'/../x.txt';", '@import "./a.css"/**/"x";',
]  # fmt: skip
PIECES = [
    *(
        "@plugin",
        "@config",
        "@import",
        "@reference",
        "@plu",
        "gin",
        "@",
        "/*",
        "*/",
        "/**/",
        "/*!a*/",
        "*",
        "/",
    ),
    *(
        " ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "\f",
        "\v",
        "\xa0",
        "\ufeff",
        '"',
        "'",
        "\\",
        '\\"',
        "\\'",
        "\\*",
        "\\70",
    ),
    *(
        '"./x.ts"',
        "'./x'",
        '"./a.css"',
        '"x.txt"',
        ".css",
        "/../",
        "data:",
        "http://",
        "//",
        ",",
        "&",
        "<!--",
    ),
    *("{", "}", "(", ")", "[", "]", ";", ";", ";", "a", "a:b", "a:b;", "--x:", "--x:{", "url(", "!important"),
    *("@media x{", "@layer b{", ".a{", "@theme{", "@utility a{b:c}", "@supports (a:b){", "layer(b)"),
]


def sheet(chance: random.Random) -> str:
    """Something dangerous, disturbed and surrounded by what matters to a reader of style sheets."""
    core = chance.choice(DANGEROUS)
    if chance.random() < 0.3:  # where a name seems to end
        core = core.replace("\"'", f"\"{chance.choice(PIECES)}'").replace(
            '"/**/', f'"{chance.choice(PIECES)}/**/'
        )
    for _ in range(chance.choice([0, 0, 1, 1, 2])):
        at = chance.randint(0, len(core))
        core = core[:at] + chance.choice(PIECES) + core[at:]
    before, behind = ("".join(chance.choices(PIECES, k=chance.randint(0, most))) for most in (7, 4))
    return before + core + behind


async def test_what_tailwind_would_run_or_load_is_seen(tmp_path: Path) -> None:
    chance = random.Random(17)
    sheets = [sheet(chance) for _ in range(CASES)]
    program = tmp_path / "compile.mjs"
    program.write_text(PROGRAM)
    tailwind = (await modules() / "tailwindcss" / "dist" / "lib.mjs").as_uri()
    node = await asyncio.create_subprocess_exec(
        str(find_node(None).binary), str(program), tailwind,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await node.communicate(json.dumps(sheets).encode())
    dangerous = [
        text
        for text, asked in zip(sheets, json.loads(told), strict=True)
        if any(kind == "run" or not posixpath.normpath(name).endswith(".css") for kind, name in asked)
    ]
    assert len(dangerous) > CASES / 20
    assert not [text for text in dangerous if not file_problems("src/a.css", text.encode())]
