"""Questions of the platform's keys about an app's data, through the owner's gate."""

from collections.abc import Sequence

from asyncpg.exceptions import PostgresError, QueryCanceledError

from data.clients.shard import NO_CLAIMS, Answer, Shard
from data.clients.stored import portable
from data.domain.realm import Names, Role
from data.domain.statement import SqlFailed


async def ask(
    shard: Shard, names: Names, query: str, params: Sequence[str] = (), *, read_only: bool = True
) -> Answer:
    """What a query of the columns `total, returned, body` answers; raises SqlFailed with Postgres' words."""
    try:
        return await shard.call(
            names.ref, Role.OWNER, query, params, NO_CLAIMS, foreign_code=True, read_only=read_only
        )
    except QueryCanceledError as error:
        seconds = shard.config.statement_seconds
        raise SqlFailed(f"The statement was ended: it took longer than {seconds:g} s.") from error
    except PostgresError as error:
        message = portable(str(error), names) or type(error).__name__
        hint = getattr(error, "hint", None)
        detail = f"{message}. Hint: {hint}" if hint else message
        raise SqlFailed(detail, sqlstate=getattr(error, "sqlstate", None)) from error
