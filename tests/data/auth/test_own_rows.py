"""Who has signed in reads and writes their own rows, and nobody else's."""

import pytest

from tests.data.auth.people import Visitor, new_address
from tests.data.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

NOTES = (
    "CREATE TABLE notes (id serial PRIMARY KEY, body text NOT NULL, owner uuid DEFAULT auth.uid())",
    "ALTER TABLE notes ENABLE ROW LEVEL SECURITY",
    "CREATE POLICY own ON notes TO PUBLIC USING ((SELECT auth.uid()) = owner)",
)


async def test_two_people_see_their_own_rows_only(world: World) -> None:
    app = await world.app(NOTES)
    rows = f"{app.url}/rest/v1/notes"
    seen = {}
    for name in ("ann", "bob"):
        visitor = Visitor(app, world.http)
        await visitor.sign_up(new_address())
        headers = {"apikey": app.key, "authorization": f"Bearer {visitor.session['access_token']}"}
        made = await world.http.post(rows, json={"body": f"of {name}"}, headers=headers)
        assert made.status_code == 201, made.text
        seen[name] = [row["body"] for row in (await world.http.get(rows, headers=headers)).json()]
    assert seen == {"ann": ["of ann"], "bob": ["of bob"]}
    anonymous = {"apikey": app.key, "authorization": f"Bearer {app.key}"}
    assert (await world.http.get(rows, headers=anonymous)).json() == []
