"""Filling forms as a person does: whatever the input is, and what else the form demands."""

import contextlib
import re

from playwright.async_api import Locator, Page

from evaluation.targets import Scope, Target, Words

FORM = "xpath=ancestor::*[self::form or self::dialog or @role='dialog'][1]"
NOT_FOR_ENTRIES = re.compile(r"search|filter|sort|such|suche", re.IGNORECASE)
_NAME = """element => [element.getAttribute("aria-label"), element.placeholder, element.type,
  ...[...(element.labels ?? [])].map((label) => label.textContent)].join(" ")"""
# What a form demands beyond what a check is about, by the input's type.
SENSIBLE = {
    "date": "2030-06-15",
    "datetime-local": "2030-06-15T10:00",
    "month": "2030-06",
    "time": "10:00",
    "number": "1",
    "email": "person@example.com",
    "url": "https://example.com/",
    "tel": "+49 30 123456",
}
MOST_FIELDS = 20


class FormError(Exception):
    """The form has no such field or option; the message says which."""


async def entry_field(scope: Scope, words: Words) -> Locator | None:
    """The first visible field of that name that is not for searching."""
    found = Target(field=words).locate(scope)
    for index in range(await found.count()):
        field = found.nth(index)
        if not NOT_FOR_ENTRIES.search(str(await field.evaluate(_NAME))):
            return field
    return None


async def give(scope: Scope, words: Words, value: str) -> bool:
    """Fill in the field of that name, or take the option of that value; False when there is neither."""
    field = await entry_field(scope, words)
    if field is not None:
        await fill(field, value)
        return True
    option = scope.get_by_role("radio", name=re.compile(value, re.IGNORECASE))
    if not await option.count():
        return False
    await option.first.check(force=True)  # a drawn one often covers it
    return True


async def pick(page: Page, words: Words) -> bool:
    """Select the first option with these words, rather where nothing is entered than in a form."""
    for selects in (page.locator("select:not(form select)"), page.locator("form select")):
        for select in await selects.filter(visible=True).all():
            with contextlib.suppress(FormError):
                await _choose(select, words)
                return True
    return False


async def form_of(page: Page, field: Locator) -> Scope:
    """The form or dialog around the field, else the page."""
    form = field.locator(FORM)
    return form.first if await form.count() else page


async def fill(field: Locator, value: str) -> None:
    """A text, ISO date, option's words, or true and false, according to the input."""
    kind = await _kind(field)
    if kind == "select":
        await _choose(field, value)
    elif kind in {"checkbox", "radio"}:
        await field.set_checked(value != "false")
    else:
        await field.fill({"datetime-local": f"{value[:10]}T10:00", "month": value[:7]}.get(kind, value))


async def complete(form: Scope) -> None:
    """Give what is still demanded, so that a field the check does not know of is no hindrance."""
    demanded = form.locator("input:invalid, textarea:invalid, select:invalid").filter(visible=True)
    for _ in range(MOST_FIELDS):
        if not await demanded.count():
            return
        field = demanded.first
        kind = await _kind(field)
        if kind == "select":
            values = await field.evaluate("select => [...select.options].map(o => o.value).filter(Boolean)")
            await field.select_option(values[:1])
        elif kind in {"checkbox", "radio"}:
            await field.check()
        else:
            await field.fill(SENSIBLE.get(kind, "Something"))


async def _kind(field: Locator) -> str:
    name = "element => element.tagName === 'INPUT' ? element.type : element.tagName.toLowerCase()"
    return str(await field.evaluate(name))


async def _choose(field: Locator, value: str) -> None:
    options: list[str] = await field.evaluate("select => [...select.options].map(o => o.label)")
    for index, option in enumerate(options):
        if re.search(value, option, re.IGNORECASE):
            await field.select_option(index=index)
            return
    raise FormError(f"no option /{value}/; there are: {', '.join(options)}")
