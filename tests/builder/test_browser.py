"""What a real browser finds on pages that are in order, that are broken, and that attack it."""

import asyncio
import gc
import os
import signal
import socket
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from builder.clients.browser.page import Page
from builder.clients.browser.tour import MAX_ROUTES
from builder.clients.sandbox.levels import Level
from builder.domain.looks import NARROW, WIDE, Trouble
from builder.domain.pages import judge
from builder.domain.serving import Site
from builder.domain.sourcemaps import SourceMaps
from common.contracts import PageFinding, PagesState, Severity
from tests.builder.browsers import LIMITS, MB, SECONDS, browser, judged, look, page
from tests.builder.machine import browser_levels, needs_browser

pytestmark = needs_browser()

LOOP = "The page does not come to rest"


def kinds(findings: tuple[PageFinding, ...], severity: Severity = Severity.ERROR) -> set[str]:
    return {found.kind for found in findings if found.severity is severity}


@pytest.mark.parametrize("level", browser_levels())
async def test_a_page_in_order_passes_and_is_photographed(level: Level) -> None:
    seen = await look(page("document.title = 'Ready'"), level=level)
    found = judge(seen, SourceMaps({}, {}))
    assert (found.state, found.findings, found.message) == (PagesState.PASSED, (), None)
    assert {(visit.route, visit.width) for visit in seen.visits} == {("/", NARROW), ("/", WIDE)}
    assert seen.thumbnails["/"][8:12] == b"WEBP"


async def test_routes_of_the_table_and_links_are_visited() -> None:
    script = """
        const routes = [{ path: "/table" }, { path: `/items/:id` }];
        document.querySelector("main").innerHTML =
          `<h1>At ${location.pathname}</h1><a href="/linked">Linked</a><a href="https://elsewhere.test/">Else</a>`;
        if (location.pathname === "/linked") throw new Error("broken behind the link");
    """
    seen = await look(page(script))
    assert {visit.route for visit in seen.visits} == {"/", "/table", "/linked"}
    found = judge(seen, SourceMaps({}, {}))
    assert [(one.route, one.widths, one.message) for one in found.findings] == [
        ("/linked", (NARROW, WIDE), "Error: broken behind the link")
    ]


WORKER = b"""
    const ports = globalThis.postMessage ? [globalThis] : [];
    const tell = (words) => ports.forEach((port) => port.postMessage(words));
    const asked = ["/assets/data.json", "https://api.test/x"].map((url) =>
      fetch(url).then((r) => r.text(), () => "nothing").then((words) => `${url}: ${words}`));
    Promise.all(asked).then((words) => setTimeout(() => tell(words.join(", ")), 0));
    onconnect = (event) => ports.push(...event.ports);
"""
WORKERS = {
    "new Worker('/assets/w.js')": "/assets/data.json: artifact, https://api.test/x: nothing",
    "new SharedWorker('/assets/w.js').port": "/assets/data.json: nothing, https://api.test/x: nothing",
}


@pytest.mark.parametrize("worker", WORKERS)
async def test_a_worker_is_served_the_artifact_or_nothing(worker: str) -> None:
    script = f"""
        const worker = {worker};
        worker.onmessage = (event) => console.error(event.data);
    """
    files = {**page(script), "assets/w.js": WORKER, "assets/data.json": b"artifact"}
    seen = await look(files)
    heard = {one.message for visit in seen.visits for one in visit.seen if one.trouble is Trouble.CONSOLE}
    assert heard == {WORKERS[worker]}
    assert judge(seen, SourceMaps({}, {})).state is PagesState.PASSED


async def test_an_app_that_registers_a_service_worker_passes_without_it() -> None:
    files = {**page("navigator.serviceWorker.register('/sw.js')"), "sw.js": b"onfetch = () => {}"}
    found = await judged(files)
    assert found.state is PagesState.PASSED
    assert kinds(found.findings, Severity.WARNING) == {"unreachable"}


async def test_what_a_page_throws_while_the_window_changes_is_not_the_next_pages_error() -> None:
    script = "if (location.pathname === '/') onresize = () => { throw new Error('too late') }"
    site = Site(page(script), "testtesttest")
    async with browser() as running:
        tab = await Page.open(running.process.connection, NARROW, axe="")
        await tab.load(site, "/")
        tab.begin()
        await tab.resize(WIDE)
        await tab.ask("probe.idle()")
        await tab.load(site, "/next")
        assert tab.seen == []
        assert await tab.ask("innerWidth") == WIDE


