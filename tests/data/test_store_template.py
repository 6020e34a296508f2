"""The server side of the template `store`: the database computes orders, and shows each to its customer."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from dev.supabase.client import SupabaseClient
from templates.settings import PACKAGED_CONTENT
from tests.data.auth.people import PASSWORD, new_address
from tests.data.migrating import Migrating
from tests.data.world import App, World

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("data")]

SQL = (PACKAGED_CONTENT / "store/supabase/store.sql").read_text()
PEOPLE = """
const told = ({ error }) => error && { code: error.code, message: error.message };
const somebody = async (email) => {
  const { error } = await db.auth.signUp({ email, password });
  if (error) throw error;
};
const order = (lines, more) => {
  const row = { lines, delivery: "standard", address: { name: "Ada" }, ...more };
  return db.from("orders").insert(row).select().single();
};
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def shop(world: World) -> AsyncIterator[App]:
    migrating = Migrating(world, environment="production")
    await migrating.applied(SQL)
    answer = await world.http.get(f"/internal/realms/{migrating.app_id}/production")
    found = answer.json()
    yield App(migrating.app_id, found["ref"], found["url"], found["publishable_key"])


async def run(supabase: SupabaseClient, shop: App, program: str) -> Any:
    names = {"email": new_address(), "another": new_address(), "password": PASSWORD}
    constants = "".join(f"const {name} = {value!r};\n" for name, value in names.items())
    return await supabase.run(shop.url, shop.key, constants + PEOPLE + program)


async def test_the_platform_takes_it_without_a_word(world: World) -> None:
    assert (await Migrating(world).check(SQL))["findings"] == []


async def test_an_order_is_computed_by_the_list_of_prices_alone(supabase: SupabaseClient, shop: App) -> None:
    program = """
    await somebody(email);
    const lamp = { sku: "lamp", quantity: 1, amount: 1, title: "For nothing" };
    const lines = [lamp, { sku: "pencils", quantity: 2 }];
    const bold = { total: 1, delivery_amount: -9000, status: "sent", created_at: "2001-01-01T00:00:00Z" };
    const placed = await order(lines, { expected: 8900 + 2 * 1250, ...bold });
    const small = await order([{ sku: "pencils", quantity: 1 }], { expected: 1250 + 490 });
    return [told(placed), placed.data, told(small), small.data];
    """
    failed, placed, again, small = await run(supabase, shop, program)
    assert (failed, again) == (None, None)
    assert placed["lines"] == [
        {"sku": "pencils", "title": "Pencil set", "quantity": 2, "amount": 1250},
        {"sku": "lamp", "title": "Reading lamp", "quantity": 1, "amount": 8900},
    ]
    assert (placed["delivery_amount"], placed["total"], placed["status"]) == (0, 11400, "placed")
    assert not placed["created_at"].startswith("2001")
    assert (small["delivery_amount"], small["total"]) == (490, 1740)


async def test_what_is_wrong_with_an_order_is_told_and_nothing_is_stored(
    supabase: SupabaseClient, shop: App
) -> None:
    program = """
    const one = [{ sku: "lamp", quantity: 1 }];
    const stranger = await order(one);
    await somebody(email);
    const tried = [
      await order(one, { expected: 1 }),
      await order([{ sku: "blanket-sage", quantity: 1 }]),
      await order([{ sku: "delivery:pickup", quantity: 1 }]),
      await order([{ sku: "lamp", quantity: -3 }]),
      await order([{ sku: "lamp", quantity: 1000000 }]),
      await order({ sku: "lamp" }),
      await order(one, { delivery: "drone" }),
      await order(one, { user_id: "00000000-0000-4000-8000-000000000000" }),
      await order([]),
    ];
    const { data } = await db.from("orders").select();
    return [told(stranger).code, tried.map(told), data];
    """
    stranger, tried, stored = await run(supabase, shop, program)
    assert stranger == "42501"
    gone = "Something in the cart is not for sale any more"
    assert [problem["message"] for problem in tried][:7] == [
        "Prices have changed since you opened this page",
        *[gone] * 4,
        "An order has a list of at most 100 lines",
        "This kind of delivery is not offered any more",
    ]
    assert [problem["code"] for problem in tried[7:]] == ["42501", "42501"]
    assert stored == []


async def test_customers_see_their_own_orders_and_change_none(supabase: SupabaseClient, shop: App) -> None:
    program = """
    await somebody(email);
    const { data: placed } = await order([{ sku: "vase", quantity: 1 }]);
    const changed = await db.from("orders").update({ status: "paid", total: 0 }).eq("id", placed.id).select();
    const deleted = await db.from("orders").delete().eq("id", placed.id).select();
    const cheaper = await db.from("price_list").update({ amount: 1 }).eq("sku", "vase").select();
    const own = await db.from("orders").select();
    await db.auth.signOut();
    await somebody(another);
    const others = await db.from("orders").select();
    const prices = await db.from("price_list").select("amount").eq("sku", "vase");
    return [changed, deleted, cheaper, own, others, prices].map(({ data }) => data);
    """
    changed, deleted, cheaper, own, others, prices = await run(supabase, shop, program)
    assert (changed, deleted, cheaper, others) == ([], [], [], [])
    assert [(one["total"], one["status"]) for one in own] == [(3890, "placed")]
    assert prices == [{"amount": 3400}]
