"""What an app in a browser finds at the network's edge: accounts and a table, in supabase-js' protocols."""

import base64
import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import BrowserContext, Route

URL = "https://data.test/app_testapp00001"
KEY = "sb_publishable_0123456789abcdefghijklmnopqrstuv"
PASSWORD_LENGTH = 6
FILTERED = "eq."
VERSION = {"x-supabase-api-version": "2024-01-01"}

Answer = tuple[int, Any]


@dataclass
class Edge:
    """Answers as the published protocols say; `refuse` maps a method to the answer its next write gets."""

    confirmation: bool = False
    accounts: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    mails: list[dict[str, str]] = field(default_factory=list)
    changes: list[dict[str, Any]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    refuse: dict[str, Answer] = field(default_factory=dict)
    providers: tuple[str, ...] = ()
    away: bool = False
    held: Route | None = None
    hold: bool = False

    def serve(self, context: BrowserContext) -> None:
        context.route(f"{URL}/**", self._answer)

    def account(self, email: str, password: str, *, confirmed: bool = True) -> dict[str, Any]:
        user = {
            "id": str(uuid.uuid4()),
            "email": email,
            "aud": "authenticated",
            "role": "authenticated",
            "user_metadata": {},
        }
        self.accounts[email] = {"user": user, "password": password, "confirmed": confirmed}
        return self.accounts[email]

    def session(self, email: str) -> dict[str, Any]:
        user = self.accounts[email]["user"]
        claims = {"sub": user["id"], "exp": int(time.time()) + 3600, "role": "authenticated"}
        token = ".".join(_encoded(part) for part in ({"alg": "ES256"}, claims, "signature"))
        times = {"expires_in": 3600, "expires_at": claims["exp"]}
        return {"access_token": token, "refresh_token": "r", "token_type": "bearer", **times, "user": user}

    def release(self) -> None:
        assert self.held is not None
        route, self.held, self.hold = self.held, None, False
        self._answer(route)

    def _answer(self, route: Route) -> None:
        if self.away:
            route.abort()
            return
        if self.hold and route.request.method == "POST":
            self.held = route
            return
        request = route.request
        path = urlsplit(request.url).path.removeprefix("/app_testapp00001")
        query = {key: values[0] for key, values in parse_qs(urlsplit(request.url).query).items()}
        body = request.post_data_json if request.post_data else None
        if path.startswith("/auth/"):
            status, answer = self._auth(request.method, path.removeprefix("/auth/v1"), query, body or {})
        else:
            status, answer = self._rest(request.method, query, body, self._caller(request.headers))
        headers = {
            "access-control-allow-origin": "*",
            **VERSION,
            "access-control-expose-headers": ", ".join(VERSION),
        }
        route.fulfill(status=status, headers=headers, json=answer)

    def _caller(self, headers: dict[str, str]) -> str | None:
        assert headers["apikey"] == KEY
        token = headers["authorization"].removeprefix("Bearer ")
        return None if token == KEY else str(json.loads(_decoded(token.split(".")[1]))["sub"])

    def _auth(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        match path:
            case "/signup" | "/token":
                act = self._signup if path == "/signup" else self._sign_in
                return act(body["email"], body["password"])
            case "/recover" | "/resend":
                mail = {"to": body["email"], "kind": path[1:], "redirect_to": query["redirect_to"]}
                self.mails.append(mail)
                return 200, {}
            case "/settings" | "/authorize":
                return 200, {
                    "external": {"email": True, "phone": False, **dict.fromkeys(self.providers, True)}
                }
            case "/verify":
                return 200, self.session(body["token_hash"])
            case "/logout":
                self.ended.append(query["scope"])
            case "/user":
                return self._user(body)
        return 204, None

    def _sign_in(self, email: str, password: str) -> Answer:
        known = self.accounts.get(email)
        if known is None or known["password"] != password:
            return 400, {"code": "invalid_credentials", "message": "Invalid login credentials"}
        if not known["confirmed"]:
            return 400, {"code": "email_not_confirmed", "message": "Email not confirmed"}
        return 200, self.session(email)

    def _user(self, changes: dict[str, Any]) -> Answer:
        (only,) = self.accounts.values()
        self.changes.append(changes)
        if len(changes.get("password", PASSWORD_LENGTH * "x")) < PASSWORD_LENGTH:
            return _weak()
        only["user"]["user_metadata"] = changes.get("data", {})
        return 200, only["user"]

    def _signup(self, email: str, password: str) -> Answer:
        if email in self.accounts:
            return 422, {"code": "user_already_exists", "message": "User already registered"}
        if len(password) < PASSWORD_LENGTH:
            return _weak()
        account = self.account(email, password, confirmed=not self.confirmation)
        return 200, account["user"] if self.confirmation else self.session(email)

    def _rest(self, method: str, query: dict[str, str], body: Any, caller: str | None) -> Answer:
        if method in self.refuse:
            return self.refuse.pop(method)
        mine = [row for row in self.rows if row["user_id"] == caller]
        if method == "GET":
            return 200, mine[::-1]
        if method == "POST":
            created = f"2026-01-01T00:00:{len(self.rows):02}+00:00"
            self.rows.append({**body, "user_id": caller, "created_at": created})
            return 201, self.rows[-1:]
        found = [row for row in mine if FILTERED + row["id"] == query["id"]]
        for row in found:
            if method == "DELETE":
                self.rows.remove(row)
            else:
                row.update(body)
        return 200, found


def _weak() -> Answer:
    message = "Password should be at least 6 characters."
    return 422, {"code": "weak_password", "message": message, "weak_password": {"reasons": ["length"]}}


def _encoded(part: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
