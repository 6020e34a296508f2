"""A new app's name and logo, asked of a model beside the first conversation, which never waits for them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncSession

from common.contracts import RunMode
from common.contracts.events import FileWrittenEvent
from common.errors import AppError
from common.logging import get_logger
from common.work import LeaseLost
from orchestrator.db import apps, events, teams, turns
from orchestrator.db.models import App, Run
from orchestrator.domain.billing import BillingClass
from orchestrator.domain.logo import ICON, monogram
from orchestrator.domain.naming import (
    NamedBy,
    Suggestion,
    is_name_note,
    name_note,
    naming_request,
    suggestion_in,
)
from orchestrator.domain.prompt import NAMING_PROMPT
from orchestrator.domain.sections import material
from orchestrator.domain.tree import FileRef
from orchestrator.metrics import TURNS
from orchestrator.usecases.budgets import check_request, tell_thresholds
from orchestrator.usecases.resources import Resources
from orchestrator.usecases.runs import aside
from orchestrator.usecases.runs.aside import Answer, Aside
from orchestrator.usecases.runs.conversation import Conversation
from orchestrator.usecases.updated import tell_update

_SECONDS = 30.0
_MAX_TOKENS = 4_000
_WRITER = "logo"

logger = get_logger(__name__)


class Naming:
    """Asks once, and tells what has come of it.

    `name`: which name a model has given the app, if one has; `_icon`: the logo, once it is clear which.
    """

    def __init__(self, resources: Resources, conversation: Conversation) -> None:
        self._resources = resources
        self._model = next(iter(resources.settings.routes.name), "")
        self._conversation = conversation
        self._lease = conversation.lease
        self._asking: asyncio.Task[None] | None = None
        self._turn_id: str | None = None
        self._name: str | None = None
        self._icon: str | None = None

    async def begin(self) -> None:
        """Sends the request, unless the app has its name from somebody or was asked for before."""
        if not self._model or not self._conversation.workspace.new:
            return
        async with self._resources.db.begin() as session:
            run = await self._lease.hold(session)
            app = await session.get_one(App, run.app_id)
            may = await aside.may_ask(session, self._resources, app.id, turns.NAMING)
            wanted = may and app.named_by == NamedBy.PROMPT
            if not wanted or await check_request(session, self._resources.pricing.caps, run) is not None:
                await self._take_over(session, app)
                return
            words = naming_request(run.request)
            asked = Aside(turns.NAMING, self._model, NAMING_PROMPT, words, _MAX_TOKENS)
            self._turn_id = await aside.note(session, self._resources, run, asked)
        self._asking = asyncio.create_task(self._ask(self._turn_id, asked))

    def note(self) -> str | None:
        """What to tell the model that writes the app: its new name, once."""
        conversation = self._conversation
        if self._name is None or conversation.workspace.mode is not RunMode.BUILD:
            return None
        told = any(is_name_note(turn.injected or "") for turn in conversation.turns.values())
        known = f"\nname: {material(self._name)}\n" in conversation.first_message
        return None if told or known else name_note(self._name)

    def place_icon(self) -> bytes | None:
        """Gives an app that the model has begun to write its logo as icon, instead of the template's."""
        workspace = self._conversation.workspace
        if self._icon is None or not workspace.wrote or not workspace.has_untouched(ICON):
            return None
        content = self._icon.encode()
        workspace.put(ICON, content)
        return content

    async def close(self) -> None:
        """Gives the request up if it is still on its way."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    async def settle(self) -> None:
        """Ends in the ledger what was given up."""
        if self._turn_id is None:
            return
        async with self._resources.db.begin() as session:
            await self._lease.hold(session)
            await aside.give_up(session, self._resources, self._turn_id)

    async def _ask(self, turn_id: str, asked: Aside) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                answer = await aside.ask(self._resources, self._lease, turn_id, asked)
            if answer is not None:
                await self._take(turn_id, answer)
            else:
                await self.settle()
                await self._give_up()
        except LeaseLost:
            logger.info("app not named by a model: its run was taken away")
        except (AppError, TimeoutError) as error:
            logger.info("app not named by a model", reason=str(error) or "it took too long")
            await self._give_up()
        except Exception:
            logger.exception("app not named by a model")

    async def _take(self, turn_id: str, answer: Answer) -> None:
        """Ledgers the answer, and gives the app what is of use in it: a person's name stays."""
        found = await asyncio.to_thread(suggestion_in, answer.words)
        async with self._resources.db.begin() as session:
            run = await self._lease.hold(session)
            await teams.lock_team_of(session, run.app_id)  # before the app, as where budgets are told of
            app = await apps.lock_app(session, self._lease.app_id)
            turn = await aside.end(session, self._resources, turn_id, answer)
            if await self._use(session, app, found):
                turn.billing_class = BillingClass.USER
            await tell_thresholds(session, self._resources.outbox, self._resources.pricing.caps, run)
            await self._take_over(session, app)
        TURNS.labels(turn.model, turn.billing_class, "done").inc()

    async def _use(self, session: AsyncSession, app: App, found: Suggestion) -> bool:
        """Whether anything of the suggestion could be used."""
        named = found.name is not None and app.named_by == NamedBy.PROMPT
        if named and found.name is not None:
            app.name, app.named_by = found.name, NamedBy.MODEL
        if found.logo is not None:
            app.logo = found.logo
        if named or found.logo is not None:
            await tell_update(session, app, run_id=self._lease.run_id)
            return True
        logger.info("app not named by a model: its answer was of no use")
        return False

    async def _give_up(self) -> None:
        """Without a model's logo the app has one all the same."""
        async with self._resources.db.begin() as session:
            await self._take_over(session, await session.get_one(App, self._lease.app_id))

    async def _take_over(self, session: AsyncSession, app: App) -> None:
        await session.flush()
        self._name = app.name if app.named_by == NamedBy.MODEL else None
        self._icon = await apps.logo_of(session, app.id) or monogram(app.name, app.id)


@asynccontextmanager
async def naming(resources: Resources, conversation: Conversation) -> AsyncIterator[Naming]:
    """For the time of a conversation; what is on its way at its end is given up."""
    one = Naming(resources, conversation)
    await one.begin()
    try:
        yield one
    finally:
        await one.close()
    await one.settle()


async def store_icon(session: AsyncSession, run: Run, content: bytes) -> None:
    """Stores the icon that was placed in the run's files, and tells of it."""
    ref = FileRef.of(content)
    await apps.put_blobs(session, run.app_id, {ref.digest: content})
    event = FileWrittenEvent(run_id=run.id, path=ICON, tool=_WRITER, size=ref.size)
    await events.append(session, run.app_id, event)
