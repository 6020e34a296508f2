"""Plans for follow-up messages: which wish the words express, and the edits that fulfil it."""

import re
from collections.abc import Callable
from dataclasses import replace

from dev.simulator.blueprint import migrations, render, source, words
from dev.simulator.blueprint.grammar import Found, read_clauses
from dev.simulator.blueprint.lineedits import carried_over
from dev.simulator.blueprint.plan import (
    APP,
    HOME,
    ROUTES,
    THEME,
    CannotDoError,
    Originals,
    Plan,
    answer,
    answer_only,
    own_files,
)
from dev.simulator.blueprint.spec import AppSpec, Field, page_path
from dev.simulator.blueprint.template import jsx_text
from dev.simulator.blueprint.themes import described, theme_wish
from dev.simulator.blueprint.typefile import read_spec
from dev.simulator.conversation import to_lines

ABILITIES = (
    "A simulator can rename a heading or the app, add or remove a field, add a page, change the look "
    "(a colour, dark, rounder, more playful …) and replace a quoted text."
)
ABILITIES_OF_KINDS = (
    "Here a simulator can change the look (a colour, dark, rounder, more playful …), rename a heading or the "
    "app, add a plain page and replace a quoted text."
)
_NO_LIST = (
    "I am the model simulator, and this wish is beyond my rules, so nothing was changed: I change fields in "
    "apps that are a list alone."
)
_WITH_TEXTS = r"\.tsx$|^src/data/"
_MOST_READ = 24
FIRST_PAGES = ("src/components/Hero.tsx", HOME, "src/pages/Board.tsx")
"""Where the first heading of an app stands: in the first of these that it has."""
NAMED = ("src/shop.ts", APP)
"""Files that may have the app's name."""
_POLITE = r"^(?:please |can you |could you |now |also |and )*"
_VALUE = r"(?:to|into|as|with|by|:|=)\s*(?P<new>.+)$"
_RENAME = re.compile(
    _POLITE + r"(?:rename|change|set|update|make|edit)\s+(?:the\s+|"
    r"my\s+)?(?:(?P<page>[\w-]+)(?:\s+page)?(?:['\u2019]s)?\s+)?"
    r"(?:page\s+)?(?P<what>heading|headline|title|header|h1|name|app)"
    r"(?:\s+(?:of|on|in)\s+(?:the\s+)?(?P<other>[\w-]+)(?:\s+page)?)?\s+" + _VALUE,
    re.IGNORECASE | re.DOTALL,
)
_CALL = re.compile(
    _POLITE + r"(?:call|name)\s+(?:the |my |this )?(?:app|it)\s+(?P<new>.+)$", re.IGNORECASE | re.DOTALL
)
_REPLACE = re.compile(
    _POLITE + r"(?:change|replace|rename|update)\s+(?:[\w ]*\s)?[\"“'\u2018](?P<old>[^\"”“]+?)[\"”'\u2019]\s+"
    r"(?:to|with|by|into)\s+[\"“'\u2018](?P<new>[^\"”“]+?)[\"”'\u2019]\W*$",
    re.IGNORECASE,
)
_ADD = re.compile(
    _POLITE + r"(?:add|include|i (?:want|need)|give (?:each|every) \w+)\s+(?P<what>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_REMOVE = re.compile(
    _POLITE
    + r"(?:remove|delete|drop)\s+(?:the\s+)?(?P<name>.+?)\s+(?:field|column|property|flag|attribute)s?\b",
    re.IGNORECASE,
)
_WHERE = re.compile(r"\s+(?:to|on|in|for)\s+(?:the|each|every|all|my|a|an)\b[^,.]*$", re.IGNORECASE)
_FIELD_WORD = re.compile(
    r"\b(?:field|column|property|attribute|flag|checkbox)s?\b|\bto (?:each|every)\b", re.IGNORECASE
)
_QUESTION = re.compile(
    r"^(?:what|how|why|who|when|where|which|is|are|does|do)\b.*\?\s*$", re.IGNORECASE | re.DOTALL
)


def edit_plan(request: str, listing: tuple[str, ...], *, is_new: bool) -> Plan | None:
    """None: the words describe a new app. On a bare template only explicit edits count as such."""
    request = re.sub(r"\[\[[^\]]*\]\]", " ", request).strip()
    explicit: list[Callable[[str, tuple[str, ...]], Plan | None]] = [_replace_plan, _rename_plan]
    others = [_look_plan, _remove_plan, _add_plan, _question_plan, _note_plan]
    for rule in explicit if is_new else [*explicit, *others]:
        plan = rule(request, listing)
        if plan is not None:
            return plan
    return None


