"""Who the visitor is, for scripts."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from stockrail.web.access import Signed

router = APIRouter(tags=["people"])


class Me(BaseModel):
    """The visitor, with what governance.yaml lets them do."""

    name: str
    roles: list[str]
    permissions: list[str] = Field(description="As in docs/governance.md.")


@router.get("/me")
def me(visitor: Signed) -> Me:
    """Who you are, and what you may do."""
    return Me(name=visitor.name, roles=list(visitor.roles), permissions=sorted(visitor.permissions))
