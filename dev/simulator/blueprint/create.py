"""The plan that builds a new app from the words of its prompt."""

from dataclasses import replace

from dev.simulator.blueprint import migrations, render, source, words
from dev.simulator.blueprint.grammar import parse_prompt
from dev.simulator.blueprint.kinds import reading
from dev.simulator.blueprint.kinds.choose import CHOICES, TEMPLATES, left_out, refusal, sketch_of
from dev.simulator.blueprint.kinds.sketch import Sketch
from dev.simulator.blueprint.plan import (
    APP,
    HOME,
    ROUTES,
    STARTERS,
    Originals,
    Plan,
    Starter,
    answer_only,
)
from dev.simulator.blueprint.spec import AppSpec, Kept
from dev.simulator.blueprint.themes import theme_for
from dev.simulator.conversation import to_lines

_WHO = "I am the local model simulator, not a language model: I build by fixed rules."
_WHOSE: dict[Kept, str] = {
    "browser": "",
    "own": "; people sign in and see only their own",
    "shared": "; everybody reads them and adds to them",
}
_KEPT: dict[Kept, str] = {
    "browser": "everything is kept in this browser",
    "own": "people sign in, and each sees only their own",
    "shared": "everything is kept in the app's database, and nobody changes what is there",
}


def creation(request: str, template: str = "") -> Plan:
    """Of the kind that the words name, else of a list; for what neither serves, an answer and no file.

    `template`: the name of what the app is made from.
    """
    sketch = sketch_of(request)
    if template in STARTERS and (sketch is None or TEMPLATES.get(sketch.kind) != template):
        return _of_starter(STARTERS[template], request)
    if sketch is not None:
        return _of_kind(sketch, request, template)
    beyond = refusal(request)
    return replace(answer_only(beyond), choices=CHOICES) if beyond else _of_list(request)


def _of_starter(starter: Starter, request: str) -> Plan:
    """The template's own pages, under another name and with another look."""
    title = reading.name_of(request) or parse_prompt(request).title

    def files(originals: Originals) -> dict[str, list[str]]:
        read = starter.file in originals
        return {starter.file: source.with_app_name(originals[starter.file], title)} if read else {}

    summary = (
        f"{title} is ready, as its template begins: {starter.does}. Its name and its look are its own; the "
        f"{starter.left} are the template\u2019s samples, which I have no rules to replace. "
        "(Built by the model simulator.)"
    )
    intro = f"{_WHO} The template has {starter.does}; I give it a name and a look."
    return Plan(intro, (starter.file,), files, summary, {}, theme_for(request))


def title_of(request: str) -> str:
    """What the app of this prompt is called."""
    sketch = sketch_of(request)
    return sketch.title if sketch else parse_prompt(request).title


def _of_kind(sketch: Sketch, request: str, template: str) -> Plan:
    edits = dict(sketch.edits.get(template, {}))
    if template in STARTERS:
        edits[STARTERS[template].file] = lambda lines: source.with_app_name(lines, sketch.title)
    written = sketch.files(template).items()
    made = {path: to_lines(text) for path, text in written if path not in edits}

    def files(originals: Originals) -> dict[str, list[str]]:
        return made | {path: edit(originals[path]) for path, edit in edits.items() if path in originals}

    return Plan(
        f"{_WHO} I understood: {sketch.title}, with {sketch.does}.",
        (HOME, ROUTES, APP, *(path for path in edits if path != APP)),
        files,
        f"{sketch.title} is ready: {sketch.does}.{left_out(request, sketch)} (Built by the model simulator.)",
        sketch.purposes,
        {**sketch.look, **theme_for(request)},
        replaces=bool(made) and TEMPLATES.get(sketch.kind) == template,
    )


def _of_list(request: str) -> Plan:
    spec = parse_prompt(request)

    def files(originals: Originals) -> dict[str, list[str]]:
        texts = {
            **_table(spec),
            **render.entity_files(spec),
            HOME: render.home_file(spec),
            **render.page_files(spec),
        }
        wanted = {path: to_lines(text) for path, text in texts.items()}
        if ROUTES in needs and ROUTES in originals:
            wanted[ROUTES] = source.with_routes(originals[ROUTES], spec.pages)
        if APP in originals:
            wanted[APP] = source.with_app_name(originals[APP], spec.title)
        return _with_sign_in(wanted) if spec.kept == "own" else wanted

    needs = (HOME, *((ROUTES,) if spec.pages or spec.kept == "own" else ()), APP)
    summary = _summary(spec, left_out(request))
    return Plan(_intro(spec), needs, files, summary, _purposes(spec), theme_for(request))


def _table(spec: AppSpec) -> dict[str, str]:
    if spec.kept == "browser":
        return {}
    return {migrations.path_of(1, spec.table): migrations.table_file(spec)}


def _with_sign_in(files: dict[str, list[str]]) -> dict[str, list[str]]:
    changes = {ROUTES: source.with_protected_routes, APP: source.with_account_menu}
    return {path: changes[path](lines) if path in changes else lines for path, lines in files.items()}


def _intro(spec: AppSpec) -> str:
    fields = ", ".join(field.label.lower() for field in spec.fields)
    pages = f" Extra pages: {', '.join(spec.pages)}." if spec.pages else ""
    what = f"{spec.title}, a list of {spec.entities} with {fields}{_WHOSE[spec.kept]}"
    return f"{_WHO} I understood: {what}.{pages}"


def _summary(spec: AppSpec, missing: str) -> str:
    pages = "".join(f" There is a page “{title}”." for title in spec.pages)
    entity = f"{words.article(spec.entity)} {spec.entity}"
    doing = "read by everybody" if spec.kept == "shared" else "change or delete it in the list"
    return (
        f"{spec.title} is ready: add {entity} with the form, {doing}; "
        f"{_KEPT[spec.kept]}.{pages}{missing} (Built by the model simulator.)"
    )


def _purposes(spec: AppSpec) -> dict[str, str]:
    return {
        **dict.fromkeys(_table(spec), f"The table of the {spec.entities}, and who may see and change them"),
        spec.lib_path: f"What {words.article(spec.entity)} {spec.entity} is made of",
        spec.form_path: f"Form to add or change {words.article(spec.entity)} {spec.entity}",
        spec.card_path: f"Shows one {spec.entity}"
        + ("" if spec.kept == "shared" else ", with buttons to edit and delete it"),
    }
