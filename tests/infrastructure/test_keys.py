"""Keys of callers: shown once, kept as digests, found by their prefix, out at once when revoked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.errors import NotFound
from infrastructure.database import glancing, open_engine
from infrastructure.keys import FORM, Keys, is_well_formed, new_token
from infrastructure.tables import api_key

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.instant = NOON

    def now(self) -> datetime:
        return self.instant

    def today(self) -> date:
        return self.instant.date()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def engine(migrated_database_url: str) -> Iterator[sa.Engine]:
    engine = open_engine(migrated_database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def keys(engine: sa.Engine, watch: Watch) -> Keys:
    return Keys(engine, watch)


def test_a_key_names_its_holder_and_its_scopes(keys: Keys) -> None:
    key, token = keys.create("clerk", ["acts:record", "acts:correct", "acts:record"])

    holder = keys.holder(token)

    assert holder is not None
    assert (holder.id, holder.name, holder.scopes) == (
        key.id,
        "clerk",
        ("acts:record", "acts:correct"),
    )


def test_the_secret_is_kept_nowhere(keys: Keys, engine: sa.Engine) -> None:
    _, token = keys.create("clerk", ["read"])

    with glancing(engine) as connection:
        row = connection.execute(sa.select(api_key)).one()

    assert token.split("_")[2] not in str(row)


@pytest.mark.parametrize(("kept", "added"), [(0, ""), (-1, ""), (None, "0")])
def test_what_is_no_key_has_no_holder(keys: Keys, kept: int | None, added: str) -> None:
    _, token = keys.create("clerk", ["read"])

    assert keys.holder(token[:kept] + added) is None


def test_a_key_of_the_right_form_that_was_never_made_has_no_holder(keys: Keys) -> None:
    _, token = keys.create("clerk", ["read"])
    prefix = token.split("_")[1]
    forged = new_token()

    assert keys.holder(forged) is None
    assert keys.holder(forged.replace(forged.split("_")[1], prefix)) is None


def test_a_typing_error_is_told_by_the_checksum() -> None:
    token = new_token()
    mistyped = token[:12] + ("a" if token[12] != "a" else "b") + token[13:]

    assert FORM.fullmatch(mistyped)
    assert is_well_formed(token)
    assert not is_well_formed(mistyped)


def test_a_revoked_key_is_out_at_once(keys: Keys, engine: sa.Engine, watch: Watch) -> None:
    key, token = keys.create("clerk", ["read"])
    elsewhere = Keys(engine, watch)
    assert elsewhere.holder(token) is not None

    revoked = keys.revoke(key.prefix)

    assert revoked.revoked_at == NOON
    assert elsewhere.holder(token) is None


def test_revoking_again_changes_nothing(keys: Keys, watch: Watch) -> None:
    key, _ = keys.create("clerk", ["read"])
    keys.revoke(str(key.id))
    watch.instant += timedelta(days=1)

    assert keys.revoke(key.prefix).revoked_at == NOON


def test_an_expired_key_holds_no_more(keys: Keys, watch: Watch) -> None:
    _, token = keys.create("clerk", ["read"], expires_at=NOON + timedelta(hours=1))
    assert keys.holder(token) is not None

    watch.instant += timedelta(hours=1)

    assert keys.holder(token) is None


def test_the_last_use_is_noted_once_a_minute(keys: Keys, watch: Watch) -> None:
    _, token = keys.create("clerk", ["read"])
    keys.holder(token)
    watch.instant += timedelta(seconds=59)
    keys.holder(token)
    early = keys.every()[0].last_used_at
    watch.instant += timedelta(seconds=1)
    keys.holder(token)

    late = keys.every()[0].last_used_at

    assert (early, late) == (NOON, NOON + timedelta(minutes=1))


def test_there_is_nothing_to_revoke_where_no_key_is(keys: Keys) -> None:
    with pytest.raises(NotFound):
        keys.revoke("abcdefghij")
