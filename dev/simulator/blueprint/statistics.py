"""Renders the statistics page: counts, shares, averages and distributions of the fields."""

from dev.simulator.blueprint import words
from dev.simulator.blueprint.spec import AppSpec, Field
from dev.simulator.blueprint.template import fill, js_string, jsx_text
from dev.simulator.blueprint.typefile import options_name

_NUMBERS = """
/** The entries' numbers, without those left empty. */
function numbers(values: (number | null | undefined)[]): number[] {
  return values.filter((value) => value != null);
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function average(values: number[]): number {
  return values.length === 0 ? 0 : sum(values) / values.length;
}
"""
_BARS = """
/** How the entries spread over some values; the bars repeat the numbers beside them. */
function Bars({ title, rows }: { title: string; rows: { label: string; count: number }[] }) {
  const most = Math.max(1, ...rows.map((row) => row.count));
  return (
    <Card>
      <CardHeader>
        <CardTitle>
          <h2>{title}</h2>
        </CardTitle>
      </CardHeader>
      <CardContent>
        <ul className="space-y-2">
          {rows.map((row) => (
            <li key={row.label} className="grid grid-cols-[7rem_1fr_2rem] items-center gap-3 text-sm">
              <span className="truncate">{row.label}</span>
              <span aria-hidden="true" className="h-2.5 rounded-full bg-muted">
                <span
                  className="block h-full rounded-full bg-primary"
                  style={{ width: `${(row.count / most) * 100}%` }}
                />
              </span>
              <span className="text-right tabular-nums">{row.count}</span>
            </li>
          ))}
        </ul>
      </CardContent>
    </Card>
  );
}
"""


def statistics_page(spec: AppSpec) -> str:
    kinds = {field.kind for field in spec.fields}
    bars = [bar for field in spec.fields if (bar := _bar(field))]
    helpers = _NUMBERS if kinds & {"number", "price", "rating"} else ""
    helpers += _BARS if bars else ""
    page = fill(
        "statistics.tsx",
        Type=spec.type_name,
        module=spec.module,
        entity=spec.entity,
        entities=spec.entities,
        article=words.article(spec.entity),
        lib=_imports(spec, bars),
        values="\n".join(_value(field) for field in spec.fields if _value(field)),
        tiles="\n".join([_total(spec), *(tile for field in spec.fields if (tile := _tile(field, spec)))]),
        bars="\n".join(f"          {bar}" for bar in bars),
        helpers=helpers.rstrip("\n"),
    )
    return (
        page
        if bars
        else page.replace("Card, CardContent, CardHeader, CardTitle, EmptyState", "Card, EmptyState")
    )


def _imports(spec: AppSpec, bars: list[str]) -> str:
    names = ["COLLECTION", *(options_name(f) for f in spec.fields if f.kind == "choice" and bars)]
    names += ["formatMoney"] if any(field.kind == "price" for field in spec.fields) else []
    return f"{{ {', '.join([*sorted(names), f'type {spec.type_name}'])} }}"


def _value(field: Field) -> str:
    if field.kind == "boolean":
        return f"  const {field.name}Count = items.filter((item) => item.{field.name}).length;"
    if field.kind in {"number", "price", "rating"}:
        return f"  const {field.name}Values = numbers(items.map((item) => item.{field.name}));"
    return ""


def _total(spec: AppSpec) -> str:
    return f"            <Tile label={_attribute(words.capitalised(spec.entities))} value={{items.length}} />"


def _tile(field: Field, spec: AppSpec) -> str:
    name = field.name
    lower = field.label[:1].lower() + field.label[1:]
    if field.kind == "boolean":
        share = f"`${{Math.round(({name}Count / items.length) * 100)}}%`"
        return _long_tile(field.label, share, f"`${{{name}Count}} of ${{items.length}}`")
    if field.kind == "rating":
        return _long_tile(f"Average {lower}", f"average({name}Values).toFixed(1)", '"of 5"')
    if field.kind == "number":
        total = f"`${{sum({name}Values).toLocaleString()}} in total`"
        return _long_tile(f"Average {lower}", f"average({name}Values).toFixed(1)", total)
    if field.kind == "price":
        mean = f"`${{formatMoney(average({name}Values))}} on average`"
        return _long_tile(f"Total {lower}", f"formatMoney(sum({name}Values))", mean)
    if field.kind == "text" and field != spec.primary:
        distinct = f"new Set(items.map((item) => item.{name}).filter(Boolean)).size"
        label = _attribute(f"Different {words.plural(lower)}")
        return f"            <Tile label={label} value={{{distinct}}} />"
    return ""


def _long_tile(label: str, value: str, detail: str) -> str:
    return f"            <Tile label={_attribute(label)} value={{{value}}} detail={{{detail}}} />"


def _bar(field: Field) -> str:
    if field.kind == "rating":
        rows = (
            "[5, 4, 3, 2, 1].map((stars) => "
            "({ label: `${stars} of 5`, "
            f"count: {field.name}Values.filter((value) => value === stars).length }}))"
        )
    elif field.kind == "choice":
        rows = (
            f"{options_name(field)}.map((option) => "
            f"({{ label: option, count: items.filter((item) => item.{field.name} === option).length }}))"
        )
    else:
        return ""
    return f"<Bars title={_attribute(f'By {field.label.lower()}')} rows={{{rows}}} />"


def _attribute(text: str) -> str:
    quoted = js_string(text)
    return quoted if jsx_text(text) == text and "\\" not in quoted else f"{{{quoted}}}"
