"""How often somebody may try: what counts against which allowance.

An allowance of `burst` attempts comes back one by one over `seconds`.
"""

import hashlib
import ipaddress
from dataclasses import dataclass
from enum import StrEnum

from common.contracts import SignInLimits

_FIVE_MINUTES = 300.0
_HOUR = 3600.0
_DAY = 24 * _HOUR
_NETWORK_BITS = 64
ACCOUNT_CEILING = 10
"""Times what one address may try on an account is what all addresses together may."""

MAIL_CEILING = 2
"""Times what one address may have sent to a mailbox is what all addresses together may, and half as much
beyond that: one mail a day for each network."""

_KEY_BYTES = 16


class Attempt(StrEnum):
    """What somebody tries."""

    SIGN_IN = "sign_in"
    SIGN_UP = "sign_up"
    ANONYMOUS = "anonymous"
    REFRESH = "refresh"
    VERIFY = "verify"
    MAIL = "mail"
    PROVIDER = "provider"


@dataclass(frozen=True)
class Allowance:
    """`burst` attempts at once, which come back evenly over `seconds`; `key` tells nobody whose it is.

    Once they are used up it is let through what all of `reserve` let through.
    """

    key: bytes
    burst: int
    seconds: float
    reserve: tuple["Allowance", ...] = ()

    @property
    def pause(self) -> float:
        """Seconds after which one more is allowed."""
        return self.seconds / self.burst


def allowances(
    attempt: Attempt, limits: SignInLimits, *, address: str | None = None, account: str | None = None
) -> list[Allowance]:
    """What an attempt counts against, in the order in which they are taken.

    `address` is the caller's network address, `account` the e-mail address or the user's id it is about.
    The caller's own come first: who is refused uses up nothing of anybody else. With at most one of each kind
    in this one order two transactions cannot deadlock.
    """
    found: list[Allowance] = []
    if address is not None:
        found += _of_address(attempt, limits, network(address))
    if account is not None:
        found += account_allowances(attempt, limits, address=address, account=account)
    if attempt is Attempt.MAIL:
        found.append(Allowance(_key("mails", ""), limits.mails, _HOUR))
    return found


def account_allowances(
    attempt: Attempt, limits: SignInLimits, *, address: str | None, account: str
) -> list[Allowance]:
    """What it counts against of the account: what comes from one address much sooner than from all together,
    so that a stranger who guesses, or has mails sent, locks nobody out.
    """
    account = account.strip().lower()
    pair = f"{network(address or '')}\0{account}"
    if attempt is Attempt.MAIL:
        return _of_mailbox(limits.address_mails, account, pair)
    if attempt is not Attempt.SIGN_IN and attempt is not Attempt.VERIFY:
        return []
    most, name = limits.account_sign_ins, f"account {attempt.value}"
    return [
        Allowance(_key(f"{name} from address", pair), most, _FIVE_MINUTES),
        Allowance(_key(name, account), most * ACCOUNT_CEILING, _FIVE_MINUTES),
    ]


def _of_mailbox(most: int, account: str, pair: str) -> list[Allowance]:
    """Whoever has used up what all may ask for together goes on only from networks that are new to it: so its
    owner, who asks from one that strangers do not have, gets a mail all the same.
    """
    reserve = (
        Allowance(_key("account mails newcomer", pair), 1, _DAY),
        Allowance(_key("account mails reserve", account), most, _HOUR),
    )
    return [
        Allowance(_key("account mails from address", pair), most, _HOUR),
        Allowance(_key("account mails", account), most * MAIL_CEILING, _HOUR, reserve),
    ]


def network(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the network that a household has in IPv6."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed), _NETWORK_BITS), strict=False).network_address)
    return str(parsed)


def _of_address(attempt: Attempt, limits: SignInLimits, address: str) -> list[Allowance]:
    counts = {
        Attempt.SIGN_IN: (limits.sign_ins, _FIVE_MINUTES),
        Attempt.SIGN_UP: (limits.sign_ins, _FIVE_MINUTES),
        Attempt.PROVIDER: (limits.sign_ins, _FIVE_MINUTES),
        Attempt.MAIL: (limits.sign_ins, _FIVE_MINUTES),
        Attempt.ANONYMOUS: (limits.anonymous, _HOUR),
        Attempt.REFRESH: (limits.refreshes, _FIVE_MINUTES),
        Attempt.VERIFY: (limits.verifications, _FIVE_MINUTES),
    }
    shared = attempt in {Attempt.SIGN_IN, Attempt.SIGN_UP}
    name = "sign_ins" if shared else attempt.value
    found = [Allowance(_key(f"address {name}", address), *counts[attempt])]
    if attempt is Attempt.MAIL:  # else one could use up what the app may send
        found.append(Allowance(_key("address mails in an hour", address), max(1, limits.mails // 2), _HOUR))
    return found


def _key(name: str, value: str) -> bytes:
    return hashlib.sha256(f"{name}\0{value}".encode()).digest()[:_KEY_BYTES]
