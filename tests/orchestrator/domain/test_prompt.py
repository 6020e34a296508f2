"""The prompt speaks of the code as it is: a promise that tools or template break costs failed builds."""

import json
import re
import sys
from pathlib import Path

import pytest

import orchestrator
from common.contracts import DATABASE_TYPES, MIGRATIONS_FOLDER
from common.contracts.source import lock_reason
from orchestrator.domain.logo import ELEMENTS, MAX_LOGO_BYTES
from orchestrator.domain.prompt import (
    NAMING_PROMPT,
    PROMPT_VERSION,
    SYSTEM_PROMPT,
    prompt_version,
    system_prompt,
)
from orchestrator.domain.tools import TOOL_SCHEMAS, tool_schemas
from orchestrator.domain.turns import estimated_tokens

CONTENT = Path(__file__).parents[3] / "services/templates/templates/content/vite-react"
LOCKED = json.loads((CONTENT / "template.json").read_text())["locked"]
CODE = Path(orchestrator.__file__).parent
FOUNDATION = (CODE / "prompt/foundation.md").read_text()
PLAIN = re.sub(r"\s+", " ", SYSTEM_PROMPT)
TOOLS = {schema["name"] for schema in TOOL_SCHEMAS}
MADE_BY_THE_MODEL = {"src/types.ts"}
MOST_TOKENS = 5_500
MOST_TOKENS_WITH_DATABASE = 6_500
INSIDE_THE_KIT = {
    "class-variance-authority",
    "clsx",
    "cmdk",
    "input-otp",
    "radix-ui",
    "react",
    "react-day-picker",
    "react-dom",
    "react-resizable-panels",
    "tailwind-merge",
    "tw-animate-css",
    "vaul",
}
"""Packages that apps use through the kit, and those that go without saying."""
SIZES = {"xs", "sm", "base", "lg", "xl", "left", "right"}
"""Of type in Tailwind, and its directions: what stands behind `text-` besides colours."""


def exports(path: str) -> set[str]:
    """The names that a module of the template exports, types left out."""
    source = (CONTENT / path).read_text()
    found = re.findall(r"export (?:function|const) (\w+)", source)
    for group in re.findall(r"export \{([^}]*)\}", source):
        found += [name.strip() for name in group.split(",") if not name.strip().startswith("type ")]
    return set(found)


def test_every_tool_is_named_and_every_tool_that_is_named_exists() -> None:
    for tool in TOOLS:
        said = rf"\b{tool}\b" if "_" in tool else f"`{tool}`"  # words of English too: look, ask, finish
        assert re.search(said, SYSTEM_PROMPT), tool
    tags = set(re.findall(r"</?([a-z_]+)", SYSTEM_PROMPT))
    snake = set(re.findall(r"(?<![\w/.])[a-z]+_[a-z_]+\b", SYSTEM_PROMPT))
    assert snake - tags <= TOOLS


def test_every_section_of_a_conversation_that_it_explains_is_written_by_the_code() -> None:
    code = "\n".join(path.read_text() for path in (CODE / "domain").glob("*.py"))
    html = {"h1", "a"}
    for tag in set(re.findall(r"<([a-z_][a-z_0-9]*)>", SYSTEM_PROMPT)) - html:
        assert re.search(rf"""section\(["']{tag}["']|<{tag}\b""", code), tag


def test_every_file_of_the_kit_is_named_and_no_other() -> None:
    index = (CONTENT / "src/components/ui/index.ts").read_text()
    [listed] = re.findall(r"in these files: ([^.]*)\.", FOUNDATION)
    assert re.split(r",\s+", listed) == sorted(re.findall(r'from "\./([\w-]+)"', index))


@pytest.mark.parametrize(
    "component", ["Badge", "EmptyState", "CardTitle", "Button", "NativeSelect", "Toaster"]
)
def test_the_components_it_explains_are_in_the_kit(component: str) -> None:
    kit = "\n".join(path.read_text() for path in (CONTENT / "src/components/ui").glob("*.tsx"))
    assert re.search(rf"export (?:function|const) {component}\b", kit)
    assert re.search(rf"\b{component}\b", FOUNDATION)


def test_every_colour_is_in_the_theme() -> None:
    theme = (CONTENT / "src/index.css").read_text()
    colours = set(re.findall(r"\b(?:bg|border|text)-([a-z][a-z-]*(?:\d)?)", SYSTEM_PROMPT)) - SIZES
    assert colours > {"background", "primary", "muted-foreground", "border"}
    for colour in colours:
        assert f"--color-{colour}:" in theme, colour


def test_the_packages_are_those_installed() -> None:
    package = json.loads((CONTENT / "package.json").read_text())
    [listed] = re.findall(r"(?i)these packages are\s+there.*?(?=\n\n)", FOUNDATION, re.DOTALL)
    for name in package["dependencies"]:
        of_the_kit = name in INSIDE_THE_KIT or name.startswith("@fontsource-variable/")
        assert of_the_kit is not bool(re.search(rf"(?<![\w/-]){name}(?![\w/-])", listed)), name
    everything = {**package["dependencies"], **package["devDependencies"]}
    for name, said in {
        "react": "React",
        "vite": "Vite",
        "tailwindcss": "Tailwind CSS",
        "react-router": "react-router",
    }.items():
        major = re.search(r"\d+", everything[name])
        assert major
        assert f"{said} {major[0]}" in PLAIN


