"""Migrations of made-up apps, sent to the running service as the deployer sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from common.ids import new_app_id
from tests.data.world import World

TODOS = """create table public.todos (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references auth.users (id) on delete cascade,
  title text not null check (char_length(title) between 1 and 200),
  done boolean not null default false
);
create index on public.todos (user_id);
create policy "read own" on public.todos for select to authenticated using ((select auth.uid()) = user_id);
create policy "add own" on public.todos for insert to authenticated
  with check ((select auth.uid()) = user_id);
create policy "change own" on public.todos for update to authenticated
  using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);
create policy "delete own" on public.todos for delete to authenticated using ((select auth.uid()) = user_id);
"""


@dataclass
class Migrating:
    """An app in one environment; `files` are SQL by number."""

    world: World
    environment: str = "preview"
    app_id: str = field(default_factory=new_app_id)

    async def check(self, *files: str) -> dict[str, Any]:
        answer = await self._post("check", {"migrations": _body(files)})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def apply(self, *files: str, approved: Sequence[str] = ()) -> httpx.Response:
        return await self._post("apply", {"migrations": _body(files), "approved": list(approved)})

    async def applied(self, *files: str, approved: Sequence[str] = ()) -> list[str]:
        """The paths that were not applied before."""
        answer = await self.apply(*files, approved=approved)
        assert answer.status_code == 200, answer.text
        paths: list[str] = answer.json()["applied"]
        return paths

    @property
    def ref(self) -> str:
        return f"app_{self.app_id}" + ("" if self.environment == "production" else f"_{self.environment}")

    async def _post(self, what: str, body: Mapping[str, Any]) -> httpx.Response:
        return await self.world.http.post(
            f"/internal/realms/{self.app_id}/{self.environment}/{what}", json=body
        )


def path(number: int) -> str:
    return f"supabase/migrations/{number:04d}_m{number}.sql"


def _body(files: Sequence[str]) -> list[dict[str, str]]:
    return [{"path": path(n), "sql": sql} for n, sql in enumerate(files, 1)]


def errors(told: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """Code, line and message of what keeps the migrations from being applied."""
    return _findings(told, "error")


def warnings(told: Mapping[str, Any]) -> list[tuple[str, int, str]]:
    """Code, line and message of what is only shown."""
    return _findings(told, "warning")


def _findings(told: Mapping[str, Any], level: str) -> list[tuple[str, int, str]]:
    return [(one["code"], one["line"], one["message"]) for one in told["findings"] if one["level"] == level]
