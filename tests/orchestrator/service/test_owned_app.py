"""The app of a request is looked up once, with the key; who changes it notices that it is gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from common.contracts import RunMode
from common.messaging.outbox import Outbox
from orchestrator.clients.model.pricing import Pricing
from orchestrator.db import models
from orchestrator.domain.budgets import Caps
from orchestrator.errors import AppNotFound
from orchestrator.usecases import apps, keys, messages, queries
from orchestrator.usecases.idempotency import Idempotency
from orchestrator.usecases.resources import Shares
from tests.orchestrator.service.world import OTHER_KEY, World

pytestmark = [pytest.mark.xdist_group("orchestrator-api"), pytest.mark.asyncio(loop_scope="session")]


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is sent to Postgres meanwhile, from this process."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_showing_an_app_takes_two_statements(world: World) -> None:
    app_id, _ = await world.app()
    db = world.database()
    with statements() as sent:
        access = await keys.authenticate(db=db, key=world.stack.api_key, app_id=app_id)
        assert access.app is not None
        live = await queries.live_deployments(db=db, app=access.app)
    await db.close()
    assert live["preview"].app_id == app_id
    assert len([one for one in sent if "FROM" in one]) == 2, sent


async def test_another_teams_key_opens_no_app(world: World) -> None:
    app_id, _ = await world.app()
    db = world.database()
    access = await keys.authenticate(db=db, key=OTHER_KEY, app_id=app_id)
    await db.close()
    assert access.app is None


async def test_an_app_deleted_in_mid_request_is_not_changed(world: World) -> None:
    app_id, _ = await world.app()
    db = world.database()
    app = (await keys.authenticate(db=db, key=world.stack.api_key, app_id=app_id)).app
    assert app is not None
    assert (await world.api.http.delete(f"/v1/apps/{app_id}")).status_code == 202
    outbox = Outbox(db, world.bus, models.Outbox, "tests")
    nobody = Idempotency(app.team_id, None, "", dict)
    with pytest.raises(AppNotFound):
        await apps.change_app(db=db, caps=Caps(), app=app, name="Too late", budget={})
    with pytest.raises(AppNotFound):
        await messages.send_message(
            db=db, outbox=outbox, shares=Shares(None, 10, 10, Caps(), 10, 10), app=app, content="Too late",
            mode=RunMode.BUILD, start_over=False, idempotency=nobody,
        )  # fmt: skip
    with pytest.raises(AppNotFound):
        await apps.delete_app(db=db, outbox=outbox, pricing=Pricing(), app=app)
    await db.close()
