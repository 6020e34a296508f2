"""`make demo`: from a prompt to a live app, told as it happens, and then served until Ctrl-C."""

import asyncio
import os
import sys
import time
from typing import Any

import httpx

from dev.stack.client import ApiClient, ApiError
from dev.stack.config import StackConfig
from dev.stack.progress import Progress
from dev.stack.stack import Stack

DEFAULT_PROMPT = (
    "A reading list: every book has a title, an author, a rating and a done flag."
    " There is a form to add a book and a statistics page."
)
LISTED_APPS = 5


async def demo(config: StackConfig) -> int:
    """Exit status 0 when the new app was seen to be live, or Ctrl-C ended the serving."""
    prompt = os.environ.get("PROMPT") or DEFAULT_PROMPT
    if not prompt.strip():
        sys.stderr.write('PROMPT is blank: say what to build, as in PROMPT="A plant diary"\n')
        return 2
    oneshot = os.environ.get("ONESHOT", "") not in {"", "0"}
    began = time.monotonic()
    _say("Starting the stack …")
    async with Stack(config) as stack:
        _say(f"Everything serves after {time.monotonic() - began:.1f} s. Logs: {_logs(config)}")
        _say(f"Model: {_model(config)}")
        client = ApiClient(stack.api_url, stack.api_key)
        try:
            earlier = await client.apps()
            url = await _build(stack, client, prompt)
            await _print_earlier(stack, earlier)
        except (ApiError, NotLiveError) as error:
            sys.stderr.write(f"The demo failed: {error}\nThe logs are in {_logs(config)}.\n")
            return 1
        finally:
            await client.close()
        _print_addresses(stack, url)
        if not oneshot:
            _say("Serving. Ctrl-C stops everything; what you made is kept.")
            await asyncio.Event().wait()
    return 0


class NotLiveError(Exception):
    """The run did not end with a live app."""


async def _build(stack: Stack, client: ApiClient, prompt: str) -> str:
    """Create the app, follow it to its end, and load it as a visitor would; returns its address."""
    _say(f"\n“{prompt}”\n")
    app, run = await client.create_app(prompt)
    progress = Progress(str(run["id"]))
    async for event in client.follow(str(app["id"])):
        progress.take(event)
        if progress.ended is not None:
            break
    if progress.ended is None or progress.ended.type != "run.succeeded" or progress.url is None:
        data = progress.ended.data if progress.ended else {}
        raise NotLiveError(f"run {run['id']} did not succeed: {data.get('message', 'it was cancelled')}")
    _say(_cost(await client.usage(str(app["id"]))))
    await verify(stack, progress.url)
    _say(f"Loaded as a visitor would: the page and what it needs answer at {progress.url}")
    return progress.url


async def verify(stack: Stack, url: str) -> None:
    """Raises NotLiveError unless the page and every script and style it names answer."""
    page = await _load(stack, url)
    wanted = _assets(page.text)
    if not wanted:
        raise NotLiveError(f"{url} answers, but its page loads no script")
    for path in wanted:
        await _load(stack, str(httpx.URL(url).join(path)))


async def _load(stack: Stack, url: str) -> httpx.Response:
    """Local addresses are asked at the edge's own: not every resolver knows `*.localhost`."""
    address = httpx.URL(url)
    headers = {}
    if address.host.endswith(".localhost"):
        headers["host"] = address.netloc.decode()
        address = httpx.URL(stack.edge_apps_url).join(address.raw_path.decode())
    try:
        async with httpx.AsyncClient(timeout=20, trust_env=not headers) as client:
            response = await client.get(address, headers=headers)
    except httpx.TransportError as error:
        raise NotLiveError(f"{url} does not answer: {error}") from error
    if response.status_code != httpx.codes.OK:
        raise NotLiveError(f"{url} answers {response.status_code}")
    return response


def _assets(html: str) -> list[str]:
    """What `src` and `href` of the page's scripts and styles name."""
    found = []
    for piece in html.split("<")[1:]:
        tag = piece.partition(">")[0]
        attribute = {"script": 'src="', "link": 'href="'}.get(tag.split(maxsplit=1)[0] if tag else "")
        if attribute and attribute in tag:
            found.append(tag.partition(attribute)[2].partition('"')[0])
    return found


async def _print_earlier(stack: Stack, apps: list[dict[str, Any]]) -> None:
    """Apps of earlier runs, with whether they still answer."""
    live = [(app["name"], one["url"]) for app in apps for one in app["live"].values()]
    if live:
        _say("\nEarlier apps:")
    for name, url in live[:LISTED_APPS]:
        try:
            await verify(stack, url)
            state = "answers"
        except NotLiveError as error:
            state = f"does not answer: {error}"
        _say(f"  {name}: {url} ({state})")
    if len(live) > LISTED_APPS:
        _say(f"  and {len(live) - LISTED_APPS} more: GET {stack.api_url}/v1/apps")


def _print_addresses(stack: Stack, url: str) -> None:
    app = (httpx.URL(url).host or "").partition(".")[0].removesuffix("-preview")
    _say(
        f"""
  Your app   {url}
  API        {stack.api_url}
  API docs   {stack.api_url}/docs
  Mails      {stack.config.url("mail")} (what apps send to people, as for a forgotten password)
  API key    {stack.api_key}

Change it:
  curl -X POST {stack.api_url}/v1/apps/{app}/messages \\
    -H 'Authorization: Bearer {stack.api_key}' -H 'Content-Type: application/json' \\
    -d '{{"content": "Rename the heading to My shelf"}}'
"""
    )


def _cost(usage: dict[str, Any]) -> str:
    lines = usage["lines"]
    sent = sum(line[f"{kind}_tokens"] for line in lines for kind in ("input", "cache_read", "cache_write"))
    written = sum(line["output_tokens"] for line in lines)
    turns = sum(line["turns"] for line in lines)
    dollars = usage["cost_microdollars"] / 1e6
    return f"\n{turns} turns, {sent:,} tokens in, {written:,} tokens out: ${dollars:.4f} at list prices"


def _logs(config: StackConfig) -> str:
    return str(config.state / "logs")


def _say(text: str) -> None:
    print(text, flush=True)


def _model(config: StackConfig) -> str:
    if config.simulated:
        return "a simulator, as neither ANTHROPIC_API_KEY nor OPENAI_API_KEY is set"
    return config.model