async def test_what_was_seen_is_told_in_the_order_of_the_routes() -> None:
    script = """
        const routes = [{ path: '/a' }, { path: '/b' }, { path: '/c' }];
        document.forms[0].n.placeholder = location.pathname;
    """
    seen = await look(page(script, FORM))
    paths = ["/", "/a", "/b", "/c"]
    visits = [(visit.route, visit.width) for visit in seen.visits if not visit.trying]
    assert visits == [(path, width) for path in paths for width in (NARROW, WIDE)]
    tried = [(visit.route, visit.width) for visit in seen.visits if visit.trying]
    assert tried == [(path, NARROW) for path in paths]
    assert list(seen.thumbnails) == paths


async def test_a_form_that_several_pages_show_is_tried_once() -> None:
    script = """
        const routes = [{ path: '/a' }, { path: '/b' }];
        const sent = (e) => { e.preventDefault(); console.error(`${e.target.id} sent`) };
        for (const form of document.forms) form.onsubmit = sent;
        if (location.pathname !== '/b') document.forms.own.remove();
    """
    shared = "<form id=shared><label>Find <input name=q></label><button>Find</button></form>"
    own = "<form id=own><label>Name <input name=n></label><button>Save</button></form>"
    seen = await look(page(script, f"<h1>A</h1>{shared}{own}"))
    tried = [(visit.route, *(one.message for one in visit.seen)) for visit in seen.visits if visit.trying]
    assert tried == [("/", "shared sent"), ("/b", "own sent")]


async def test_an_app_that_links_to_ever_new_pages_is_bounded() -> None:
    script = """
        const next = Number(location.pathname.slice(1)) + 1;
        document.querySelector("main").innerHTML = `<a href="/${next}">1</a><a href="/${next * 2}">2</a>`;
    """
    seen = await look(page(script))
    assert len({visit.route for visit in seen.visits}) == MAX_ROUTES


MICROTASKS = "const f = () => Promise.resolve().then(f); f()"
TASKS = """
    const channel = new MessageChannel();
    const work = () => { for (let i = 0; i < 1e6; i++); channel.port2.postMessage(0); };
    channel.port1.onmessage = work;
    work();
"""
REACTS = "throw new Error('Minified React error #185; visit https://react.dev/errors/185')"

CERTAIN = {
    "throws": ("null.x", "uncaught_error", "TypeError: Cannot read properties of null"),
    "throws text": ("throw 'only text'", "uncaught_error", "only text"),
    "rejects": ("Promise.reject(new Error('left alone'))", "uncaught_error", "Error: left alone"),
    "throws soon": ("setTimeout(() => { later() }, 0)", "uncaught_error", "later is not defined"),
    "blank": ("document.querySelector('#root').innerHTML = ''", "blank_page", "stays blank"),
    "no image": ("new Image().src = '/no.png'", "failed_request", "/no.png answers 404"),
    "no server": ("fetch('/x', {method: 'POST'}).catch(() => {})", "failed_request", "POST /x answers 405"),
    "loop": ("while (true);", "endless_loop", LOOP),
    "loop of microtasks": (MICROTASKS, "endless_loop", LOOP),
    "loop of tasks": (TASKS, "endless_loop", LOOP),
    "reloads": ("location.reload()", "endless_loop", LOOP),
    "dialogs": ("while (true) alert('again')", "endless_loop", "one dialog after the other"),
    "React's own limit": (REACTS, "endless_loop", "Maximum update depth exceeded"),
}


@pytest.mark.parametrize(("script", "kind", "message"), CERTAIN.values(), ids=CERTAIN)
async def test_what_is_certain_fails_the_check(script: str, kind: str, message: str) -> None:
    roomy = replace(LIMITS, memory_bytes=2 * LIMITS.memory_bytes)  # a loop of microtasks fills it soon
    found = await judged(page(script), limits=roomy)
    assert found.state is PagesState.FAILED
    assert kinds(found.findings) == {kind}
    assert message in found.findings[0].message
    assert found.message is not None
    assert message in found.message


async def test_a_page_that_is_given_up_leaves_no_task_that_fails_unseen() -> None:
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unseen.append(context))
    await look(page("while (true) alert('again')"))
    gc.collect()
    assert unseen == []


