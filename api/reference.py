"""The reference of the interface, made from its description (OpenAPI): a page that loads nothing, and text."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, TypeAlias

Description: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One route and method, as a reader needs it."""

    method: str
    path: str
    tag: str
    summary: str
    meaning: str
    parameters: tuple[tuple[str, str, str], ...]
    """Name, where it stands, meaning."""
    answers: tuple[tuple[str, str], ...]
    """Status, meaning."""
    example: str


def operations(description: Description) -> tuple[Operation, ...]:
    """Every operation of the interface, in the order of its description."""
    return tuple(
        _operation(path, method, each)
        for path, methods in description["paths"].items()
        for method, each in methods.items()
    )


def as_markdown(description: Description) -> str:
    """The reference as text."""
    lines = [
        "# The HTTP interface",
        "",
        "Made from the description of the service (`/openapi.json`); a test holds it to the routes.",
        "The same reference is served at `/docs`.",
        "",
        *_MANNERS,
    ]
    for tag, group in _by_tag(operations(description)):
        lines += [f"## {tag.capitalize()}", ""]
        for each in group:
            lines += _operation_lines(each)
    return "\n".join(lines).rstrip() + "\n"


def as_page(description: Description) -> str:
    """The reference as one page of HTML that loads nothing from anywhere."""
    groups = list(_by_tag(operations(description)))
    contents = "".join(
        f'<li><a href="#{escape(tag)}">{escape(tag.capitalize())}</a></li>' for tag, _ in groups
    )
    body = "".join(
        f'<section aria-labelledby="{escape(tag)}"><h2 id="{escape(tag)}">{escape(tag.capitalize())}</h2>'
        + "".join(_operation_html(each) for each in group)
        + "</section>"
        for tag, group in groups
    )
    info = description["info"]
    return _PAGE.format(
        title=escape(info["title"]),
        summary=escape(info["summary"]),
        contents=contents,
        body=body,
    )


def _operation(path: str, method: str, given: Description) -> Operation:
    parameters = tuple(
        (each["name"], each["in"], each.get("description", ""))
        for each in given.get("parameters", ())
    )
    answers = tuple((status, each["description"]) for status, each in given["responses"].items())
    return Operation(
        method=method.upper(),
        path=path,
        tag=given.get("tags", ["other"])[0],
        summary=given.get("summary", ""),
        meaning=given.get("description", ""),
        parameters=parameters,
        answers=answers,
        example=_example(path, method, given),
    )


def _example(path: str, method: str, given: Description) -> str:
    shown = {**_examples_of(given, "path"), **_EXAMPLES}
    if path.startswith("/v1/acts"):
        shown["id"] = _ACT
    for name, value in shown.items():
        path = path.replace("{" + name + "}", value)
    address = f"http://127.0.0.1:8000{path}"
    if method == "get":
        asked = {each["name"] for each in given.get("parameters", ()) if each["in"] == "query"}
        needed = [f"{name}={value}" for name, value in _examples_of(given, "query").items()]
        if "recorded_from" in asked:
            needed += ["from=2020-01-01", "to=2022-01-01"]
        elif "as_of" in asked:
            needed += ["as_of=2021-06-16"]
        return f"curl '{address}{'?' if needed else ''}{'&'.join(needed)}'"
    words = ["curl", *([] if method == "post" else ["-X", method.upper()]), f"'{address}'"]
    if _needs_key(given):
        words += ["-H", '"Authorization: Bearer $KEY"']
    if "requestBody" in given:
        body = json.dumps(_example_of_body(given), ensure_ascii=False)
        words += ["-H", "'Content-Type: application/json'", "-d", f"'{body}'"]
    return " ".join(words)


def _needs_key(given: Description) -> bool:
    """Whether something is recorded, or kept: only asking needs no key."""
    return given.get("tags") not in (["questions"], ["comparisons"])


def _example_of_body(given: Description) -> object:
    content = given.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    for each in (schema, *schema.get("anyOf", ())):
        if each.get("examples"):
            return each["examples"][0]
    return {}


def _examples_of(given: Description, place: str) -> dict[str, str]:
    """An example of each parameter that is needed there, as far as the description has one."""
    return {
        each["name"]: str(each["schema"]["examples"][0])
        for each in given.get("parameters", ())
        if each["in"] == place and each.get("required") and each["schema"].get("examples")
    }


def _by_tag(found: Sequence[Operation]) -> Iterator[tuple[str, list[Operation]]]:
    for tag in dict.fromkeys(each.tag for each in found):
        yield tag, [each for each in found if each.tag == tag]


