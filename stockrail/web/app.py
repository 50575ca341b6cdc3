"""The application: what every request passes through, pages, API, static files."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from stockrail.web import api, errors, pages
from stockrail.web.middleware import AccessLog, KnownHosts, SecureHeaders, UploadLimit
from stockrail.web.settings import Settings
from stockrail.web.works import Works
from stockrail.workbench.runs.service import Service
from stockrail.workbench.store import Store

STATIC_FOLDER = Path(__file__).parent / "static"
_LEAST_GZIP_BYTES = 2_000


def create_app(store: Store, settings: Settings) -> FastAPI:
    """The service on a store that is open; whoever opened it closes it.

    Nothing of a request is kept in the process but what can be read again, so that the service may be killed at any moment.
    """
    app = FastAPI(
        title="Stockrail",
        summary="Supply plans under working-capital guardrails: the workbench for scripts.",
        description=api.DESCRIPTION,
        version="1",
        openapi_url="/api/openapi.json",
        docs_url=None,  # the usual pages load scripts from elsewhere; /api shows the same
        redoc_url=None,
        lifespan=_tending,
        middleware=[
            Middleware(AccessLog),
            Middleware(SecureHeaders, is_https=settings.has_secure_cookies),
            Middleware(KnownHosts, hosts=settings.allowed_hosts),
            Middleware(GZipMiddleware, minimum_size=_LEAST_GZIP_BYTES),
            Middleware(UploadLimit, most_bytes=settings.most_upload_bytes),
        ],
    )
    app.state.store, app.state.settings, app.state.works = store, settings, Works()
    errors.install(app)
    for router in api.ROUTERS:
        app.include_router(router, prefix="/api", responses=api.REFUSALS)
    for router in pages.ROUTERS:
        app.include_router(router, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=STATIC_FOLDER), name="static")
    return app


@asynccontextmanager
async def _tending(app: FastAPI) -> AsyncIterator[None]:
    """While the service is there it sees to the runs of its store, in a thread of its own."""
    if not app.state.settings.tends_runs:
        yield
        return
    is_stopped = threading.Event()
    service = Service(app.state.store, lambda sentence: None)
    thread = threading.Thread(target=service.keep_looking, args=(is_stopped,), name="runs", daemon=True)
    thread.start()
    yield
    is_stopped.set()
    thread.join()