def _plan(what: str, needs: list[str], files: Callable[[Originals], dict[str, list[str]]]) -> Plan:
    """Edits start when everything needed was read, so that they all follow from the same state."""

    def complete(originals: Originals) -> dict[str, list[str]]:
        return files(originals) if all(path in originals for path in needs) else {}

    return Plan(
        f"I am the model simulator. {what}.", tuple(needs), complete, f"{what}. (Model simulator.)", {}
    )


def _rename_plan(request: str, listing: tuple[str, ...]) -> Plan | None:
    found = _RENAME.match(request) or _CALL.match(request)
    if not found:
        return None
    new = _value(found.group("new"))
    named = found.groupdict()
    what = (named.get("what") or "app").lower()
    page = _page(named.get("page") or named.get("other"), listing)
    if page is None or not new:
        return None
    app_too = page == HOME and what in {"app", "name", "title"}
    page = next((first for first in FIRST_PAGES if first in listing), None) if page == HOME else page
    names = [path for path in NAMED if app_too and path in listing]
    if page is None and not names:
        return None
    needs = [*([page] if page else []), *names]

    def files(originals: Originals) -> dict[str, list[str]]:
        named = {path: source.with_app_name(originals[path], new) for path in names}
        known = [name for path in names if (name := source.app_name_of(originals[path]))]
        if page and (not known or _lists(listing) or _says(originals[page], known)):
            return {page: source.with_heading(originals[page], new, page), **named}
        if not known:
            raise CannotDoError("Nothing in the app says in the way that I know what it is called.")
        return named

    return _plan(f"{'Its name' if app_too else 'The heading'} is now “{new}”", needs, files)


def _says(page: list[str], names: list[str]) -> bool:
    return source.heading_of(page) in map(jsx_text, names)


def _value(text: str) -> str:
    quoted = re.search(r"[\"“\u2018']([^\"”\u2019]+)[\"”\u2019']", text)
    return (quoted.group(1) if quoted else re.split(r"[.!?](?:\s|$)|\n", text)[0]).strip()[:120]


def _page(name: str | None, listing: tuple[str, ...]) -> str | None:
    if name is None or name.lower() in {"home", "main", "page", "app", "first", "start", "the", "big"}:
        return HOME
    path = page_path("Statistics" if name.lower() == "stats" else name)
    return path if path in listing else None


def _replace_plan(request: str, listing: tuple[str, ...]) -> Plan | None:
    found = _REPLACE.match(request)
    if not found:
        return None
    old, new = found.group("old"), found.group("new")
    known = [path for path in (HOME, ROUTES, APP) if path in listing]
    needs = [path for path in dict.fromkeys([*known, *own_files(listing)]) if re.search(_WITH_TEXTS, path)]
    needs = needs[:_MOST_READ]

    def files(originals: Originals) -> dict[str, list[str]]:
        wanted = {p: [line.replace(old, new) for line in originals[p]] for p in needs}
        changed = {path: lines for path, lines in wanted.items() if lines != originals[path]}
        if not changed:
            raise CannotDoError(f"The text “{old}” stands nowhere in the app as it is written here.")
        return changed

    return _plan(f"“{old}” now reads “{new}”", needs, files)


def _look_plan(request: str, listing: tuple[str, ...]) -> Plan | None:
    theme = theme_wish(request) if THEME in listing else {}
    if not theme:
        return None
    plan = _plan(f"The look is another now: {described(theme)}", [], lambda _: {})
    return replace(plan, theme=theme)


def _remove_plan(request: str, listing: tuple[str, ...]) -> Plan | None:
    found = _REMOVE.match(request)
    if not found:
        return None
    name = words.camel(found.group("name"))

    def change(spec: AppSpec) -> AppSpec:
        rest = tuple(field for field in spec.fields if field.name.lower() != name.lower())
        if len(rest) == len(spec.fields):
            raise CannotDoError(f"There is no field “{found.group('name')}”.")
        if not any(field.kind == "text" for field in rest):
            raise CannotDoError(f"“{found.group('name')}” names the entries, so it has to stay.")
        return replace(spec, fields=rest)

    return _entity_plan(f"The field “{found.group('name')}” is gone", listing, change)


def _add_plan(request: str, listing: tuple[str, ...]) -> Plan | None:
    found = _ADD.match(request)
    if not found:
        return None
    what = found.group("what")
    clauses = read_clauses(_WHERE.sub("", what.strip(" .!")), introduced=False)
    fields = [field for field in clauses.fields if field.kind != "text" or _FIELD_WORD.search(what)]
    if clauses.pages:
        return _pages_plan(clauses, listing)
    if not fields:
        return None
    names = ", ".join(field.label for field in fields)
    return _entity_plan(f"New field: {names}", listing, lambda spec: _with_fields(spec, fields))


