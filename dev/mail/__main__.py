"""`python -m dev.mail`: takes mails by SMTP and shows them by HTTP until SIGTERM or SIGINT."""

import asyncio
import os

import uvicorn
from aiosmtpd.smtp import SMTP

from dev.mail.app import create_app
from dev.mail.mailbox import Mailbox

HOST = "127.0.0.1"
KEPT = 500
MAX_BYTES = 1024 * 1024


async def serve() -> None:
    mailbox = Mailbox(KEPT)
    smtp_port, http_port = (int(os.environ[name]) for name in ("MAIL_SMTP_PORT", "MAIL_PORT"))
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        lambda: SMTP(mailbox, hostname="localhost", data_size_limit=MAX_BYTES, loop=loop), HOST, smtp_port
    )
    config = uvicorn.Config(
        create_app(mailbox),
        host=HOST,
        port=http_port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    async with smtp:
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    asyncio.run(serve())
