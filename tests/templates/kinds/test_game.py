"""The kind `game`: rules that can be played again, and a game played by keys, touch and screen reader."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from .conftest import Evaluate, Look

KIND = "game"
pytestmark = pytest.mark.xdist_group("kind-game")

PLAYED = """
const { begin, step, isOver, levelOf } = await load("rules.ts");
const { NO_INPUT } = await load("game/controls.ts");
const play = (seed, input, steps) => {
  let state = begin(seed);
  for (let at = 0; at < steps && !isOver(state); at++)
    state = step(state, { ...NO_INPUT, ...input(state) }, 1 / 60);
  return state;
};
const toSparks = (state) => {
  const [next] = state.things.filter(({ kind }) => kind === "spark").sort((one, other) => other.y - one.y);
  return { pointer: next ? { x: next.x, y: 0 } : null };
};
"""


def at_a_menu(page: Page) -> None:
    page.get_by_role("button", name="Play", exact=True).click()
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()


def test_the_same_seed_and_input_give_the_same_game(evaluate: Evaluate) -> None:
    script = PLAYED + "return [7, 7, 8].map((seed) => play(seed, toSparks, 900));"
    one, again, other = evaluate(script)
    assert one == again != other
    assert one["score"] > 0


def test_sparks_make_points_and_levels_and_shards_end_the_game(evaluate: Evaluate) -> None:
    script = (
        PLAYED
        + """
    const thing = { id: 1, x: 200, y: 450, radius: 10, speed: 0, hue: 1 };
    const one = (kind, more) =>
      step({ ...begin(1), wait: 9, ...more, things: [{ ...thing, kind }] }, NO_INPUT, 1 / 60);
    const { worth, LIVES, GOAL } = await load("rules.ts");
    return {
      spark: one("spark"), fifth: one("spark", { streak: 5 }), shard: one("shard", { streak: 3 }),
      unharmed: one("shard", { hurt: 1 }), heart: one("heart", { lives: 1 }), full: one("heart"),
      last: isOver(one("shard", { lives: 1 })), level: levelOf(one("spark", { caught: GOAL - 1 })),
      worth: worth(99), LIVES,
    };
    """
    )
    found = evaluate(script)
    assert (found["spark"]["score"], found["spark"]["streak"], found["spark"]["things"]) == (10, 1, [])
    assert found["fifth"]["score"] == 20
    assert (found["shard"]["lives"], found["shard"]["streak"]) == (found["LIVES"] - 1, 0)
    assert found["unharmed"]["lives"] == found["LIVES"]
    assert (found["heart"]["lives"], found["full"]["lives"]) == (2, found["LIVES"])
    assert found["last"] is True
    assert (found["level"], found["worth"]) == (2, 40)


def test_the_bowl_stays_in_the_field_and_a_step_changes_no_state(evaluate: Evaluate) -> None:
    script = (
        PLAYED
        + """
    const { FIELD, BOWL } = await load("rules.ts");
    const start = Object.freeze({ ...begin(3), things: Object.freeze([]) });
    step(start, { ...NO_INPUT, left: true }, 1 / 60);
    const inputs = [{ left: true }, { right: true }, { pointer: { x: 9999, y: 0 } }];
    const ends = inputs.map((input) => play(3, () => input, 200).x);
    return { ends, least: BOWL.width / 2, most: FIELD.width - BOWL.width / 2 };
    """
    )
    found = evaluate(script)
    assert found["ends"] == [found["least"], found["most"], found["most"]]


def test_steps_come_at_a_fixed_rate_whatever_the_frames(evaluate: Evaluate) -> None:
    script = """
    const { due } = await load("game/loop.ts");
    const seconds = (rate, frames) => {
      let [owed, steps] = [0, 0];
      for (let at = 0; at < frames; at++) {
        const now = due(owed, 1 / rate);
        owed = now.owed;
        steps += now.steps;
      }
      return steps;
    };
    return [seconds(30, 30), seconds(60, 60), seconds(144, 144), due(0, 60).steps, due(0, -1).steps];
    """
    assert evaluate(script) == [60, 60, 60, 15, 0]


def test_nothing_is_wrong_with_how_it_looks(look: Look) -> None:
    look("/", at_a_menu)


def test_it_is_played_by_keyboard_and_pauses(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("button", name="Play", exact=True).press("Enter")
    stage = page.get_by_role("group", name="Game")
    expect(stage).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Go on")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Paused")).to_have_count(0)
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.get_by_role("heading", name="Paused")).to_be_visible()
    page.evaluate("addEventListener('keydown', (event) => (window.taken = event.defaultPrevented))")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("taken") is False, "a menu is scrolled by keys"
    page.get_by_role("button", name="To the beginning").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("taken") is True


def test_a_game_ends_is_announced_and_its_score_is_kept(page: Page, url: str) -> None:
    page.clock.install()
    page.goto(url)
    page.get_by_role("button", name="Play", exact=True).click()
    over = page.get_by_role("heading", name="Game over")
    page.keyboard.down("ArrowLeft")
    for way in range(400):
        if over.count():
            break
        page.keyboard.up("ArrowRight" if way % 2 else "ArrowLeft")
        page.keyboard.down("ArrowLeft" if way % 2 else "ArrowRight")
        page.clock.run_for(700)
    expect(over).to_be_visible()
    expect(page.get_by_role("status")).to_contain_text(re.compile(r"Game over\. \d+ points"))
    expect(page.get_by_role("button", name="Play again")).to_be_focused()
    kept = json.loads(page.evaluate("localStorage.getItem('testapp00001:scores')"))
    best = page.get_by_role("region", name="Best scores").get_by_role("listitem")
    expect(best.first).to_contain_text(str(kept[0]["points"]))


def test_fingers_have_buttons_and_silence_is_remembered(browser: Browser, url: str) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    page.goto(url)
    expect(page.get_by_role("button", name="Move left")).to_be_disabled()
    page.get_by_role("button", name="Play", exact=True).tap()
    expect(page.get_by_role("button", name="Move left")).to_be_enabled()
    page.get_by_role("button", name="Turn the sound off").tap()
    page.reload()
    expect(page.get_by_role("button", name="Turn the sound on")).to_be_visible()
    phone.close()
