"""Shows what came in: JSON for tests, pages for people."""

import dataclasses
import html

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from dev.mail.mailbox import Mailbox, Received

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:860px;margin:32px auto;padding:0 16px;color:#1f2430}"
    "a{color:#1d4ed8}li{margin:0 0 14px}small{color:#5b6472}iframe{width:100%;height:480px;border:1px solid "
    "#d5d9e0;border-radius:8px}pre{white-space:pre-wrap;background:#f5f6f8;padding:16px;border-radius:8px}"
)


def create_app(mailbox: Mailbox) -> Starlette:
    """`GET /mails?to=address` answers the mails as JSON, newest first, and `DELETE /mails` forgets them."""

    async def mails(request: Request) -> Response:
        if request.method == "DELETE":
            mailbox.clear()
            return Response(status_code=204)
        found = mailbox.find(request.query_params.get("to"))
        return JSONResponse({"items": [dataclasses.asdict(mail) for mail in found]})

    async def inbox(_request: Request) -> Response:
        items = "".join(
            f'<li><a href="/{mail.id}">{html.escape(mail.subject)}</a><br><small>to '
            f"{html.escape(', '.join(mail.recipients))} · {mail.at}</small></li>"
            for mail in mailbox.find()
        )
        return _page("Mails", f"<ul>{items}</ul>" if items else "<p>No mails yet.</p>")

    async def one(request: Request) -> Response:
        mail = mailbox.get(request.path_params["mail_id"])
        return Response("Not found", 404) if mail is None else _page(mail.subject, _shown(mail))

    async def healthz(_request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    return Starlette(
        routes=[
            Route("/", inbox),
            Route("/mails", mails, methods=["GET", "DELETE"]),
            Route("/healthz", healthz),
            Route("/{mail_id:int}", one),
        ]
    )


def _shown(mail: Received) -> str:
    # A mail is an app's: no script of it runs here, and links open beside.
    frame = (
        f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" '
        f'srcdoc="{html.escape("<base target=_blank>" + mail.html)}"></iframe>'
    )
    names = html.escape(f"from {mail.sender} to {', '.join(mail.recipients)}")
    return f"<p><small>{names}</small></p>{frame if mail.html else ''}<pre>{html.escape(mail.text)}</pre>"


def _page(title: str, body: str) -> Response:
    head = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{html.escape(title)}</title>'
    return HTMLResponse(f"{head}<style>{_STYLE}</style><h1>{html.escape(title)}</h1>{body}</html>")
