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
_NETWORK_BITS = 64
ACCOUNT_CEILING = 10
"""Times what one address may try on an account is what all addresses together may."""

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
    """`burst` attempts at once, which come back evenly over `seconds`; `key` tells nobody whose it is."""

    key: bytes
    burst: int
    seconds: float

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
    """What it counts against of the account: guesses from one address much sooner than from all together,
    so that a stranger who guesses locks nobody out.
    """
    account = account.strip().lower()
    if attempt is Attempt.MAIL:
        return [Allowance(_key("account mails", account), limits.address_mails, _HOUR)]
    if attempt is not Attempt.SIGN_IN and attempt is not Attempt.VERIFY:
        return []
    most, name = limits.account_sign_ins, f"account {attempt.value}"
    pair = f"{network(address or '')}\0{account}"
    return [
        Allowance(_key(f"{name} from address", pair), most, _FIVE_MINUTES),
        Allowance(_key(name, account), most * ACCOUNT_CEILING, _FIVE_MINUTES),
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
    return [Allowance(_key(f"address {name}", address), *counts[attempt])]


def _key(name: str, value: str) -> bytes:
    return hashlib.sha256(f"{name}\0{value}".encode()).digest()[:_KEY_BYTES]