def _operation_lines(each: Operation) -> list[str]:
    lines = [
        f"### {each.method} {each.path}",
        "",
        each.meaning or each.summary,
        "",
        "```sh",
        each.example,
        "```",
        "",
    ]
    if each.parameters:
        lines += ["| parameter | in | meaning |", "|---|---|---|"]
        lines += [
            f"| `{name}` | {place} | {_cell(meaning)} |" for name, place, meaning in each.parameters
        ]
        lines.append("")
    lines += ["| status | meaning |", "|---|---|"]
    lines += [f"| {status} | {_cell(meaning)} |" for status, meaning in each.answers]
    return [*lines, ""]


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _operation_html(each: Operation) -> str:
    parameters = "".join(
        f"<tr><th scope=row><code>{escape(name)}</code></th><td>{escape(place)}</td><td>{escape(meaning)}</td></tr>"
        for name, place, meaning in each.parameters
    )
    answers = "".join(
        f"<tr><th scope=row>{escape(status)}</th><td>{escape(meaning)}</td></tr>"
        for status, meaning in each.answers
    )
    table = (
        f"<table><caption>Parameters</caption><tbody>{parameters}</tbody></table>"
        if parameters
        else ""
    )
    return (
        f"<article><h3><span class=method>{each.method}</span> <code>{escape(each.path)}</code></h3>"
        f"<p>{escape(each.meaning or each.summary)}</p><pre><code>{escape(each.example)}</code></pre>"
        f"{table}<table><caption>Answers</caption><tbody>{answers}</tbody></table></article>"
    )


_MANNERS = """## Manners

**Bounds.**
Every read takes `as_of` (whose law on which day), `as_seen` (with only what could be known by then) and \
`as_recorded` (with only what this record held then).
Left out, they are today, no bound, and the record as it stands; every answer says which record it was \
given from.

**Permalinks.**
An answer without `as_recorded` names its permalink in `Content-Location`.
With `as_of` and `as_recorded` both in the address the bytes never change, and caches may keep them for a \
year without asking.

**Validators.**
Every answer has a strong `ETag`; with `If-None-Match` who has it already gets 304.
The same `ETag` in `If-Match` of a request to record says what its author has seen: if somebody recorded \
on the treaty since, the request is refused with 412 and what was recorded.

**Memento.**
An answer and a roster take `Accept-Datetime` (RFC 7089) for `as_recorded`, and link to the list of the \
records at which they became another.

**Lists.**
A list has `limit` (up to 1,000) and `next`, a cursor for the next page of the same record; `Link` says \
it too.
`Accept: text/csv` and `Accept: application/x-ndjson` give a list in those forms.

**Recording.**
A body may be one object or a list of them, recorded all or none.
The same act again is given back with 200 and recorded once; `Idempotency-Key` makes a whole request so.
`X-Timeline-Position` of the answer, sent with a read, waits until the read shows what was recorded.

**Keys.**
`Authorization: Bearer KEY`, with a key made by `timeline keys create` or a token of the issuer that the \
settings name.
Reading needs none, unless the operator says so.

**Refusals.**
A refusal is a problem (RFC 9457) with a stable type, explained at `/problems/`.
503 and 507 say in `Retry-After` when the same request may succeed, 429 when the next may come.

**Everywhere.**
`HEAD` works wherever `GET` does, `OPTIONS` tells what an address takes, answers are compressed where the \
client takes gzip, and `X-Request-Id` of an answer is the one in the log.
A slash that belongs to a name is written `%2F`.

""".splitlines()

_ACT = "4737468f-b43d-536f-bd57-2a7ffae3e7b1"
"""An act of the built-in record."""

_EXAMPLES = {"treaty": "open-skies", "party": "RUS"}

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}: the HTTP interface</title>
<style>
body{{font:1rem/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
code,pre{{font:0.9rem/1.4 ui-monospace,monospace}}
pre{{overflow-x:auto;padding:0.6rem;border:1px solid #8888;border-radius:4px}}
table{{border-collapse:collapse;margin:0.6rem 0;width:100%}}
caption{{text-align:left;font-weight:600}}
th,td{{border-top:1px solid #8885;padding:0.2rem 0.6rem 0.2rem 0;text-align:left;vertical-align:top}}
th{{font-weight:400;white-space:nowrap}}
article{{margin:2rem 0}}
.method{{font-weight:700}}
@media (prefers-color-scheme:dark){{body{{background:#111;color:#eee}}a{{color:#9cf}}}}
</style></head>
<body><header><h1>{title}</h1><p>{summary}</p>
<p>All reads take three bounds: <code>as_of</code>, <code>as_seen</code>, <code>as_recorded</code>.
The description for programs is at <a href="/openapi.json">/openapi.json</a>,
the kinds of acts at <a href="/v1/kinds">/v1/kinds</a>, the problems at <a href="/problems/">/problems/</a>.</p>
<nav aria-label="Contents"><ul>{contents}</ul></nav></header>
<main>{body}</main></body></html>
"""