FORM = "<h1>A</h1><form><label>Name <input name=n></label><button>Save</button></form>"
THROWS = "document.forms[0].onsubmit = (e) => { e.preventDefault(); null.saved }"
STORES = """
    if (localStorage.x) JSON.parse(localStorage.x);
    document.forms[0].onsubmit = (e) => { e.preventDefault(); localStorage.x = "no json" };
"""
NO_NAME = "<h1>A</h1><img width=9 height=9 src='data:image/png;base64,AA=='>"
CUT = "<h1>A</h1><p style='height:8px;overflow:hidden'>cut off</p>"
API = "https://api.test/x"

ADVICE = {
    "console": (page("console.error('odd', 5)"), "console_error", "odd 5"),
    "other server": (page(f"fetch('{API}').catch(() => {{}})"), "unreachable", f"{API} is asked for"),
    "fails without it": (page(f"fetch('{API}')"), "uncaught_error", "Failed to fetch"),
    "live server": (
        page("new WebSocket('wss://live.test/')"),
        "unreachable",
        "wss://live.test/ is asked for",
    ),
    "wide": (page(body="<h1>A</h1><p style='width:2000px'>wide</p>"), "overflow", '<p> "wide"'),
    "cut off": (page(body=CUT), "clipped_text", '<p> "cut off"'),
    "image without name": (page(body=NO_NAME), "accessibility", "<img"),
    "pale": (page(body="<h1>A</h1><p style='color:#eee'>pale</p>"), "accessibility", "contrast"),
    "form": (page(THROWS, FORM), "uncaught_error", "After a form was filled in"),
    "reload after a form": (page(STORES, FORM), "uncaught_error", "After a form was filled in"),
}


@pytest.mark.parametrize(("files", "kind", "message"), ADVICE.values(), ids=ADVICE)
async def test_what_is_not_certain_is_advice(files: dict[str, bytes], kind: str, message: str) -> None:
    found = await judged(files)
    assert found.state is PagesState.PASSED, found.findings
    assert kind in kinds(found.findings, Severity.WARNING)
    assert any(one.kind == kind and message in one.message for one in found.findings), found.findings


ATTACKS = {
    "loopback": "fetch('http://127.0.0.1:%d/').then(() => document.title = 'reached', () => {})",
    "loopback by websocket": "new WebSocket('ws://127.0.0.1:%d/')",
    "loopback by event source": "new EventSource('http://localhost:%d/')",
    "loopback by worker": (
        "new Worker(URL.createObjectURL(new Blob([`fetch('http://127.0.0.1:%d/', {mode: 'no-cors'})`])))"
    ),
    "loopback by webrtc": (
        "const iceServers = [{urls: 'turn:127.0.0.1:%d?transport=tcp', username: 'u', credential: 'c'}];"
        "const p = new RTCPeerConnection({iceServers}); p.createDataChannel('x');"
        "p.createOffer().then((o) => p.setLocalDescription(o))"
    ),
    "loopback by beacon and frame": (
        "navigator.sendBeacon('http://127.0.0.1:%d/', 'x');"
        "const f = document.createElement('iframe'); f.src = 'http://127.0.0.1:%d/'; document.body.append(f)"
    ),
}


@pytest.mark.parametrize("level", browser_levels())
async def test_a_page_reaches_no_server_of_the_machine(level: Level) -> None:
    reached = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            try:
                server.accept()[0].close()
                reached.set()
            except OSError:
                pass

        waiting = threading.Thread(target=accept, daemon=True)
        waiting.start()
        port = str(server.getsockname()[1])
        attacks = "\n".join(f"{{ {attack} }}" for attack in ATTACKS.values())
        seen = await look(page(attacks.replace("%d", port)), level=level)
        server.shutdown(socket.SHUT_RDWR)
        waiting.join()
    assert not reached.is_set()
    assert seen.problem is None
    assert seen.visits
    # All of them were tried: the last one's frame was asked for.
    assert any("127.0.0.1" in one.message for visit in seen.visits for one in visit.seen)


@pytest.mark.parametrize("level", browser_levels())
async def test_a_page_reads_no_file_of_the_machine(level: Level) -> None:
    script = """
        const tell = (text) => document.querySelector("main").append(text);
        for (const url of ["file:///etc/hostname", "file:///proc/self/environ", "chrome://version"]) {
          fetch(url).then((r) => r.text()).then((t) => { throw new Error("READ " + t) }, () => tell("no "));
          const frame = document.createElement("iframe");
          frame.src = url;
          document.body.append(frame);
        }
        setTimeout(() => { try { location.href = "file:///etc/hostname" } catch { tell("refused ") } }, 0);
    """
    seen = await look(page(script), level=level)
    assert seen.problem is None
    assert not any("READ" in one.message for visit in seen.visits for one in visit.seen)


