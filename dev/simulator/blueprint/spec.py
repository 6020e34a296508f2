"""What an app is made of: its entity, the entity's fields, its pages."""

from dataclasses import dataclass
from typing import Literal

from dev.simulator.blueprint import words

Kept = Literal["browser", "own", "shared"]
"""Where entries live: in the visitor's browser, in a table with each person's own, in one for all."""
Kind = Literal["text", "textarea", "number", "rating", "price", "date", "boolean", "choice", "url", "email"]

# Names that the generated files import, or that everybody takes for the language's own.
_TAKEN_NAMES = (
    "About App AppRoute Badge Boolean Button Card CardContent CardHeader CardTitle Checkbox "
    "Collection Date Document Element EmptyState Entry Error Event FormData Form Function Home Image "
    "Input Label Link Map Node NotFound Number Object Option Partial Promise ReactElement Record "
    "Route Select Set Statistics String Symbol Text Textarea"
)
_TAKEN_TYPES = frozenset(_TAKEN_NAMES.split())
_TAKEN_MODULES = frozenset({"collection", "env", "utils"})


@dataclass(frozen=True)
class Field:
    name: str  # the property, camelCase
    label: str
    kind: Kind = "text"
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class AppSpec:
    title: str
    entity: str  # singular, lower case, as people say it: "grocery item"
    fields: tuple[Field, ...]
    pages: tuple[str, ...] = ()  # titles of extra pages: "Statistics", "About"
    search: bool = False
    kept: Kept = "browser"

    @property
    def entities(self) -> str:
        return words.plural(self.entity)

    @property
    def type_name(self) -> str:
        name = words.pascal(self.entity) or "Item"
        return f"{name}Item" if name in _TAKEN_TYPES else name

    @property
    def module(self) -> str:
        name = words.camel(self.entities) or "items"
        return f"{name}Items" if name in _TAKEN_MODULES else name

    @property
    def table(self) -> str:
        return words.snake(words.camel(self.entities) or "items")

    @property
    def lib_path(self) -> str:
        return f"src/lib/{self.module}.ts"

    @property
    def form_path(self) -> str:
        return f"src/components/{self.type_name}Form.tsx"

    @property
    def card_path(self) -> str:
        return f"src/components/{self.type_name}Card.tsx"

    def requires(self, field: Field) -> bool:
        """Whether people have to write a long text: nobody could fill it in later."""
        return self.kept == "shared" and field.kind == "textarea"

    @property
    def primary(self) -> Field:
        """The field that names an entry; the grammar makes sure there is a text."""
        return next(field for field in self.fields if field.kind == "text")


def page_component(title: str) -> str:
    name = words.pascal(title)
    return f"{name}Page" if name in _TAKEN_TYPES - {"About", "Statistics"} else name


def page_path(title: str) -> str:
    return f"src/pages/{page_component(title)}.tsx"
