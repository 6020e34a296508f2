"""Connections on which an app's own code may have run, and what is done with them before others get them.

A prepared statement is executed as the login, whatever has been prepared under its name since: code of an app
can take away what the service has prepared and put its own there, and no rollback undoes that.
"""

from contextlib import suppress
from typing import Any

import asyncpg
from asyncpg.exceptions import InterfaceError, PostgresError

_CLEAN = "DEALLOCATE ALL; CLOSE ALL; UNLISTEN *; RESET ALL; SELECT pg_catalog.pg_advisory_unlock_all()"


class PreparingConnection(asyncpg.Connection):
    """One that keeps statements prepared, and can begin anew."""

    async def begin_anew(self) -> None:
        """Leaves nothing in the session, and takes nothing for prepared."""
        self._mark_stmts_as_closed()  # type: ignore[no-untyped-call]
        await clean(self)


async def clean(connection: Any) -> None:
    """Leaves nothing in the session; what the connection takes for prepared there is not there any more."""
    await connection.execute(_CLEAN)


async def distrust(connection: Any, error: BaseException) -> None:
    """Of a PreparingConnection on which a request has failed.

    Its app may have got functions after its schema was read, and they may have run.
    """
    begun = False
    try:
        with suppress(PostgresError, InterfaceError, OSError):
            if isinstance(error, PostgresError):
                await connection.begin_anew()
                begun = True
    finally:
        if not begun:
            connection.terminate()