DOWNLOADS = """
    for (let i = 0; i < 50; i++) {
      const link = Object.assign(document.createElement("a"), { download: `${i}.bin` });
      link.href = URL.createObjectURL(new Blob(["x".repeat(1e6)]));
      link.click();
    }
"""
FLOODS = {
    "windows": "for (let i = 0; i < 500; i++) window.open('/?' + i)",
    "service worker": "navigator.serviceWorker?.register('/assets/app.js').catch(() => {})",
    "downloads": DOWNLOADS,
    "console": "for (let i = 0; i < 200; i++) console.error('x'.repeat(100000))",
    "workers": "for (let i = 0; i < 300; i++) new Worker(URL.createObjectURL(new Blob(['while(true);'])))",
    "frames": "for (let i = 0; i < 200; i++) document.body.append(document.createElement('iframe'))",
    "history": "onbeforeunload = () => 'stay'; for (let i = 0; i < 150; i++) history.pushState({}, '', '/')",
    "devices": "navigator.mediaDevices?.getUserMedia({video: true}).catch(() => {}); print(); find('x')",
}


@pytest.mark.parametrize("level", browser_levels())
@pytest.mark.parametrize("script", FLOODS.values(), ids=FLOODS)
async def test_a_page_that_floods_its_browser_ends_in_time(script: str, level: Level) -> None:
    seen = await look(page(script), level=level)
    assert seen.problem is None, seen.problem
    assert seen.visits


@pytest.mark.parametrize("level", browser_levels())
@pytest.mark.parametrize(
    "script",
    [
        "const all = []; while (true) all.push(new Array(1e6).fill(Math.random()))",
        "const all = []; while (true) all.push(new Uint8Array(64e6).fill(1))",
        MICROTASKS,
    ],
)
async def test_a_page_that_takes_all_memory_is_the_apps_fault(script: str, level: Level) -> None:
    found = await judged(page(script), limits=replace(LIMITS, memory_bytes=512 * MB), level=level)
    assert found.state is PagesState.FAILED, found
    assert kinds(found.findings) & {"page_crashed", "endless_loop"}


async def test_a_flood_of_requests_is_the_apps_fault() -> None:
    found = await judged(
        page("const f = () => { for (let i = 0; i < 500; i++) fetch('/?' + i); setTimeout(f, 0) }; f()")
    )
    assert kinds(found.findings) == {"endless_loop"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_a_killed_or_stopped_browser_leaves_the_app_unchecked(how: signal.Signals) -> None:
    async with browser() as running:
        looking = asyncio.create_task(
            running.look(
                Site(page("setInterval(() => {}, 10)"), "testtesttest"),
                5.0 if how is signal.SIGSTOP else SECONDS,
            )
        )
        for process in running.process.group.processes():
            with suppress(ProcessLookupError):
                os.kill(process, how)
        found = judge(await looking, SourceMaps({}, {}))
    assert found.state is PagesState.UNCHECKED
    assert found.message


@pytest.mark.parametrize("level", browser_levels()[:2])
async def test_the_browser_sees_nothing_of_the_machine(level: Level) -> None:
    async with browser(level=level) as running:
        processes = running.process.group.processes()
        chromium = [pid for pid in processes if Path(f"/proc/{pid}/exe").resolve().name == "browser"]
        renderers = [
            pid for pid in chromium if b"--type=renderer" in Path(f"/proc/{pid}/cmdline").read_bytes()
        ]
        assert renderers
        kinds = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in chromium}
        (main,) = [pid for pid, line in kinds.items() if b"--type=" not in line]
        assert "CapEff:\t0000000000000000" in Path(f"/proc/{main}/status").read_text()
        for pid in chromium:
            status = Path(f"/proc/{pid}/status").read_text()
            assert "NoNewPrivs:\t1" in status
            assert "Seccomp:\t2" in status
            mounted = {line.split()[4] for line in Path(f"/proc/{pid}/mountinfo").read_text().splitlines()}
            assert not mounted & {"/etc", "/usr", "/home", "/var", "/work"}
            names = {
                line.split(":")[0].strip()
                for line in Path(f"/proc/{pid}/net/dev").read_text().splitlines()[2:]
            }
            assert names <= {"lo"}
        # The filter of Chromium's own sandbox lies around the one of ours.
        filters = [
            line
            for line in Path(f"/proc/{renderers[0]}/status").read_text().splitlines()
            if "filters" in line
        ]
        assert int(filters[0].split()[1]) >= 2
