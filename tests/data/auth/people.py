"""An app's visitors, who speak to the data service as auth-js does, but may also say what it never would."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from common.contracts.deployments import Environment
from tests.data.world import App, World

PASSWORD = "correct horse battery"


def new_address() -> str:
    return f"u{secrets.token_hex(8)}@example.com"


async def app_with(
    world: World, environment: Environment = Environment.PRODUCTION, **settings: object
) -> App:
    """A new app with these settings of sign-in."""
    app = await world.app(environment=environment)
    answer = await world.http.patch(f"/internal/realms/{app.app_id}/{environment}/auth", json=settings)
    answer.raise_for_status()
    return app


@dataclass
class Visitor:
    """One browser in front of an app; `session` is the newest that it was given."""

    app: App
    http: httpx.AsyncClient
    session: dict[str, Any] = field(default_factory=dict)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        **params: Any,
    ) -> httpx.Response:
        """As auth-js asks; signed in when there is a session."""
        bearer = token or self.session.get("access_token") or self.app.key
        return await self.http.request(
            method,
            f"{self.app.url}/auth/v1{path}",
            json=body,
            params=params,
            headers={
                "apikey": self.app.key,
                "authorization": f"Bearer {bearer}",
                "x-supabase-api-version": "2024-01-01",
                **(headers or {}),
            },
        )

    async def enter(self, method: str, path: str, body: object = None, **params: Any) -> dict[str, Any]:
        """A request that begins or renews the session."""
        answer = await self.ask(method, path, body, **params)
        assert answer.status_code == 200, answer.text
        self.session = answer.json()
        assert "access_token" in self.session, self.session
        return self.session

    async def sign_up(self, email: str, password: str = PASSWORD, **more: object) -> dict[str, Any]:
        return await self.enter("POST", "/signup", {"email": email, "password": password, **more})

    async def sign_in(self, email: str, password: str = PASSWORD) -> dict[str, Any]:
        return await self.enter(
            "POST", "/token", {"email": email, "password": password}, grant_type="password"
        )

    async def refused(self, method: str, path: str, body: object = None, **params: Any) -> tuple[int, str]:
        """The status and code of a request that is refused."""
        answer = await self.ask(method, path, body, **params)
        assert answer.status_code >= 400, answer.text
        assert set(answer.json()) >= {"code", "message"}
        return answer.status_code, answer.json()["code"]

    async def renew(self, token: str | None = None) -> dict[str, Any]:
        body = {"refresh_token": token or self.session["refresh_token"]}
        return await self.enter("POST", "/token", body, grant_type="refresh_token")
