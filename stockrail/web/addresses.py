"""Where a visitor's request comes from, also through a proxy."""

import ipaddress

from starlette.requests import Request

FORWARDED = "x-forwarded-for"
"""Header to which each proxy adds the address that it was asked from, at the end."""


def visitor_address(request: Request) -> str:
    """The visitor's address: the one that asks, or where that is a trusted proxy, the one that it names last.

    What comes before the last one anybody can write. Without it everybody behind a proxy would share one count of wrong passwords.
    """
    address = "" if request.client is None else request.client.host
    if address not in request.app.state.settings.trusted_proxies:
        return address
    named = ",".join(request.headers.getlist(FORWARDED)).rpartition(",")[2].strip()
    try:
        return str(ipaddress.ip_address(named))
    except ValueError:
        return address
