"""The steps of a check, as the corpus writes them: what a visitor does, and what then has to be seen."""

import contextlib
import json
import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from playwright.async_api import Error as BrowserError
from playwright.async_api import Locator
from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator

from evaluation import forms
from evaluation.targets import Target, Words
from evaluation.visit import LOAD_SECONDS, LOOK_SECONDS, StepFailed, Visit, is_visible

OPENERS = r"\badd|\bnew\b|create|^\+|\bneu|hinzuf|anlegen|erstellen|eintragen"
SAVERS = r"\badd|save|create|submit|\bok\b|book|send|log|speicher|hinzuf|anlegen|erstellen|eintragen|buchen"
LEAST_CONTRAST = 3.0
"""To one: below it text is hard to read at any size (WCAG 2.2, 1.4.3)."""
PHONE_HEIGHT = 844
_READABLE = Path(__file__).with_name("readable.js").read_text(encoding="utf-8")
_CANVAS = "[document.body, document.documentElement].map(one => getComputedStyle(one).backgroundColor).join()"
_TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width + 1) return null;
  const isWide = (one) => one.getBoundingClientRect().right > width + 1;
  const wide = [...document.body.querySelectorAll("*")].filter(isWide);
  const last = wide.at(-1);
  return `${document.documentElement.scrollWidth} px wide, by <${last?.tagName.toLowerCase() ?? "body"}>`
    + ` “${(last?.textContent ?? "").trim().slice(0, 40)}”`;
}"""
# Drawn areas of some size, or rows of bars: lengths that stand for numbers.
_CHARTS = """() => {
  const large = (one) => one.getBoundingClientRect().width >= 80 && one.getBoundingClientRect().height >= 40;
  const drawn = [...document.querySelectorAll("svg, canvas, [role=img]")].filter(large);
  const measured = [...document.querySelectorAll("[style*='%'], progress, meter")]
    .filter((one) => one.checkVisibility() && /(width|height)/.test(one.getAttribute("style") ?? "width"));
  return drawn.length + (measured.length > 1 ? 1 : 0);
}"""


def _as_text(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else str(value)


Value = Annotated[str, BeforeValidator(_as_text)]


class Step(BaseModel, ABC):
    """The first field names the step; `run` raises StepFailed with what was missing."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @abstractmethod
    async def run(self, visit: Visit) -> None: ...

    def __str__(self) -> str:
        name = next(iter(type(self).model_fields))
        return f"{name} {getattr(self, name)}"


class Click(Step):
    click: Target

    async def run(self, visit: Visit) -> None:
        await (await visit.need(self.click)).click()


class Perhaps(Step):
    """Clicked when it is there, as a question whether one is sure."""

    perhaps: Target

    async def run(self, visit: Visit) -> None:
        if await visit.visible(self.perhaps):
            await self.perhaps.locate(visit.page).first.click()


class Fill(Step):
    fill: Target
    value: Value = Field(alias="with")

    async def run(self, visit: Visit) -> None:
        await forms.fill(await visit.need(self.fill), self.value)


class Enter(Step):
    """Find the form, here, behind a button or on another page, fill it in and save it."""

    enter: dict[Words, Value] = Field(min_length=1)
    optional: dict[Words, Value] = Field(default_factory=dict, description="Where there is such a field")
    by: Words = OPENERS
    save: Words | None = SAVERS

    async def run(self, visit: Visit) -> None:
        first = next(iter(self.enter))

        async def there() -> bool:
            if not await visit.visible(Target(field=first)):
                return False
            return await forms.entry_field(visit.page, first) is not None

        if not await visit.reach(there, Target(control=self.by)):
            raise StepFailed(await visit.missing(f"field /{first}/ on any page, nor behind /{self.by}/"))
        field = await forms.entry_field(visit.page, first)
        form = visit.page if field is None else await forms.form_of(visit.page, field)
        for words, value in self.enter.items():
            if not await forms.give(form, words, value):
                raise StepFailed(await visit.missing(f"field /{words}/ in the form"))
        for words, value in self.optional.items():
            with contextlib.suppress(forms.FormError):
                await forms.give(form, words, value)
        await forms.complete(form)
        if self.save is not None:
            await self._save(visit, form.get_by_role("button", name=re.compile(self.save, re.IGNORECASE)))

    async def _save(self, visit: Visit, buttons: Locator) -> None:
        # In a form the button that sends it comes last.
        button = buttons.filter(visible=True).last
        if not await is_visible(button, LOOK_SECONDS):
            raise StepFailed(await visit.missing(f"button /{self.save}/ at the form"))
        await button.click()


class Choose(Step):
    """By a button, tab, link or radio button of that name, or in a list of options."""

    choose: Words

    async def run(self, visit: Visit) -> None:
        control = Target(
            any=(Target(control=self.choose), Target(css=f"label:text-matches({_css(self.choose)})"))
        )
        if await visit.visible(control):
            await control.locate(visit.page).first.click()
        elif not await forms.pick(visit.page, self.choose):
            raise StepFailed(await visit.missing(f"choice /{self.choose}/"))


def _css(words: str) -> str:
    """As arguments of Playwright's own selectors."""
    return f'{json.dumps(words, ensure_ascii=False)}, "i"'


class Press(Step):
    press: str

    async def run(self, visit: Visit) -> None:
        await visit.page.keyboard.press(self.press)


class Reload(Step):
    reload: Literal[True]

    async def run(self, visit: Visit) -> None:
        await visit.page.reload(timeout=LOAD_SECONDS * 1000)
        await visit.settle()


