"""How the service is set up."""

import ipaddress
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

MEGABYTE = 1024 * 1024
LOOPBACK = ("127.0.0.1", "::1")
LOOPBACK_NAMES = (*LOOPBACK, "localhost")


class Settings(BaseModel):
    """Settings of the service; `stockrail serve` has an option for each.

    Attributes
    ----------
    trusted_proxy_header : header in which a reverse proxy says who the visitor is, as `X-Forwarded-User`; None for local accounts. The
        proxy must remove it from what comes from outside, as whoever can set it can be anybody.
    trusted_proxies : addresses from which that header is believed.
    has_secure_cookies : cookies go over HTTPS only; the default of a service that is reached from elsewhere.
    allowed_hosts : names and addresses under which the service is reached, without ports; empty for any.
    most_upload_bytes : of one request with files.
    tends_runs : the service also starts runs that wait and finds those whose process is gone.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    trusted_proxy_header: str | None = None
    trusted_proxies: tuple[str, ...] = LOOPBACK
    has_secure_cookies: bool = True
    allowed_hosts: tuple[str, ...] = ()
    most_upload_bytes: Annotated[int, Field(ge=1)] = 64 * MEGABYTE
    tends_runs: bool = True

    @property
    def session_cookie(self) -> str:
        """Name of the session's cookie. The prefix lets browsers refuse it unless it came over HTTPS from this very host."""
        return "__Host-stockrail" if self.has_secure_cookies else "stockrail"


def is_loopback(host: str) -> bool:
    """Whether an address to bind to can be reached from this machine only.

    Examples
    --------
    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
