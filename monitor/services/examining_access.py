"""Examining how staff get in: whether somebody can, and whether nobody in between can read along."""

from collections.abc import Iterator
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from db import attempts, people
from db.credentials import list_holders
from db.identities import list_identities
from db.invitations import list_open
from monitor.config import Config
from monitor.openid.service import is_installed
from monitor.services.desk import Desk
from monitor.services.examining_address import is_this_machine
from monitor.services.found import Finding, Weight
from monitor.services.throttling import LOGIN

MANY = 50
"""Mistakes of a day at signing in that no ward makes by itself."""


def examine_sign_in(config: Config) -> Iterator[Finding]:
    """What can be seen from the settings alone."""
    own, address = config.sign_in, urlsplit(config.web.public_url)
    if not own.passwords and not own.oidc.issuer:
        yield Finding(
            "sign-in-closed", Weight.ERROR, "Nobody can sign in: passwords are off, and no sign-in service is set.",
            "Set sign_in.passwords to true, or sign_in.oidc.issuer.",
        )  # fmt: skip
    if own.oidc.issuer and not is_installed():
        yield Finding(
            "sign-in-service-not-installed", Weight.ERROR,
            "sign_in.oidc.issuer is set, but the libraries for it are not installed.",
            "Install the package with its extra: pip install 'post-infusion-monitor[oidc]'.",
        )  # fmt: skip
    is_listening_to_others = not is_this_machine(config.web.host)
    if own.passwords and address.scheme != "https" and is_listening_to_others:
        yield Finding(
            "sign-in-not-private", Weight.ERROR,
            f"Passwords cross the network for all to read: web.host is {config.web.host} without https.",
            "Put a reverse proxy with a certificate in front, set web.public_url to its https:// address, and web.host "
            "to 127.0.0.1.",
        )  # fmt: skip
    is_behind_proxy = address.scheme == "https" and not is_listening_to_others
    if own.passwords and is_behind_proxy and not own.trusted_proxies:
        yield Finding(
            "sign-in-proxy-unnamed", Weight.WARNING,
            "Behind the reverse proxy every sign-in seems to come from one address: whoever guesses passwords slows "
            "down everybody.",
            f"Set sign_in.trusted_proxies, such as [{_usual(config.web.host)}].",
        )  # fmt: skip


def examine_staff(desk: Desk) -> Iterator[Finding]:
    """Whether an administrator can sign in, and whether somebody guesses."""
    connection = desk.connection
    ways = list_holders(connection) | {one.person_id for one in list_identities(connection)}
    ways |= set(list_open(connection, desk.at))
    administrators = [one for one in people.list_people(connection) if one.role == "admin" and not one.is_disabled]
    if administrators and not any(one.id in ways for one in administrators):
        yield Finding(
            "administrator-without-sign-in", Weight.NOTE, "No administrator can sign in to the pages.",
            f"Make a link: `monitor person invite {administrators[0].login}`.",
        )  # fmt: skip
    logins, failures = attempts.count_since(connection, LOGIN, desk.at - timedelta(days=1))
    if failures >= MANY:
        yield Finding(
            "sign-in-guessing", Weight.WARNING,
            f"{failures} tries to sign in failed within a day, for {logins} logins and addresses.",
            "Somebody may be guessing passwords. They have to wait ever longer, and nobody else with them. Look at the "
            "log of the reverse proxy.",
        )  # fmt: skip


def _usual(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return "127.0.0.1"
