"""Pages for people: the reference of the interface, and each type of problem with what to do."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from api.presenting import response
from api.problems import ROOT, TYPES, Type
from api.reference import as_page
from domain.errors import NotFound

router = APIRouter(tags=["problems"], include_in_schema=False)

HTML = "text/html; charset=utf-8"
HEADERS = {"Cache-Control": "public, max-age=3600"}

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>body{{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}}
@media (prefers-color-scheme:dark){{body{{background:#111;color:#eee}}a{{color:#9cf}}}}</style></head>
<body><main><h1>{title}</h1>{body}</main></body></html>
"""


@router.get("/")
def entrance() -> Response:
    """The way to the reference, for who has only the host."""
    return Response(status_code=307, headers={"Location": "/docs", **HEADERS})


@router.get("/docs")
def reference(request: Request) -> Response:
    """The reference of the interface, served whole by ourselves."""
    return response(as_page(request.app.openapi()).encode(), HTML, HEADERS)


@router.get(ROOT)
def every_problem() -> Response:
    """All types of problems."""
    items = "".join(
        f'<li><a href="{escape(each.uri)}">{escape(each.name)}</a> ({each.status}): {escape(each.title)}</li>'
        for each in TYPES.values()
    )
    return _page("Problems", f"<ul>{items}</ul>")


@router.get(ROOT + "{name}")
def one_problem(name: Annotated[str, Path()]) -> Response:
    """One type of problem."""
    if name not in TYPES:
        raise NotFound(f"there is no problem {name[:80]}")
    return _explained(TYPES[name])


def _explained(kind: Type) -> Response:
    body = (
        f"<p>Status {kind.status}, type <code>{escape(kind.uri)}</code></p>"
        f"<h2>What it means</h2><p>{escape(kind.meaning)}</p>"
        f"<h2>What to do</h2><p>{escape(kind.remedy)}</p>"
        f'<p><a href="{escape(ROOT)}">All problems</a></p>'
    )
    return _page(kind.title, body)


def _page(title: str, body: str) -> Response:
    text = PAGE.format(title=escape(title), body=body)
    return response(text.encode(), HTML, HEADERS)