def test_the_files_it_names_exist_and_are_locked_or_free_as_it_says() -> None:
    named = set(re.findall(r"`((?:src|public)/[\w./-]+\.\w+)`", SYSTEM_PROMPT)) - MADE_BY_THE_MODEL
    assert named >= {"src/routes.tsx", "src/App.tsx", "src/theme.css", "src/index.css", "public/favicon.svg"}
    for path in {*named, "src/pages/Home.tsx"}:
        assert (CONTENT / path).is_file(), path
        assert not lock_reason(path, LOCKED), path
    for path in (
        "index.html",
        "package.json",
        "src/main.tsx",
        "src/lib/collection.ts",
        "src/lib/supabase.ts",
    ):
        assert path in SYSTEM_PROMPT or path.removesuffix(".ts").replace("src/", "@/") in SYSTEM_PROMPT
        assert (CONTENT / path).is_file()
        assert lock_reason(path, LOCKED), path
    assert lock_reason("src/components/ui/button.tsx", LOCKED)
    assert "APP_NAME" in (CONTENT / "src/App.tsx").read_text()
    assert 'href="/favicon.svg"' in (CONTENT / "index.html").read_text()


def test_the_modules_it_names_export_what_it_says() -> None:
    for module, names in {
        "src/lib/collection.ts": {"useCollection"},
        "src/lib/utils.ts": {"cn"},
        "src/lib/supabase.ts": {"supabase"},
        "src/auth/index.ts": {"AuthProvider", "AccountMenu", "ProtectedRoute", "authRoutes", "useAuth"},
        "src/lib/env.ts": {"env", "APP_ID"},
        "src/core/theme.tsx": {"useTheme"},
        "src/core/query.tsx": {"QueryProvider"},
        "src/database/index.ts": {"dataOf", "table"},
        "src/routing/index.ts": {
            "AppShell", "BareLayout", "Breadcrumbs", "CenteredLayout", "SidebarLayout", "TopLayout",
            "defineRoutes", "path", "useRouteParams",
        },
        "src/routes.tsx": {"routes"},
    }.items():  # fmt: skip
        assert exports(module) >= names
        for name in names:
            assert re.search(rf"\b{name}\b", FOUNDATION), name
    routes = (CONTENT / "src/routes.tsx").read_text()
    [example] = re.findall(r"`(export const routes = .*?;)`", PLAIN)
    assert example in routes
    collection = (CONTENT / "src/database/collection.ts").read_text()
    [used] = re.findall(r"`const \{ ([\w, ]+) \} = useCollection", PLAIN)
    interface = re.search(r"export interface Collection.*?\n\}", collection, re.DOTALL)
    assert interface
    assert set(used.split(", ")) == set(
        re.findall(r"^\s+(?:readonly )?(\w+)[:(]", interface[0], re.MULTILINE)
    )


def test_the_focus_ring_and_the_menu_are_the_templates() -> None:
    theme = (CONTENT / "src/index.css").read_text()
    assert ":focus-visible" in theme
    assert "@custom-variant dark" in theme
    assert "document.title" in (CONTENT / "src/routing/AppShell.tsx").read_text()


def test_its_limits_are_those_of_the_tools_manual() -> None:
    manual = json.dumps(TOOL_SCHEMAS)
    [lines] = re.findall(r"below about (\d+) lines", PLAIN)
    assert f"below about {lines} lines" in manual


def test_it_stays_short() -> None:
    tokens = estimated_tokens(len(SYSTEM_PROMPT))
    manual = estimated_tokens(len(json.dumps(TOOL_SCHEMAS)))
    sys.stdout.write(f"prompt {PROMPT_VERSION}: about {tokens} tokens, {manual} more for the tools\n")
    assert tokens < MOST_TOKENS


def test_a_database_is_spoken_of_where_there_is_one() -> None:
    text = system_prompt(database=True)
    assert "get_schema" in text
    assert "get_schema" not in SYSTEM_PROMPT
    offered = {schema["name"] for schema in tool_schemas(paints=False, database=True)}
    assert offered - TOOLS == {"get_schema"}
    assert f"{MIGRATIONS_FOLDER}/" in text
    assert "has no database" in SYSTEM_PROMPT
    assert "has no database" not in text
    assert DATABASE_TYPES.removesuffix(".ts").replace("src/", "@/") in text
    assert estimated_tokens(len(text)) < MOST_TOKENS_WITH_DATABASE
    assert prompt_version(paints=False, database=True) != PROMPT_VERSION


def test_its_version_names_the_text() -> None:
    assert re.fullmatch(r"\d+-[0-9a-f]{8}", PROMPT_VERSION)
    assert "{{" not in SYSTEM_PROMPT
    assert "version:" not in SYSTEM_PROMPT
    assert prompt_version(paints=False) == PROMPT_VERSION != prompt_version(paints=True)


def test_the_request_for_a_logo_names_the_elements_that_are_kept() -> None:
    [listed] = re.findall(r"Only these elements: ([\w, \n]+)\.", NAMING_PROMPT)
    assert set(re.split(r",\s+", listed)) == ELEMENTS
    assert "'http://www.w3.org/2000/svg' viewBox='0 0 64 64'" in NAMING_PROMPT
    [characters] = re.findall(r"at most ([\d,]+) characters, its", NAMING_PROMPT)
    assert int(characters.replace(",", "")) < MAX_LOGO_BYTES
