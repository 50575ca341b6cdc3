"""The socket on which the service listens."""

import socket


def listen(host: str, port: int) -> socket.socket:
    """A socket at this address.

    Raises
    ------
    OSError
        The address is not of this machine, or somebody else listens there.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    made = socket.socket(family, kind, protocol)
    try:
        # A service that is started again at once must not wait until the system has forgotten the one before.
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen(128)
    except OSError:
        made.close()
        raise
    return made
