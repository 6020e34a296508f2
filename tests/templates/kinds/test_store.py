"""The kind `store`: sums that are right, a cart that stays, orders of a shop without and with a database."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from templates.settings import PACKAGED_CONTENT
from tests.templates.conftest import Build
from tests.templates.edge import KEY, URL, Edge
from tests.templates.test_app_in_browser import ENV, serve

from .conftest import Evaluate, Look

KIND = "store"
pytestmark = pytest.mark.xdist_group("kind-store")

SQL = (PACKAGED_CONTENT / "store/supabase/store.sql").read_text()
PRICE = re.compile(r"^  \('([^']+)', '([^']+)', (\d+), (\d+|null), (true|false)\)", re.MULTILINE)
ADDRESS = {
    "E-mail address": "ada@example.com",
    "Name": "Ada Example",
    "Street and number": "1 Mill Lane",
    "Postcode": "1010",
    "City": "Vienna",
}
STATED = """
const { PRODUCTS } = await load("catalogue.ts");
const { DELIVERIES } = await load("shop.ts");
const { titleOf } = await load("store/cart.ts");
return [
  ...PRODUCTS.flatMap((product) => product.variants.map((one) =>
    [one.sku, titleOf(product, one), one.amount, null, !one.soldOut])),
  ...DELIVERIES.map(({ id, amount, freeFrom }) => [`delivery:${id}`, null, amount, freeFrom ?? null, true]),
];
"""
CART = """
const { itemsOf, totalsOf, orderLines, deliveryCost, withinReason, goodsOf } = await load("store/cart.ts");
const variant = (sku, amount, more) => ({ sku, label: "", amount, ...more });
const products = [
  { slug: "a", name: "A", variants: [variant("a", 1999), variant("gone", 5, { soldOut: true })] },
  { slug: "b", name: "B", variants: [variant("b", 333)] },
];
"""


def in_the_cart(page: Page, slug: str = "wool-blanket") -> None:
    page.goto(f"{page.url.split('/', 3)[0]}//{page.url.split('/', 3)[2]}/products/{slug}")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.get_by_role("dialog", name="Cart")).to_be_visible()


def to_checkout(page: Page) -> None:
    page.get_by_role("dialog").get_by_role("link", name="Check out").click()
    expect(page.get_by_role("heading", name="Contact")).to_be_visible()


def without_an_address(page: Page) -> None:
    page.get_by_role("button", name="Place a trial order").click()
    expect(page.get_by_label("E-mail address")).to_be_focused()


def addressed(page: Page) -> None:
    for label, value in ADDRESS.items():
        page.get_by_label(label, exact=True).fill(value)


def ordered(page: Page) -> None:
    addressed(page)
    page.get_by_role("button", name="Place a trial order").click()
    expect(page.get_by_role("heading", name="Your trial order is done")).to_be_visible()


def to_orders(page: Page) -> None:
    page.get_by_role("link", name="To your orders").click()
    expect(page.get_by_role("heading", name="Orders")).to_be_visible()


def kept(page: Page, name: str) -> Any:
    return json.loads(page.evaluate(f"localStorage.getItem('testapp00001:{name}')") or "[]")


def test_the_server_has_the_same_prices_as_the_pages(evaluate: Evaluate) -> None:
    listed = {row[0]: row[1:] for row in PRICE.findall(SQL)}
    for sku, title, amount, free_from, available in evaluate(STATED):
        said, *rest = listed.pop(sku)
        assert rest == [str(amount), str(free_from or "null"), "true" if available else "false"], sku
        assert title in {None, said}
    assert listed == {}


def test_sums_are_of_whole_cents(evaluate: Evaluate) -> None:
    script = (
        CART
        + """
    const items = itemsOf([
      { sku: "a", quantity: 2 }, { sku: "b", quantity: 1 }, { sku: "b", quantity: 2 },
      { sku: "gone", quantity: 1 }, { sku: "unknown", quantity: 1 },
    ], products);
    const way = { id: "post", label: "", hint: "", amount: 490, freeFrom: 5000 };
    return {
      items: items.map(({ sku, quantity }) => [sku, quantity]),
      totals: totalsOf(orderLines(items), way),
      free: [4999, 5000].map((goods) => deliveryCost(way, goods)),
      pickup: deliveryCost({ ...way, amount: 0, freeFrom: undefined }, 1),
      reason: [0, -4, 2.9, 999, NaN].map(withinReason),
      none: goodsOf([]),
    };
    """
    )
    found = evaluate(script)
    assert found["items"] == [["a", 2], ["b", 3]]
    assert found["totals"] == {"goods": 4997, "delivery": 490, "total": 5487}
    assert found["free"] == [490, 0]
    assert (found["pickup"], found["none"]) == (0, 0)
    assert found["reason"] == [1, 1, 2, 20, 1]


def test_money_is_written_as_its_currency_is(evaluate: Evaluate) -> None:
    script = """
    const { formatMoney } = await load("store/money.ts");
    return [formatMoney(1250, "EUR", "en"), formatMoney(1250, "JPY", "en"), formatMoney(5, "USD", "en")];
    """
    assert evaluate(script) == ["€12.50", "¥1,250", "$0.05"]


def test_products_are_found_by_words_category_and_price(evaluate: Evaluate) -> None:
    script = """
    const { PRODUCTS } = await load("catalogue.ts");
    const { find, fromAmount } = await load("store/search.ts");
    const slugs = (wanted) => find(PRODUCTS, wanted).map(({ slug }) => slug);
    const cheapest = find(PRODUCTS, { order: "cheapest" }).map(fromAmount);
    const dearest = find(PRODUCTS, { order: "dearest" }).map(fromAmount);
    return {
      word: slugs({ words: " MÚG  ocean " }), category: slugs({ category: "Kitchen" }),
      both: slugs({ words: "mug", category: "Desk" }), all: slugs({}).length,
      rising: cheapest.every((amount, at) => !at || amount >= cheapest[at - 1]),
      falling: dearest.every((amount, at) => !at || amount <= dearest[at - 1]),
    };
    """
    found = evaluate(script)
    assert found["word"] == ["stoneware-mug"]
    assert found["category"] == ["stoneware-mug", "serving-bowl"]
    assert found["both"] == []
    assert (found["all"], found["rising"], found["falling"]) == (12, True, True)


def test_nothing_is_wrong_with_how_it_looks_from_catalogue_to_order(look: Look) -> None:
    look("/", in_the_cart, to_checkout, without_an_address, ordered, to_orders)


def test_what_is_searched_for_stands_in_the_address(page: Page, url: str) -> None:
    page.goto(url)
    products = page.get_by_role("region", name="Products")
    expect(products.get_by_role("listitem")).to_have_count(12)
    page.get_by_role("button", name="Desk").click()
    page.get_by_label("Search products").fill("pencil")
    expect(products.get_by_role("listitem")).to_have_text([re.compile("Pencil set")])
    page.reload()
    expect(page.get_by_role("button", name="Desk")).to_have_attribute("aria-pressed", "true")
    expect(products.get_by_role("status")).to_have_text("1 product")
    page.get_by_label("Search products").fill("anvil")
    page.get_by_role("button", name="Show all products").click()
    expect(products.get_by_role("listitem")).to_have_count(12)


def test_the_cart_is_the_same_in_all_tabs_and_after_coming_back(page: Page, url: str) -> None:
    other = page.context.new_page()
    other.goto(url)
    page.goto(url)
    page.get_by_role("link", name="Stoneware mug").press("Enter")
    page.get_by_role("radio", name="Moss").click()
    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="Add to cart").click()
    cart = page.get_by_role("dialog", name="Cart")
    expect(cart.get_by_role("link", name="Stoneware mug, Moss")).to_be_visible()
    expect(cart).to_contain_text("€36.00")
    page.keyboard.press("Escape")
    expect(other.get_by_role("button", name="Cart, 2 items")).to_be_visible()
    other.goto(f"{url}/cart")
    other.get_by_role("button", name="One more").click()
    expect(page.get_by_role("button", name="Cart, 3 items")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Cart, 3 items")).to_be_visible()
    other.get_by_role("button", name="Remove Stoneware mug, Moss").click()
    expect(other.get_by_text("Your cart is empty")).to_be_visible()
    expect(other.get_by_role("main")).to_be_focused()
    expect(page.get_by_role("button", name="Cart, 0 items")).to_be_visible()


def test_a_shop_without_a_database_says_that_orders_are_trials(page: Page, url: str) -> None:
    page.goto(url)
    in_the_cart(page, "soy-candle")
    to_checkout(page)
    expect(page.get_by_text("This shop takes no orders yet")).to_be_visible()
    page.get_by_text("Express").click()
    ordered(page)
    expect(page.get_by_text("Nobody has received it")).to_be_visible()
    (order,) = kept(page, "orders")
    assert (order["trial"], order["deliveryAmount"], order["total"]) == (True, 1190, 3390)
    assert order["address"]["city"] == "Vienna"
    expect(page.get_by_role("button", name="Cart, 0 items")).to_be_visible()
    page.reload()
    to_orders(page)
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_text(
        [re.compile(r"€33\.90.*Trial", re.DOTALL)]
    )


def test_an_unknown_product_has_a_way_back(page: Page, url: str) -> None:
    page.goto(f"{url}/products/nothing")
    page.get_by_role("link", name="To the products").click()
    expect(page.get_by_role("heading", name="Good things for every day")).to_be_visible()


@dataclass
class Shop:
    """The tables of a shop, as its database answers for them; `refusal` is said to the next order."""

    refusal: str | None = None
    candle: int = 2400
    unreadable: bool = False
    asked: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        request = route.request
        headers = {"access-control-allow-origin": "*", "access-control-allow-headers": "*"}
        if request.method == "OPTIONS":
            route.fulfill(headers=headers)
        elif "/price_list" in request.url:
            amounts = {"candle": self.candle, "delivery:standard": 490}
            prices = [
                {"sku": sku, "amount": amount, "available": True, "free_from": None}
                for sku, amount in amounts.items()
            ]
            route.fulfill(
                json=[{"id": one["sku"], "created_at": "", **one} for one in prices], headers=headers
            )
        elif request.method == "GET" and self.unreadable:
            route.fulfill(status=500, json={"code": "XX000", "message": "away"}, headers=headers)
        elif request.method == "GET":
            route.fulfill(json=self.orders[::-1], headers=headers)
        elif self.refusal:
            route.fulfill(status=400, json={"code": "P0001", "message": self.refusal}, headers=headers)
            self.refusal, self.candle = None, 2500
        else:
            order: dict[str, Any] = request.post_data_json or {}
            self.asked.append(order)
            self.orders.append(self._priced(order))
            route.fulfill(status=201, json={"id": self.orders[-1]["id"]}, headers=headers)

    def _priced(self, order: dict[str, Any]) -> dict[str, Any]:
        lines = [{**line, "title": "Soy candle", "amount": 2500} for line in order["lines"]]
        known = {"id": "0b0e9f5c-0000-4000-8000-000000000000", "created_at": "2026-01-01T00:00:00+00:00"}
        return {**order, **known, "lines": lines, "delivery_amount": 490, "total": 2990, "status": "placed"}


@pytest.fixture(scope="module")
def with_database(build: Build) -> Iterator[str]:
    yield from serve(build(Path(__file__).parent / "shop", KIND))


def test_a_shop_with_a_database_has_its_prices_people_and_orders(
    context: BrowserContext, with_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENV, "SUPABASE_URL", URL)
    monkeypatch.setitem(ENV, "SUPABASE_PUBLISHABLE_KEY", KEY)
    edge, shop = Edge(), Shop(refusal="Prices have changed since you opened this page")
    edge.serve(context)
    context.route(f"{URL}/rest/v1/**", shop.answer)
    edge.account("ada@example.com", "a long password")
    page = context.new_page()
    page.goto(with_database)
    candle = page.get_by_role("listitem").filter(has_text="Soy candle")
    expect(candle).to_contain_text("€24.00")
    mug = page.get_by_role("listitem").filter(has_text="Stoneware mug")
    expect(mug).to_contain_text("Sold out")  # the list of prices lacks it, so it could not be ordered
    in_the_cart(page, "soy-candle")
    page.get_by_role("dialog").get_by_role("link", name="Check out").click()
    page.get_by_label("E-mail address").fill("ada@example.com")
    page.get_by_label("Password").fill("a long password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Checkout")).to_be_visible()
    addressed(page)
    page.get_by_role("button", name="Place order for €28.90").click()
    expect(page.get_by_role("alert")).to_contain_text("Prices have changed since you opened this page.")
    expect(page.get_by_label("City")).to_have_value("Vienna")
    page.get_by_role("button", name="Place order for €29.90").click()
    expect(page.get_by_role("heading", name="Thank you for your order")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("€29.90")
    (asked,) = shop.asked
    assert asked["lines"] == [{"sku": "candle", "quantity": 1}]
    assert (asked["expected"], asked["delivery"]) == (2990, "standard")
    assert {"total", "user_id", "status"}.isdisjoint(asked)
    expect(page.get_by_role("button", name="Cart, 0 items")).to_be_visible()
    shop.unreadable = True
    page.reload()
    expect(page.get_by_role("heading", name="Thank you for your order")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("could not be read")
    shop.unreadable = False
    page.reload()
    to_orders(page)
    expect(page.get_by_role("main").get_by_role("listitem")).to_contain_text("Placed")
