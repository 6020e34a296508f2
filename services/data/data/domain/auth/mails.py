"""The mails of sign-in: what they say, and the links in them."""

import html
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

_MINUTE = 60
_HOUR = 3600


class MailKind(StrEnum):
    """Why somebody gets a mail; the values are the `type` that a link or code is verified with."""

    CONFIRMATION = "signup"
    RECOVERY = "recovery"
    MAGIC_LINK = "magiclink"
    EMAIL_CHANGE = "email_change"
    INVITE = "invite"
    REAUTHENTICATION = "reauthentication"


@dataclass(frozen=True)
class Mail:
    """What a mail says, as plain text and as HTML."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class _Words:
    subject: str
    about: str
    action: str
    otherwise: str


_ENGLISH = {
    MailKind.CONFIRMATION: _Words(
        "Confirm your e-mail address",
        "Welcome to {app}. Confirm that {address} is your e-mail address to finish signing up.",
        "Confirm e-mail address",
        "If you did not sign up, ignore this mail: without the confirmation nothing happens.",
    ),
    MailKind.RECOVERY: _Words(
        "Reset your password",
        "Somebody, hopefully you, asked for a new password for {address} at {app}.",
        "Choose a new password",
        "If it was not you, ignore this mail: your password stays as it is.",
    ),
    MailKind.MAGIC_LINK: _Words(
        "Sign in to {app}",
        "Here is the sign-in to {app} that was asked for with {address}.",
        "Sign in",
        "If you did not ask for it, ignore this mail and pass it on to nobody.",
    ),
    MailKind.EMAIL_CHANGE: _Words(
        "Confirm your new e-mail address",
        "The e-mail address of your account at {app} is to become {new_address}.",
        "Confirm the change",
        "If you did not ask for the change, ignore this mail and consider choosing a new password.",
    ),
    MailKind.INVITE: _Words(
        "You are invited to {app}",
        "You have been invited to {app} with the address {address}.",
        "Accept the invitation",
        "If you do not know what this is about, ignore this mail.",
    ),
    MailKind.REAUTHENTICATION: _Words(
        "{code} is your code",
        "Enter this code at {app} to confirm that it is you.",
        "",
        "If you did not ask for it, somebody may be using your account: choose a new password.",
    ),
}


def write_mail(
    kind: MailKind,
    *,
    app: str,
    address: str,
    seconds: float,
    link: str | None = None,
    code: str | None = None,
    new_address: str | None = None,
) -> Mail:
    """The mail to somebody who is known by `address`; link and code can be used for so many seconds."""
    words = _ENGLISH[kind]
    values = {"app": app, "address": address, "new_address": new_address or address, "code": code or ""}
    about, otherwise = (part.format_map(values) for part in (words.about, words.otherwise))
    limit = f"This works once and for {_duration(seconds)}."
    paragraphs = [about]
    if link:
        paragraphs.append(f"{words.action}:\n{link}")
    if code:
        paragraphs.append(f"Or enter this code: {code}" if link else code)
    return Mail(
        subject=" ".join(words.subject.format_map(values).split()),
        text="\n\n".join([*paragraphs, limit, otherwise, f"-- \n{app}\n"]),
        html=_html(app, about, words.action, link, code, limit, otherwise),
    )


def write_notice(*, app: str, address: str, new_address: str) -> Mail:
    """The mail to the address that an account had until now."""
    about = f"The e-mail address of your account at {app} was {address} and is now {new_address}."
    otherwise = f"If it was not you, somebody has got hold of your account: tell whoever runs {app}."
    return Mail(
        subject="Your e-mail address was changed",
        text="\n\n".join([about, otherwise, f"-- \n{app}\n"]),
        html=_html(app, about, "", None, None, "", otherwise),
    )


def write_reminder(*, app: str, address: str, link: str) -> Mail:
    """The mail to somebody who has an account, about a sign-up with their address."""
    about = f"Somebody, hopefully you, signed up at {app} with {address}, which has an account there already."
    advice = "Sign in as before; if you have forgotten your password, you can ask for a new one there."
    otherwise = "If it was not you, ignore this mail: nothing has changed."
    return Mail(
        subject="You have an account already",
        text="\n\n".join([about, advice, f"Go to the app:\n{link}", otherwise, f"-- \n{app}\n"]),
        html=_html(app, f"{about} {advice}", "Go to the app", link, None, "", otherwise),
    )


def verify_link(auth_url: str, token_hash: str, kind: MailKind, redirect_to: str) -> str:
    """The link in a mail: it is followed through the data service to where the app wants people."""
    query = urlencode({"token": token_hash, "type": kind.value, "redirect_to": redirect_to})
    return f"{auth_url}/verify?{query}"


def _duration(seconds: float) -> str:
    if seconds >= _HOUR:
        hours = round(seconds / _HOUR)
        return "an hour" if hours == 1 else f"{hours} hours"
    minutes = max(1, round(seconds / _MINUTE))
    return "a minute" if minutes == 1 else f"{minutes} minutes"


_BUTTON = (
    '<p style="margin:28px 0"><a href="{link}" style="display:inline-block;padding:12px 20px;'
    "border-radius:8px;background:#1d4ed8;color:#ffffff;text-decoration:none;font-weight:600"
    '">{action}</a></p>'
)
_CODE = (
    '<p style="margin:28px 0;font:600 26px/1.2 ui-monospace,Menlo,Consolas,monospace;'
    'letter-spacing:4px">{code}</p>'
)
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
    'content="width=device-width"><title>{app}</title></head>'
    '<body style="margin:0;padding:24px;background:#f5f6f8">'
    '<div style="max-width:480px;margin:0 auto;padding:32px;border-radius:12px;background:#ffffff;'
    'color:#1f2430;font:16px/1.5 system-ui,Segoe UI,Roboto,Helvetica,Arial,sans-serif">'
    '<p style="margin:0 0 20px;font-weight:700">{app}</p><p>{about}</p>{action}'
    '<p style="color:#5b6472;font-size:14px">{limit} {otherwise}</p></div></body></html>'
)


def _html(
    app: str, about: str, action: str, link: str | None, code: str | None, limit: str, otherwise: str
) -> str:
    button = _BUTTON.format(link=html.escape(link), action=html.escape(action)) if link else ""
    digits = _CODE.format(code=html.escape(code)) if code else ""
    values = {"app": app, "about": about, "limit": limit, "otherwise": otherwise}
    escaped = {name: html.escape(value) for name, value in values.items()}
    return _PAGE.format(**escaped, action=button + digits)
