"""Small changes of known source files: routes, the app's name, headings."""

import json
import re
from collections.abc import Sequence

from dev.simulator.blueprint import words
from dev.simulator.blueprint.plan import CannotDoError
from dev.simulator.blueprint.spec import page_component
from dev.simulator.blueprint.template import js_string, jsx_text

_APP_NAME = re.compile(r"^(export )?const APP_NAME = (\".*\");$")
_ARRAY = re.compile(
    r"(routes\b[^=\n]*=\s*(?:defineRoutes\(\s*)?\[)(.*)(\]\s*\)?\s*(?:satisfies[^;]*)?;)", re.DOTALL
)
_SHELL = re.compile(r"(^  return \(\n)(    <AppShell\b.*?\n    />\n)(  \);)", re.DOTALL | re.MULTILINE)
_ACTIONS = "      actions={<ThemeToggle />}\n"
_ACTIONS_WITH_ACCOUNT = """\
      actions={
        <>
          <AccountMenu />
          <ThemeToggle />
        </>
      }
"""
_FIRST_OWN = re.compile(r'^import .* from "@/', re.MULTILINE)
_HEADING = re.compile(r"(<h1\b[^>]*>)(.*?)(</h1>)", re.DOTALL)


def with_routes(lines: Sequence[str], titles: Sequence[str]) -> list[str]:
    """routes.tsx with an entry for each page that has none."""
    text = "\n".join(lines)
    for title in titles:
        text = _with_route(text, title)
    return text.split("\n")


def _with_route(text: str, title: str) -> str:
    component = page_component(title)
    if f'"@/pages/{component}"' in text:
        return text
    array = _ARRAY.search(text)
    if not array:
        raise CannotDoError(
            "src/routes.tsx has no list of routes that I can read, so I cannot add a page to it."
        )
    entries = [entry.strip().rstrip(",") for entry in _split_entries(array.group(2))]
    path = f"/{words.kebab(title)}"
    page = f'() => import("@/pages/{component}").then((page) => page.{component})'
    entries.append(f"{{ path: {js_string(path)}, label: {js_string(title)}, page: {page} }}")
    body = "".join(f"\n  {entry}," for entry in entries if entry)
    return f"{text[: array.start()]}{array.group(1)}{body}\n{array.group(3)}{text[array.end() :]}"


def _split_entries(body: str) -> list[str]:
    """Entries at the outermost level of the array."""
    entries, depth, start = [], 0, 0
    for index, sign in enumerate(body):
        depth += (sign in "{([") - (sign in "})]")
        if sign == "," and depth == 0:
            entries.append(body[start:index])
            start = index + 1
    return [*entries, body[start:]]


def with_protected_routes(lines: Sequence[str]) -> list[str]:
    """routes.tsx with the pages for signing in, and without the others for who has not; About stays open."""
    text = "\n".join(lines)
    array = _ARRAY.search(text)
    if not array:
        raise CannotDoError("src/routes.tsx has no list of routes that I can read, so I cannot protect it.")
    entries = [entry.strip().rstrip(",") for entry in _split_entries(array.group(2))]
    body = "".join(f"\n  {_protected(entry)}," for entry in entries if entry)
    whole = f"{array.group(1)}{body}\n  ...authRoutes,\n{array.group(3)}"
    text = f"{text[: array.start()]}{whole}{text[array.end() :]}"
    statement = 'import { authRoutes, ProtectedRoute } from "@/auth";'
    return _FIRST_OWN.sub(rf"{statement}\n\g<0>", text, count=1).split("\n")


def _protected(entry: str) -> str:
    open_page = '"@/pages/About"' in entry
    return entry if open_page else f"{entry.removesuffix('}').rstrip()}, guard: ProtectedRoute }}"


def with_account_menu(lines: Sequence[str]) -> list[str]:
    """App.tsx inside the provider of who is signed in, with the menu for that at the end of its header."""
    text = "\n".join(lines)
    found = _SHELL.search(text)
    if not found or _ACTIONS not in found.group(2):
        raise CannotDoError("src/App.tsx is not as the template has it, so I cannot add signing in to it.")
    shell = found.group(2).replace(_ACTIONS, _ACTIONS_WITH_ACCOUNT)
    inner = "\n".join(f"  {line}" if line else line for line in shell.split("\n"))
    wrapped = f"{found.group(1)}    <AuthProvider>\n{inner}    </AuthProvider>\n{found.group(3)}"
    text = f"{text[: found.start()]}{wrapped}{text[found.end() :]}"
    statement = 'import { AccountMenu, AuthProvider } from "@/auth";'
    return _FIRST_OWN.sub(rf"{statement}\n\g<0>", text, count=1).split("\n")


def with_app_name(lines: Sequence[str], name: str) -> list[str]:
    """A file with another APP_NAME; unchanged when it has none."""
    return [
        f"{found[1] or ''}const APP_NAME = {js_string(name)};" if (found := _APP_NAME.match(line)) else line
        for line in lines
    ]


def with_heading(lines: Sequence[str], heading: str, path: str) -> list[str]:
    text = "\n".join(lines)
    found = _HEADING.search(text)
    if not found:
        raise CannotDoError(f"{path} has no heading (h1) that I could rename.")
    return f"{text[: found.end(1)]}{jsx_text(heading)}{text[found.start(3) :]}".split("\n")


def heading_of(lines: Sequence[str]) -> str:
    """The words of the page's <h1>; empty when it has none."""
    found = _HEADING.search("\n".join(lines))
    return found.group(2) if found else ""


def app_name_of(lines: Sequence[str]) -> str:
    """What a file calls the app; empty when it says nothing."""
    found = next((found for line in lines if (found := _APP_NAME.match(line))), None)
    return str(json.loads(found[2])) if found else ""


def with_note(lines: Sequence[str], note: str, path: str) -> list[str]:
    """A line of text under the page's heading."""
    for index, line in enumerate(lines):
        lone = re.match(r"^(\s*)<h1\b.*</h1>$", line)
        if lone and index and not lines[index - 1].strip().startswith("return"):
            paragraph = f'{lone.group(1)}<p className="text-sm text-muted-foreground">{jsx_text(note)}</p>'
            return [*lines[: index + 1], paragraph, *lines[index + 1 :]]
    raise CannotDoError(f"{path} has no heading under which I could put a note.")
