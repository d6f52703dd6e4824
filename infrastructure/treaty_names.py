"""Which treaty of the record a registry means: by its identifier, by a slug of ours, or by its title."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from domain.acts import Definition
from domain.clauses import Clauses
from domain.errors import Malformed
from domain.family import depends_on
from domain.parties import folded
from domain.plain import read
from infrastructure.archive import PAGE, EventArchive
from infrastructure.codec import TREATY_DEFINED
from infrastructure.importers.proposals import Finding, Proposal, Registry, distinct_slug, slug_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """The slug under which the record has the treaty, or will have it, and what there is to say of that."""

    slug: str
    on_file: bool
    findings: tuple[Finding, ...] = ()


class TreatyNames:
    """The treaties of the record by identifier, slug and title, and those that a file adds."""

    def __init__(self, definitions: Iterable[Definition] = ()) -> None:
        """Hold the definitions; a later version of one comes after the earlier ones."""
        self._by_identifier: dict[tuple[str, str], str] = {}
        self._by_title: dict[str, set[str]] = {}
        self._depends_on: dict[str, tuple[str, ...]] = {}
        self._keys: dict[str, set[str]] = {}
        for each in definitions:
            self.add(each.treaty, each.title, each.identifiers, each.clauses)

    def add(
        self,
        slug: str,
        title: str,
        identifiers: Mapping[str, str],
        clauses: Mapping[str, object],
    ) -> None:
        """Know one more treaty, or one more version of its definition."""
        self._depends_on[slug] = dependencies(clauses)
        self._keys.setdefault(slug, set()).update(identifiers)
        for key, value in identifiers.items():
            self._by_identifier.setdefault((key, _bare(key, value)), slug)
        for each in (title, identifiers.get("formal_title")):
            if each:
                self._by_title.setdefault(folded(each), set()).add(slug)

    def __contains__(self, slug: str) -> bool:
        """Whether there is such a treaty."""
        return slug in self._depends_on

    def depends_on(self, slug: str) -> Sequence[str]:
        """The treaties on whose course this one depends."""
        return self._depends_on.get(slug, ())

    def known_by(self, keys: Iterable[str]) -> Iterator[str]:
        """The treaties that have an identifier under one of the keys."""
        wanted = set(keys)
        yield from dict.fromkeys(
            slug for (key, _), slug in self._by_identifier.items() if key in wanted
        )

    def match(self, proposal: Proposal, registry: Registry) -> Matched:
        """Where the proposed treaty is on file, or under which slug it shall come there."""
        slug, title = str(proposal.fact["treaty"]), str(proposal.fact["title"])
        for key, value in proposal.known_by.items():
            found = self._by_identifier.get((key, _bare(key, value)))
            if found is not None:
                return Matched(slug=found, on_file=True, findings=_matched(proposal, found, slug))
        if proposal.ours and slug in self:
            return Matched(slug=slug, on_file=True, findings=_matched(proposal, slug, ""))
        titled = {each for name in proposal.titles for each in self._titled(name)}
        if len(titled) == 1:
            found = titled.pop()
            return Matched(slug=found, on_file=True, findings=_matched(proposal, found, ""))
        doubts = tuple(
            _same_title(proposal, each)
            for each in self._titled(title)
            if not self._keys[each].intersection(proposal.known_by)
        )
        free = slug if slug not in self else slug_of(registry.mark, slug)
        if free in self:
            free = distinct_slug(registry.mark, slug, *proposal.known_by.values())
        return Matched(slug=free, on_file=False, findings=doubts)

    def _titled(self, title: str) -> list[str]:
        return sorted(self._by_title.get(folded(title), ()))


def definitions_on_file(archive: EventArchive) -> Iterator[Definition]:
    """Every version of every definition in the record, in the order of recording."""
    position = 0
    while True:
        page = archive.recorder.select_notifications(
            position, PAGE, topics=(TREATY_DEFINED,), inclusive_of_start=False
        )
        for logged in page:
            content = archive.entry(logged).content
            assert isinstance(content, Definition), "the topic says so"
            yield content
            position = logged.id
        if len(page) < PAGE:
            return


def dependencies(clauses: Mapping[str, object]) -> tuple[str, ...]:
    """The treaties on which the clauses make one depend; none where the clauses cannot be read."""
    if not clauses:
        return ()
    try:
        return depends_on(read(Clauses, clauses))
    except Malformed:
        return ()


def _bare(key: str, value: str) -> str:
    """An identifier without what is written now so and now so."""
    return _BARE.get(key, str)(value.strip())


_BARE: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "council_of_europe": lambda value: (re.sub(r"\D", "", value) or value).lstrip("0"),
        "un_treaty_collection": str.casefold,
        "unoda": str.casefold,
    }
)


def _matched(proposal: Proposal, found: str, proposed: str) -> tuple[Finding, ...]:
    if found == proposed:
        return ()
    return (
        Finding(
            line=proposal.line,
            problem="treaty_matched",
            detail=f"{proposal.raw[:80]} is {found} in the record",
            read=proposal.raw,
            done=f"its acts were compared with those of {found}",
        ),
    )


def _same_title(proposal: Proposal, found: str) -> Finding:
    title = str(proposal.fact["title"])[:120]
    return Finding(
        line=proposal.line,
        problem="title_on_file",
        detail=f"{proposal.raw[:80]} has the title of {found}, {title}",
        read=proposal.raw,
        done="it was kept apart; a mapping can say that it is the same",
    )
