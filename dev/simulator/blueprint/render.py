"""Renders an entity's files: its type, its form, its card and the page that lists it."""

from dev.simulator.blueprint import inputs, words
from dev.simulator.blueprint.spec import AppSpec, Field, Kept, page_component, page_path
from dev.simulator.blueprint.statistics import statistics_page
from dev.simulator.blueprint.template import fill, indent, js_string, jsx_text
from dev.simulator.blueprint.typefile import lib_file, options_name

HOME = "src/pages/Home.tsx"
_INTRO: dict[Kept, str] = {
    "browser": "Keep your {entities} in one place. They are saved in this browser.",
    "own": "Keep your {entities} in one place. Only you see them, on every device.",
    "shared": "Everybody can read the {entities} here, and add to them.",
}
_WHERE: dict[Kept, str] = {
    "browser": "Everything stays in this browser. There is no account, and nothing is sent anywhere.",
    "own": "Everything is kept with your account. Nobody else can see it.",
    "shared": "Everything is public. What was added cannot be changed.",
}
_DONE = frozenset({"done", "completed", "complete", "finished", "bought", "packed", "checked"})
"""Toggles that cross an entry out."""
_WAITING = """loading ? (
            <p role="status">Loading…</p>
          ) : """


def entity_files(spec: AppSpec) -> dict[str, str]:
    """The files that change when the entity's fields change."""
    return {spec.lib_path: lib_file(spec), spec.form_path: form_file(spec), spec.card_path: card_file(spec)}


def form_file(spec: AppSpec) -> str:
    kinds = {field.kind for field in spec.fields}
    ui = {"Button", "Input", "Label"}
    ui |= {name for name, kind in inputs.COMPONENTS.items() if kind in kinds}
    helpers = inputs.NUMBER_HELPER if kinds & {"number", "price"} else ""
    return fill(
        "form.tsx",
        Type=spec.type_name,
        module=spec.module,
        ui=_names(ui),
        lib=_lib_imports(spec, [options_name(field) for field in spec.fields if field.kind == "choice"]),
        values="\n".join(f"      {field.name}: {inputs.value_of(field)}," for field in spec.fields),
        inputs="\n".join(indent(inputs.input_of(field, spec), 6) for field in spec.fields),
        form_helpers=helpers,
    )


def card_file(spec: AppSpec) -> str:
    return _note_file(spec) if spec.kept == "shared" else _editable_card(spec)


def _note_file(spec: AppSpec) -> str:
    """The card of what nobody changes."""
    rest = [field for field in spec.fields if field != spec.primary and field.kind != "boolean"]
    texts = [field for field in rest if spec.requires(field)]
    return fill(
        "note.tsx",
        Type=spec.type_name,
        module=spec.module,
        primary=spec.primary.name,
        lib=_lib_imports(spec, _formatters(spec)),
        texts="\n".join(
            f'        <p className="whitespace-pre-line break-words">{{item.{field.name}}}</p>'
            for field in texts
        ),
        details=_details([field for field in rest if field not in texts], 8),
        icons=_icons(shown) if (shown := _date_icon(rest)) else "",
        ui=_names({"Card", "CardContent"} | _badge(rest)),
    )


def _editable_card(spec: AppSpec) -> str:
    toggles = [field for field in spec.fields if field.kind == "boolean"]
    done = next((field for field in toggles if field.name.lower() in _DONE), None)
    details = [field for field in spec.fields if field.kind != "boolean" and field != spec.primary]
    ui = {"Button", "Card", "CardContent"} | ({"Checkbox"} if toggles else set())
    return fill(
        "card.tsx",
        Type=spec.type_name,
        module=spec.module,
        primary=spec.primary.name,
        icons=_icons({"Pencil", "Trash2"} | _date_icon(details)),
        ui=_names(ui | _badge(details)),
        cn='import { cn } from "@/lib/utils";' if done else "",
        lib=_lib_imports(spec, _formatters(spec)),
        props=", ".join(["item", *(["onChange"] if toggles else []), "onEdit", "onRemove"]),
        done="" if done is None else indent(inputs.done_box(done, spec.primary), 8),
        title_style=_title_style(done),
        details=_details(details, 10),
        toggles=_toggles([field for field in toggles if field != done], spec.primary),
    )


def _date_icon(fields: list[Field]) -> set[str]:
    return {"CalendarDays"} if any(field.kind == "date" for field in fields) else set()


def _badge(fields: list[Field]) -> set[str]:
    return {"Badge"} if any(field.kind == "choice" for field in fields) else set()


def _title_style(done: Field | None) -> str:
    if done is None:
        return '"font-medium break-words"'
    crossed = f'item.{done.name} && "text-muted-foreground line-through"'
    return f'{{cn("font-medium break-words", {crossed})}}'


def _icons(names: set[str]) -> str:
    return f'import {_names(names)} from "lucide-react";\n'


