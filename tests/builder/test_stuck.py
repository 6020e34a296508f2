"""Where a page that never comes to rest runs: in the app's own code, whatever else takes the time."""

from builder.domain.looks import Trouble
from tests.builder.browsers import look, page
from tests.builder.machine import needs_browser

pytestmark = needs_browser()

# A scheduler of tasks without end, of which one in a thousand calls the app.
LIBRARY = b"""
const channel = new MessageChannel();
let tasks = 0;
const until = (time) => { while (performance.now() < time); };
channel.port1.onmessage = () => {
  until(performance.now() + 0.2);
  if (++tasks % 1000 === 0) globalThis.work();
  channel.port2.postMessage(0);
};
export const start = () => channel.port2.postMessage(0);
"""
APP = """
globalThis.work = function work() { document.title += "."; };
import("./vendor-scheduler.js").then(({ start }) => start());
"""


async def test_a_page_that_is_kept_busy_by_a_library_is_stopped_where_that_calls_the_app() -> None:
    seen = await look(page(APP) | {"assets/vendor-scheduler.js": LIBRARY})
    spots = [one.spots for visit in seen.visits for one in visit.seen if one.trouble is Trouble.ENDLESS]
    assert [(spot.path, spot.line) for found in spots for spot in found[:1]] == [("assets/app.js", 2)]
