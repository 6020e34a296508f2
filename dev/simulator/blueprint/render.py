"""Renders an entity's files: its type, its form, its card and the page that lists it."""

from dev.simulator.blueprint import inputs, words
from dev.simulator.blueprint.spec import AppSpec, Field, page_component, page_path
from dev.simulator.blueprint.statistics import statistics_page
from dev.simulator.blueprint.template import fill, indent, js_string, jsx_text
from dev.simulator.blueprint.typefile import lib_file, options_name

HOME = "src/pages/Home.tsx"


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
        inputs="\n".join(indent(inputs.input_of(field, spec.primary), 6) for field in spec.fields),
        form_helpers=helpers,
    )


def card_file(spec: AppSpec) -> str:
    kinds = {field.kind for field in spec.fields}
    toggles = [field for field in spec.fields if field.kind == "boolean"]
    details = [field for field in spec.fields if field.kind != "boolean" and field != spec.primary]
    helpers = [name for name, kind in (("formatDate", "date"), ("formatMoney", "price")) if kind in kinds]
    return fill(
        "card.tsx",
        Type=spec.type_name,
        module=spec.module,
        primary=spec.primary.name,
        ui=_names({"Button", "Card", "CardContent"} | ({"Checkbox"} if toggles else set())),
        lib=_lib_imports(spec, helpers),
        props=", ".join(["item", *(["onChange"] if toggles else []), "onEdit", "onRemove"]),
        details=_details(details),
        toggles=_toggles(toggles, spec.primary),
    )


def home_file(spec: AppSpec) -> str:
    ui = {"Badge", "Card", "CardContent", "CardHeader", "CardTitle", "EmptyState"}
    search = _search(spec) if spec.search else ""
    empty = f'title="No {spec.entities} yet"\ndescription="Add the first one with the form."'
    if search:
        empty = (
            f'title={{query ? "Nothing found" : "No {spec.entities} yet"}}\n'
            'description={query ? "Try other words." : "Add the first one with the form."}'
        )
    return fill(
        "home.tsx",
        Type=spec.type_name,
        module=spec.module,
        ui=_names(ui | ({"Input", "Label"} if search else set())),
        heading=jsx_text(spec.title),
        intro=jsx_text(f"Keep your {spec.entities} in one place. They are saved in this browser."),
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
    return plain_page(title, spec.title, spec.entities)


def plain_page(title: str, app: str, entities: str) -> str:
    if title == "About":
        heading = f"About {app}"
        paragraphs = [
            (
                f"This app keeps your {entities}: add one with the form on the home page, change it, or "
                f"delete it."
            ),
            "Everything stays in this browser. There is no account, and nothing is sent anywhere.",
        ]
    else:
        heading = title
        paragraphs = [
            (
                f"This is the {title.lower()} page. Say what should stand here, and it takes this "
                f"text\u2019s place."
            )
        ]
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


def _details(fields: list[Field]) -> str:
    if not fields:
        return ""
    rows = "\n".join(indent(inputs.detail_of(field), 2) for field in fields)
    return indent(
        f'<dl className="grid gap-x-6 gap-y-2 text-sm empty:hidden sm:grid-cols-2">\n{rows}\n</dl>', 8
    )


def _toggles(fields: list[Field], primary: Field) -> str:
    if not fields:
        return ""
    rows = "\n".join(indent(inputs.toggle_of(field, primary), 2) for field in fields)
    return indent(f'<div className="flex flex-wrap gap-x-6 gap-y-2">\n{rows}\n</div>', 8)


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