def _formatters(spec: AppSpec) -> list[str]:
    kinds = {field.kind for field in spec.fields}
    return [name for name, kind in (("formatDate", "date"), ("formatMoney", "price")) if kind in kinds]


def home_file(spec: AppSpec) -> str:
    ui = {"Badge", "Card", "CardContent", "CardHeader", "CardTitle", "EmptyState"}
    search = _search(spec) if spec.search else ""
    empty = f'title="No {spec.entities} yet"\ndescription="Add the first one with the form."'
    if search:
        empty = (
            f'title={{query ? "Nothing found" : "No {spec.entities} yet"}}\n'
            'description={query ? "Try other words." : "Add the first one with the form."}'
        )
    stored = spec.kept != "browser"
    return fill(
        "wall.tsx" if spec.kept == "shared" else "home.tsx",
        Type=spec.type_name,
        module=spec.module,
        ui=_names(ui | ({"Input", "Label"} if search else set())),
        heading=jsx_text(spec.title),
        intro=jsx_text(_INTRO[spec.kept].format(entities=spec.entities)),
        used="items, loading, add, update, remove" if stored else "items, add, update, remove",
        waiting=_WAITING if stored else "",
        article=words.article(spec.entity),
        entity=spec.entity,
        entities=spec.entities,
        state=_search_state(spec) if search else "",
        search=search,
        shown="found" if search else "items",
        empty=indent(empty, 14),
    )


def page_file(spec: AppSpec, title: str) -> str:
    if title == "Statistics":
        return statistics_page(spec)
    return plain_page(title, spec.title, spec.entities, spec.kept)


def plain_page(title: str, app: str, entities: str, kept: Kept = "browser") -> str:
    if title == "About":
        heading = f"About {app}"
        doing = "add one with the form on the home page"
        doing += "" if kept == "shared" else ", change it, or delete it"
        paragraphs = [f"This app keeps your {entities}: {doing}.", _WHERE[kept]]
    else:
        return open_page(title)
    return _prose(title, heading, paragraphs)


def open_page(title: str) -> str:
    """A page that waits for its words."""
    what = (
        f"This is the {title.lower()} page. Say what should stand here, and it takes this text\u2019s place."
    )
    return _prose(title, title, [what])


def _prose(title: str, heading: str, paragraphs: list[str]) -> str:
    return fill(
        "about.tsx",
        component=page_component(title),
        heading=jsx_text(heading),
        paragraphs="\n".join(f"          <p>{jsx_text(paragraph)}</p>" for paragraph in paragraphs),
    )


def page_files(spec: AppSpec) -> dict[str, str]:
    return {page_path(title): page_file(spec, title) for title in spec.pages}


def _lib_imports(spec: AppSpec, values: list[str]) -> str:
    """Types and values in one import; a line of types alone says so."""
    if not values:
        return f"type {{ {spec.type_name} }}"
    return f"{{ {', '.join(sorted([*values, f'type {spec.type_name}'], key=_import_order))} }}"


def _import_order(name: str) -> str:
    return name.removeprefix("type ")


def _names(names: set[str]) -> str:
    return f"{{ {', '.join(sorted(names))} }}"


def _details(fields: list[Field], depth: int) -> str:
    if not fields:
        return ""
    rows = "\n".join(indent(inputs.detail_of(field), 2) for field in fields)
    style = "flex flex-wrap items-center gap-x-5 gap-y-1.5 text-sm text-muted-foreground empty:hidden"
    return indent(f'<dl className="{style}">\n{rows}\n</dl>', depth)


def _toggles(fields: list[Field], primary: Field) -> str:
    if not fields:
        return ""
    rows = "\n".join(indent(inputs.toggle_of(field, primary), 2) for field in fields)
    return indent(f'<div className="flex flex-wrap gap-x-6 gap-y-2">\n{rows}\n</div>', 10)


def _search_state(spec: AppSpec) -> str:
    texts = [f"item.{field.name}" for field in spec.fields if field.kind in {"text", "textarea", "choice"}]
    return (
        '  const [query, setQuery] = useState("");\n'
        "  const found = items.filter((item) =>\n"
        f"    [{', '.join(texts)}].some((text) =>\n"
        '      (text ?? "").toLowerCase().includes(query.trim().toLowerCase()),\n'
        "    ),\n"
        "  );"
    )


def _search(spec: AppSpec) -> str:
    return indent(
        '<div className="space-y-1.5">\n'
        f'  <Label htmlFor="search">Search {spec.entities}</Label>\n'
        "  <Input\n"
        '    id="search"\n'
        '    type="search"\n'
        f"    placeholder={js_string('Any word')}\n"
        "    value={query}\n"
        "    onChange={(event) => setQuery(event.target.value)}\n"
        "  />\n"
        "</div>",
        10,
    )
