"""What a step is about, in the words of a person: by role and name, label or text, with alternatives."""

import json
import re
from collections.abc import Callable
from typing import Annotated, Any, Self

from playwright.async_api import Locator, Page
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


def _checked(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from error
    return pattern


Words = Annotated[str, AfterValidator(_checked)]
"""A regular expression for words that a model may choose; case does not count."""

Scope = Page | Locator

CONTROL_ROLES = ("link", "tab", "menuitem", "radio", "checkbox", "switch", "option")
FIELDS = (
    "input:not([type=hidden], [type=button], [type=submit], [type=reset]), textarea, select,"
    " [contenteditable=true], [role=textbox], [role=combobox], [role=searchbox], [role=spinbutton]"
)
# The smallest part of the page around a text in which something can be done with what it names.
ENTRY = "xpath=ancestor-or-self::*[.//button or .//input or .//select or .//a][1]"


class Target(BaseModel):
    """One kind of thing, or any of several targets; a plain text stands for `text`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Words | None = Field(default=None, description="Anything that shows the words")
    button: Words | None = None
    link: Words | None = None
    control: Words | None = Field(default=None, description="Whatever can be clicked: button, link, tab …")
    field: Words | None = Field(default=None, description="An input by its label or placeholder")
    checkbox: Words | None = None
    heading: Words | None = None
    image: Words | None = None
    dialog: Words | None = None
    entry: Words | None = Field(default=None, description="What is around a text, with its buttons")
    css: str | None = Field(default=None, description="The last resort")
    any: tuple["Target", ...] = ()
    within: "Target | None" = None
    nth: int | None = Field(default=None, ge=1)

    @model_validator(mode="before")
    @classmethod
    def _text(cls, value: Any) -> Any:
        return value if isinstance(value, dict | Target) else {"text": str(value)}

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        given = list(self._kinds()) + (["any"] if self.any else [])
        if len(given) != 1:
            kinds = ", ".join([*_LOCATE, "any"])
            raise ValueError(f"exactly one of {kinds} is needed, not {', '.join(given) or 'none'}")
        return self

    def locate(self, scope: Scope) -> Locator:
        """All that is visible and fits."""
        root = scope if self.within is None else self.within.locate(scope).first
        if self.any:
            first, *others = (one.locate(root) for one in self.any)
            for other in others:
                first = first.or_(other)
            found = first
        else:
            ((kind, words),) = self._kinds().items()
            found = _LOCATE[kind](root, words)
        found = found.filter(visible=True)
        return found if self.nth is None else found.nth(self.nth - 1)

    def __str__(self) -> str:
        parts = [f"{kind} {words!r}" for kind, words in self._kinds().items()]
        parts += [" or ".join(map(str, self.any))] if self.any else []
        parts += [f"number {self.nth}"] if self.nth else []
        parts += [f"within {self.within}"] if self.within else []
        return " ".join(parts)

    def _kinds(self) -> dict[str, str]:
        return {kind: words for kind in _LOCATE if (words := getattr(self, kind)) is not None}


def _pattern(words: str) -> re.Pattern[str]:
    return re.compile(words, re.IGNORECASE)


def _control(scope: Scope, words: str) -> Locator:
    found = scope.get_by_role("button", name=_pattern(words))
    for role in CONTROL_ROLES:
        found = found.or_(scope.get_by_role(role, name=_pattern(words)))  # type: ignore[arg-type]
    return found


def _field(scope: Scope, words: str) -> Locator:
    named = scope.get_by_label(_pattern(words)).or_(scope.get_by_placeholder(_pattern(words)))
    return scope.locator(FIELDS).and_(named)


def _checkbox(scope: Scope, words: str) -> Locator:
    boxes = scope.get_by_role("checkbox", name=_pattern(words))
    return boxes.or_(scope.get_by_role("switch", name=_pattern(words)))


def _dialog(scope: Scope, words: str) -> Locator:
    dialogs = scope.get_by_role("dialog").or_(scope.get_by_role("alertdialog"))
    return dialogs.filter(has_text=_pattern(words))


def _entry(scope: Scope, words: str) -> Locator:
    return scope.get_by_text(_pattern(words)).filter(visible=True).first.locator(ENTRY)


_LOCATE: dict[str, Callable[[Scope, str], Locator]] = {
    "text": lambda scope, words: scope.get_by_text(_pattern(words)),
    "button": lambda scope, words: scope.get_by_role("button", name=_pattern(words)),
    "link": lambda scope, words: scope.get_by_role("link", name=_pattern(words)),
    "control": _control,
    "field": _field,
    "checkbox": _checkbox,
    "heading": lambda scope, words: scope.get_by_role("heading", name=_pattern(words)),
    "image": lambda scope, words: scope.get_by_role("img", name=_pattern(words)),
    "dialog": _dialog,
    "entry": _entry,
    "css": lambda scope, selector: scope.locator(selector),
}

_THERE = """() => {
  const shown = (element) => element.checkVisibility({ visibilityProperty: true });
  const name = (element) =>
    (element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.placeholder
      || element.innerText || element.name || element.value || "").trim().replace(/\\s+/g, " ").slice(0, 40);
  const list = (selector) => [...document.querySelectorAll(selector)].filter(shown).map(name).slice(0, 12);
  return {
    headings: list("h1, h2, h3"), buttons: list("button, [role=button], [role=tab]"),
    links: list("a[href]"), fields: list("input, textarea, select"),
  };
}"""


async def inventory(page: Page) -> str:
    """What a person finds on the page instead, in a line."""
    found = await page.evaluate(_THERE)
    parts = [f"{kind} {json.dumps(names, ensure_ascii=False)}" for kind, names in found.items() if names]
    return "; ".join(parts) or "an empty page"