def _with_fields(spec: AppSpec, fields: list[Field]) -> AppSpec:
    known = {field.name for field in spec.fields}
    new = tuple(field for field in fields if field.name not in known)
    if not new:
        raise CannotDoError("There is such a field already.")
    return replace(spec, fields=spec.fields + new)


def _entity_plan(what: str, listing: tuple[str, ...], change: Callable[[AppSpec], AppSpec]) -> Plan | None:
    """Render the entity's files before and after, and carry the difference over to the files as they are."""
    own = own_files(listing)
    libs = _lists(listing)
    migration = migrations.next_path(listing, _snake(what))
    parts = [path for path in own if re.fullmatch(r"src/components/\w+(Form|Card)\.tsx", path)]
    pages = [path for path in own if path == page_path("Statistics")]
    if not libs or not parts:
        return None

    def files(originals: Originals) -> dict[str, list[str]]:
        spec = _read_entity(libs[0], originals)
        changed = change(spec)
        before, after = _rendered(spec), _rendered(changed)
        wanted: dict[str, list[str]] = {}
        for path in [*libs, *parts, *pages]:
            if path not in before:
                continue
            carried = carried_over(originals[path], before[path], after[path])
            if carried is None:
                raise CannotDoError(f"{path} was changed in a way that I cannot follow.")
            wanted[path] = carried
        step = migrations.change_file(spec, changed) if spec.kept != "browser" else None
        return {migration: to_lines(step), **wanted} if step else wanted

    return _plan(what, [*libs, *parts, *pages], files)


def _snake(what: str) -> str:
    """A migration's name, from what the plan does."""
    return "_".join(part.lower() for part in words.ascii_words(what))[:60]


def _rendered(spec: AppSpec) -> dict[str, list[str]]:
    texts = render.entity_files(spec) | {page_path("Statistics"): render.page_file(spec, "Statistics")}
    return {path: to_lines(text) for path, text in texts.items()}


def _read_entity(path: str, originals: Originals) -> AppSpec:
    spec = read_spec(originals[path])
    if spec is None or spec.lib_path != path:
        raise CannotDoError(f"{path} does not describe the entries in the way that I write it.")
    return spec


def _pages_plan(clauses: Found, listing: tuple[str, ...]) -> Plan | None:
    titles = [title for title in clauses.pages if page_path(title) not in listing]
    if not titles:
        return answer_only("There is such a page already, so nothing was changed. (Model simulator.)")
    libs = _lists(listing)
    needs = [ROUTES, *libs]

    def files(originals: Originals) -> dict[str, list[str]]:
        spec = read_spec(originals[libs[0]]) if libs else None
        if spec is None and "Statistics" in titles:
            raise CannotDoError("I found no list of entries that I could count.")
        wanted = {}
        for title in titles:
            text = render.page_file(spec, title) if spec else render.open_page(title)
            wanted[page_path(title)] = to_lines(text)
        return wanted | {ROUTES: source.with_routes(originals[ROUTES], titles)}

    return _plan(f"New page: {', '.join(titles)}", needs, files)


def _question_plan(request: str, listing: tuple[str, ...]) -> Plan | None:
    if not _QUESTION.match(request):
        return None
    return answer_only(f"{answer(listing)} {ABILITIES if _lists(listing) else ABILITIES_OF_KINDS}")


def _lists(listing: tuple[str, ...]) -> list[str]:
    """The files that say what a list's entries are; none in an app of another kind."""
    return [path for path in own_files(listing) if re.fullmatch(r"src/lib/\w+\.ts", path)][:1]


def _note_plan(request: str, listing: tuple[str, ...]) -> Plan:
    """A wish beyond the rules is written down in a list's app, for everybody to see that it stands open."""
    if HOME not in listing:
        return answer_only(f"I am the model simulator and did not understand this wish. {ABILITIES}")
    if not _lists(listing):
        return answer_only(f"{_NO_LIST} {ABILITIES_OF_KINDS}")
    wish = " ".join(request.split())[:140]
    plan = _plan(
        "This wish is beyond a simulator's rules, so I only noted it under the heading",
        [HOME],
        lambda originals: {HOME: source.with_note(originals[HOME], f"Noted: {wish}", HOME)},
    )
    return replace(plan, summary=f"{plan.summary} {ABILITIES}")
