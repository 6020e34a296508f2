"""The plan that builds a new app from the words of its prompt."""

from dev.simulator.blueprint import render, source, words
from dev.simulator.blueprint.grammar import parse_prompt
from dev.simulator.blueprint.plan import APP, HOME, ROUTES, Originals, Plan
from dev.simulator.blueprint.spec import AppSpec
from dev.simulator.conversation import to_lines


def creation(request: str) -> Plan:
    spec = parse_prompt(request)

    def files(originals: Originals) -> dict[str, list[str]]:
        texts = {**render.entity_files(spec), HOME: render.home_file(spec), **render.page_files(spec)}
        wanted = {path: to_lines(text) for path, text in texts.items()}
        if spec.pages and ROUTES in originals:
            wanted[ROUTES] = source.with_routes(originals[ROUTES], spec.pages)
        if APP in originals:
            wanted[APP] = source.with_app_name(originals[APP], spec.title)
        return wanted

    needs = (HOME, *((ROUTES,) if spec.pages else ()), APP)
    return Plan(_intro(spec), needs, files, _summary(spec), _purposes(spec))


def _intro(spec: AppSpec) -> str:
    fields = ", ".join(field.label.lower() for field in spec.fields)
    pages = f" Extra pages: {', '.join(spec.pages)}." if spec.pages else ""
    return (
        "I am the local model simulator, not a language model: I build by fixed rules. "
        f"I understood: {spec.title}, a list of {spec.entities} with {fields}.{pages}"
    )


def _summary(spec: AppSpec) -> str:
    pages = "".join(f" There is a page “{title}”." for title in spec.pages)
    entity = f"{words.article(spec.entity)} {spec.entity}"
    return (
        f"{spec.title} is ready: add {entity} with the form, change or delete it in the list; "
        f"everything is kept in "
        f"this browser.{pages} (Built by the model simulator.)"
    )


def _purposes(spec: AppSpec) -> dict[str, str]:
    return {
        spec.lib_path: f"What {words.article(spec.entity)} {spec.entity} is made of",
        spec.form_path: f"Form to add or change {words.article(spec.entity)} {spec.entity}",
        spec.card_path: f"Shows one {spec.entity}, with buttons to edit and delete it",
    }
