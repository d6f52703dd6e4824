"""The register of parties as far as it is proved: what was not proved cannot be asked."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import NoReturn

from domain.acts import PartyEntry
from domain.parties import Party, Register


class Unproved(Exception):
    """Something of the register was asked that the evidence does not hold."""


class ProvedRegister(Register):
    """Some entries of the register, known to be all there are of these parties.

    `entries` are in the order of recording, and among them are those of all parties that continue another.
    `ended` are the codes of all parties that the register says ended, those that are not proved included;
    `dated`, where it is given, has for each party in the register an entry that tells its existence.
    """

    def __init__(
        self,
        entries: Iterable[PartyEntry],
        codes: Collection[str],
        ended: Collection[str],
        dated: Iterable[PartyEntry] | None = None,
    ) -> None:
        """Hold the entries, and the codes of which nothing more is in the register."""
        super().__init__(entries)
        self._proved = frozenset(codes)
        self._ended = frozenset(ended)
        self._dated = None if dated is None else Register(dated)

    def get(self, code: str) -> Party:
        """The party with this code, or one that has only its code where the register is proved to lack it."""
        if code not in self._proved:
            raise Unproved(f"the evidence does not say what the register holds of {code}")
        return super().get(code)

    def extinct_from(self, code: str) -> date | None:
        """The first day on which the party no longer exists: its entry tells, if it ended at all."""
        if code not in self._proved and code not in self._ended:
            return None
        return self._days_of(code).extinct_from()

    def existed_from(self, code: str, before: date) -> date | None:
        """The start of the party's last interval of existence that began on or before the day."""
        return self._days_of(code).existed_from(before)

    def _days_of(self, code: str) -> Party:
        if self._dated is None or code in self._proved:
            return self.get(code)
        return self._dated.get(code)

    def persons(self, code: str) -> tuple[str, ...]:
        """The code and those of the entities whose legal person the party continues.

        A party of which nothing is proved continues nobody: all that do are proved.
        """
        chain = [code]
        while chain[-1] in self._proved:
            earlier = super().get(chain[-1]).continues
            if earlier is None or earlier in chain:
                break
            chain.append(earlier)
        return tuple(chain)

    def __contains__(self, code: str) -> bool:
        """Whether there is a party with this code."""
        self.get(code)
        return super().__contains__(code)

    def __len__(self) -> int:  # noqa: PLE0303 (it never returns)
        """Not known: the register is not here whole."""
        self._whole()

    def codes(self) -> tuple[str, ...]:
        """Not known: the register is not here whole."""
        self._whole()

    def find(self, text: str, on: date | None = None) -> tuple[str, ...]:
        """Not known: the register is not here whole."""
        self._whole(text, on)

    def near(self, text: str, limit: int = 3) -> tuple[str, ...]:
        """Not known: the register is not here whole."""
        self._whole(text, limit)

    def _whole(self, *asked: object) -> NoReturn:
        raise Unproved(f"the evidence does not hold the whole register {asked or ''}".strip())
