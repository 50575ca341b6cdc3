"""The command `serve`: the workbench in a browser, and its API."""

import logging
from typing import Annotated

import typer

from stockrail.commands.common import EXIT_BAD_INPUT, fail, wrapped
from stockrail.commands.workbench_common import DEFAULT_STORE, StoreOption, opened

DEFAULT_PORT = 8600


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command(short_help="The workbench in a browser, and its API.")(serve)


def serve(
    store: StoreOption = DEFAULT_STORE,
    host: Annotated[
        str, typer.Option(help="Address to listen on; the default is reached from this machine only.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 for any that is free.")] = DEFAULT_PORT,
    behind_proxy: Annotated[
        str | None,
        typer.Option(
            "--behind-proxy",
            help="Header in which a reverse proxy says who the visitor is, in place of passwords.",
        ),
    ] = None,
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(help="Address from which that header is believed; by default this machine."),
    ] = None,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            help="Name under which the service is reached; by default those of this machine, or any."
        ),
    ] = None,
    https: Annotated[
        bool | None,
        typer.Option(
            "--https/--plain-http",
            help="Keep cookies to HTTPS or not; by default where others reach the service.",
            show_default=False,
        ),
    ] = None,
    most_upload_megabytes: Annotated[int, typer.Option(min=1, help="Largest request.")] = 64,
) -> None:
    """Serve the workbench until Ctrl-C. Runs go on without it."""
    from stockrail.web.settings import LOOPBACK, LOOPBACK_NAMES, MEGABYTE, Settings, is_loopback

    if behind_proxy is None and trusted_proxy:
        fail("--trusted-proxy needs --behind-proxy HEADER.", EXIT_BAD_INPUT)
    settings = Settings(
        trusted_proxy_header=behind_proxy,
        trusted_proxies=tuple(trusted_proxy or LOOPBACK),
        has_secure_cookies=not is_loopback(host) if https is None else https,
        allowed_hosts=_hosts(allowed_host, LOOPBACK_NAMES if is_loopback(host) else ()),
        most_upload_bytes=most_upload_megabytes * MEGABYTE,
    )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%Y-%m-%d %H:%M:%S")
    with opened(store) as there:
        _run(there, settings, host, port)


def _hosts(allowed: list[str] | None, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Names that were given are allowed beside the usual ones."""
    return (*usual, *allowed) if allowed else usual


def _run(store, settings, host: str, port: int) -> None:  # type: ignore[no-untyped-def]  # the types would import the service for --help
    import uvicorn

    from stockrail.web.app import create_app
    from stockrail.web.listening import listen

    try:
        socket = listen(host, port)
    except OSError as error:
        fail(
            wrapped(f"Cannot listen on {host}, port {port}: {error}. Choose another with --port."),
            EXIT_BAD_INPUT,
        )
    with socket:
        shown = f"[{host}]" if ":" in host else host
        typer.echo(
            wrapped(
                f"{store.name}: http://{shown}:{socket.getsockname()[1]}/ . Ctrl-C ends this, and no run."
            )
        )
        # The service's own lines of access have nothing private; uvicorn's would show what is asked for.
        config = uvicorn.Config(
            create_app(store, settings), access_log=False, log_level="warning", server_header=False,
            proxy_headers=False, timeout_graceful_shutdown=3,
        )  # fmt: skip
        uvicorn.Server(config).run(sockets=[socket])
