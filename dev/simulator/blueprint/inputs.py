"""TSX of one field: its input in the form, its line on the card, its toggle."""

from dev.simulator.blueprint.spec import AppSpec, Field, Kind
from dev.simulator.blueprint.template import jsx_text
from dev.simulator.blueprint.typefile import options_name

COMPONENTS: dict[str, Kind] = {"Checkbox": "boolean", "NativeSelect": "choice", "Textarea": "textarea"}
NUMBER_HELPER = """
/** A typed number, or null when the field was left empty. */
function number(data: FormData, name: string): number | null {
  const typed = text(data, name);
  return typed === "" ? null : Number(typed);
}
"""
_NUMBER_ATTRIBUTES: dict[Kind, str] = {
    "number": 'type="number" step="any"',
    "price": 'type="number" min="0" step="0.01" inputMode="decimal"',
}
_EMPTY_IS_NULL: dict[Kind, str] = {**_NUMBER_ATTRIBUTES, "date": 'type="date"'}
SPEAKING: frozenset[Kind] = frozenset({"choice", "date", "rating"})
"""Kinds whose values say what they are, so that their label is for those alone who hear the page."""
_VALUES: dict[Kind, tuple[str, str]] = {
    "choice": ('<Badge variant="secondary">{ITEM}</Badge>', "flex"),
    "date": ("{formatDate(ITEM)}", "tabular-nums text-foreground"),
    "price": ("{formatMoney(ITEM)}", "tabular-nums text-foreground"),
    "textarea": ("{ITEM}", "whitespace-pre-line break-words text-foreground"),
}
"""How values are shown that are not simply there, and their style."""
_TYPES: dict[Kind, str] = {"url": "url", "email": "email"}


def value_of(field: Field) -> str:
    """How the form reads the field."""
    if field.kind == "boolean":
        return f'data.has("{field.name}")'
    if field.kind == "rating":
        return f'Number(text(data, "{field.name}"))'
    if field.kind in _NUMBER_ATTRIBUTES:
        return f'number(data, "{field.name}")'
    if field.kind == "date":
        return f'text(data, "{field.name}") || null'
    return f'text(data, "{field.name}")'


def input_of(field: Field, spec: AppSpec) -> str:
    name = field.name
    label = f"<Label htmlFor={{`${{id}}-{name}`}}>{jsx_text(field.label)}</Label>"
    if field.kind == "boolean":
        box = f'<Checkbox id={{`${{id}}-{name}`}} name="{name}" defaultChecked={{initial?.{name}}} />'
        return f'<div className="flex items-center gap-2">\n  {box}\n  {label}\n</div>'
    return f'<div className="space-y-1.5">\n  {label}\n{_control(field, spec)}\n</div>'


def _control(field: Field, spec: AppSpec) -> str:
    name = field.name
    common = f'id={{`${{id}}-{name}`}} name="{name}"'
    initial = f"defaultValue={{initial?.{name}}}"
    if field.kind == "textarea":
        required = " required" if spec.requires(field) else ""
        return f"  <Textarea {common} rows={{3}}{required} maxLength={{10000}} {initial} />"
    if field.kind == "choice":
        options = options_name(field)
        return (
            f"  <NativeSelect {common} defaultValue={{initial?.{name} ?? {options}[0]}}>\n"
            f"    {{{options}.map((option) => (\n"
            "      <option key={option}>{option}</option>\n"
            "    ))}\n"
            "  </NativeSelect>"
        )
    if field.kind == "rating":
        return _rating(field)
    if field.kind in _EMPTY_IS_NULL:
        return f'  <Input {common} {_EMPTY_IS_NULL[field.kind]} defaultValue={{initial?.{name} ?? ""}} />'
    if field == spec.primary:
        return (
            "  <Input\n"
            f"    id={{`${{id}}-{name}`}}\n"
            f'    name="{name}"\n'
            "    required\n"
            '    pattern=".*\\S.*"\n'
            "    maxLength={200}\n"
            "    autoFocus={initial !== undefined}\n"
            f"    {initial}\n"
            "  />"
        )
    kind = _TYPES.get(field.kind)
    return (
        f'  <Input {common} type="{kind}" {initial} />'
        if kind
        else f"  <Input {common} maxLength={{200}} {initial} />"
    )


def _rating(field: Field) -> str:
    name = field.name
    return (
        "  <Input\n"
        f"    id={{`${{id}}-{name}`}}\n"
        f'    name="{name}"\n'
        '    type="number"\n'
        '    min="1"\n'
        '    max="5"\n'
        "    required\n"
        f"    defaultValue={{initial?.{name} ?? 3}}\n"
        f"    aria-describedby={{`${{id}}-{name}-hint`}}\n"
        "  />\n"
        f'  <p id={{`${{id}}-{name}-hint`}} className="text-sm text-muted-foreground">\n'
        "    From 1 to 5\n"
        "  </p>"
    )


def detail_of(field: Field) -> str:
    """A label and a value on the card, left out while the value is missing; the value may say what it is."""
    item = f"item.{field.name}"
    condition = f"{item} != null" if field.kind in _NUMBER_ATTRIBUTES else f"{item}"
    if field.kind == "rating":
        condition = f"{item} > 0"
    value, style = _shown(field, item)
    label, icon = "", ""
    if field.kind in SPEAKING:
        label = ' className="sr-only"'
    if field.kind == "date":
        icon = '    <CalendarDays aria-hidden className="size-4" />\n'
    wide = "w-full space-y-0.5" if field.kind == "textarea" else "flex items-center gap-1.5"
    return (
        f"{{{condition} && (\n"
        f'  <div className="{wide}">\n{icon}'
        f"    <dt{label}>{jsx_text(field.label)}</dt>\n"
        f'    <dd className="{style}">{value}</dd>\n'
        "  </div>\n"
        ")}"
    )


def _shown(field: Field, item: str) -> tuple[str, str]:
    """The value, and its style."""
    if field.kind == "rating":
        stars = f'<span aria-hidden="true">{{"★".repeat({item})}}</span>'
        return f"\n      {stars} {{{item}}} of 5\n    ", "tabular-nums"
    if field.kind in {"url", "email"}:
        target = f"`mailto:${{{item}}}`" if field.kind == "email" else item
        link = f'<a href={{{target}}} rel="noreferrer" className="text-primary underline">'
        return f"\n      {link}\n        {{{item}}}\n      </a>\n    ", "break-all"
    value, style = _VALUES.get(field.kind, ("{ITEM}", "break-words text-foreground"))
    return value.replace("ITEM", item), style


def toggle_of(field: Field, primary: Field) -> str:
    return (
        '<label className="flex w-fit items-center gap-2 text-sm">\n'
        f"{_box(field, primary)}\n"
        f"  {jsx_text(field.label)}\n"
        "</label>"
    )


def done_box(field: Field, primary: Field) -> str:
    """The toggle that stands before the title."""
    return f'<span className="flex h-9 items-center">\n{_box(field, primary)}\n</span>'


def _box(field: Field, primary: Field) -> str:
    label = field.label.replace("`", "").replace("$", "")
    return (
        "  <Checkbox\n"
        f"    checked={{item.{field.name} ?? false}}\n"
        f"    aria-label={{`{label}: ${{item.{primary.name}}}`}}\n"
        f"    onCheckedChange={{(checked) => onChange({{ {field.name}: checked === true }})}}\n"
        "  />"
    )
