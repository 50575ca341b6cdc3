"""The pages, one module each."""

from fastapi import APIRouter

from stockrail.web.pages import api_reference, display, sign_in

ROUTERS: tuple[APIRouter, ...] = (
    sign_in.router,
    display.router,
    api_reference.router,
)