class See(Step):
    see: Target

    async def run(self, visit: Visit) -> None:
        await visit.need(self.see)


class Unseen(Step):
    unseen: Target

    async def run(self, visit: Visit) -> None:
        async def seen() -> str | None:
            count = await self.unseen.locate(visit.page).count()
            return f"{self.unseen} is still there ({count} times)" if count else None

        await visit.until(seen)


class Find(Step):
    """See it here or, like somebody who looks around, on another page; or behind a control."""

    find: Target
    by: Words | None = None

    async def run(self, visit: Visit) -> None:
        opener = None if self.by is None else Target(control=self.by)
        if not await visit.reach(lambda: visit.visible(self.find), opener):
            raise StepFailed(await visit.missing(f"{self.find} on any page"))


class Count(Step):
    count: Target
    at_least: int | None = None
    exactly: int | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.exactly is None):
            raise ValueError("either at_least or exactly is needed")
        return self

    async def run(self, visit: Visit) -> None:
        async def wrong() -> str | None:
            count = await self.count.locate(visit.page).count()
            if count == self.exactly or (self.at_least is not None and count >= self.at_least):
                return None
            wanted = f"exactly {self.exactly}" if self.at_least is None else f"at least {self.at_least}"
            return f"{count} of {self.count} instead of {wanted}"

        await visit.until(wrong)


class Shows(Step):
    """The words stand in an input or element, as a result does."""

    shows: Words
    where: Target = Field(alias="in")

    async def run(self, visit: Visit) -> None:
        found = await visit.need(self.where)

        async def wrong() -> str | None:
            shown = str(await found.evaluate("element => element.value ?? element.innerText"))
            if re.search(self.shows, shown, re.IGNORECASE):
                return None
            return f"{self.where} shows “{shown[:80]}” instead of /{self.shows}/"

        await visit.until(wrong)


class Chart(Step):
    chart: Literal[True]

    async def run(self, visit: Visit) -> None:
        async def none() -> str | None:
            return None if await visit.page.evaluate(_CHARTS) else await visit.missing("chart of any kind")

        await visit.until(none)


class Fits(Step):
    """At a width in pixels nothing has to be scrolled sideways."""

    fits: int = Field(ge=200, le=4000)

    async def run(self, visit: Visit) -> None:
        await visit.page.set_viewport_size({"width": self.fits, "height": PHONE_HEIGHT})

        async def wide() -> str | None:
            found = await visit.page.evaluate(_TOO_WIDE)
            return None if found is None else f"at {self.fits} px the page is {found}"

        await visit.until(wide)


class Themes(Step):
    """Texts can be read on light and on dark screens; `different`: and the screens do differ."""

    themes: Literal["readable", "different"]

    async def run(self, visit: Visit) -> None:
        canvases = []
        for scheme in ("light", "dark"):
            await visit.page.emulate_media(color_scheme=scheme)

            async def faint(scheme: str = scheme) -> str | None:
                faults = await visit.page.evaluate(_READABLE, LEAST_CONTRAST)
                return f"hard to read on a {scheme} screen: {', '.join(faults[:3])}" if faults else None

            await visit.until(faint)
            canvases.append(await visit.page.evaluate(_CANVAS))
        if self.themes == "different" and len(set(canvases)) == 1:
            raise StepFailed("a dark screen gets the same colours as a light one")


class EveryPage(Step):
    every_page: tuple["AnyStep", ...]

    async def run(self, visit: Visit) -> None:
        await self._run_here(visit)
        for address in await visit.pages():
            await visit.turn_to(address)
            await self._run_here(visit)

    async def _run_here(self, visit: Visit) -> None:
        try:
            await run_steps(self.every_page, visit)
        except StepFailed as error:
            raise StepFailed(f"on {urlsplit(visit.page.url).path}: {error}") from None

    def __str__(self) -> str:
        return f"every_page {', '.join(map(str, self.every_page))}"


def _name(value: Any) -> str | None:
    """The first key names a step."""
    return next(iter(value if isinstance(value, dict) else type(value).model_fields), None)


AnyStep = Annotated[
    Annotated[Click, Tag("click")]
    | Annotated[Perhaps, Tag("perhaps")]
    | Annotated[Fill, Tag("fill")]
    | Annotated[Enter, Tag("enter")]
    | Annotated[Choose, Tag("choose")]
    | Annotated[Press, Tag("press")]
    | Annotated[Reload, Tag("reload")]
    | Annotated[See, Tag("see")]
    | Annotated[Unseen, Tag("unseen")]
    | Annotated[Find, Tag("find")]
    | Annotated[Count, Tag("count")]
    | Annotated[Shows, Tag("shows")]
    | Annotated[Chart, Tag("chart")]
    | Annotated[Fits, Tag("fits")]
    | Annotated[Themes, Tag("themes")]
    | Annotated[EveryPage, Tag("every_page")],
    Discriminator(_name),
]
EveryPage.model_rebuild()


async def run_steps(steps: tuple[AnyStep, ...], visit: Visit) -> None:
    """Raises StepFailed with the number of the step that failed, what it was and what was missing."""
    for number, step in enumerate(steps, 1):
        try:
            await step.run(visit)
        except (StepFailed, forms.FormError) as error:
            raise StepFailed(f"step {number}, {step}: {error}") from None
        except BrowserError as error:
            reason = error.message.partition("\n")[0]
            raise StepFailed(f"step {number}, {step}: {reason}; {await visit.there()}") from error
