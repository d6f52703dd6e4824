"""Secrets are derived and never kept; what they sign is checked as a receiver would check it."""

import hmac
import stat
import threading
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from infrastructure.webhooks.secrets import (
    Roots,
    Scheme,
    Signing,
    UnsafeKeys,
    fingerprint,
    opened,
)

WHO = UUID("0b5cf1b9-6c4a-4a6b-8f44-3a2f1f0f6f10")
ROOT = b"r" * 32
ROOTS = Roots([ROOT])
BODY = '{"specversion":"1.0","id":"412.0","note":"Türkiye"}'.encode()


def signing(scheme: Scheme = "secret", generation: int = 1, *, previous: bool = False) -> Signing:
    return Signing(scheme=scheme, root=fingerprint(ROOT), generation=generation, previous=previous)


def headers(asked: Signing, *, body: bytes = BODY, at: datetime | None = None) -> dict[str, str]:
    return ROOTS.headers(WHO, asked, message="msg_1", at=at or datetime.now(UTC), body=body)


def verifies(asked: Signing, given: dict[str, str], body: bytes = BODY) -> bool:
    """Whether a receiver with the public key of this signing believes the webhook."""
    public = b64decode(ROOTS.shared(WHO, asked).removeprefix("whpk_"))
    signed = f"{given['webhook-id']}.{given['webhook-timestamp']}.".encode() + body
    for each in given["webhook-signature"].split(" "):
        version, _, signature = each.partition(",")
        assert version == "v1a"
        try:
            Ed25519PublicKey.from_public_bytes(public).verify(b64decode(signature), signed)
        except InvalidSignature:
            continue
        return True
    return False


def test_the_library_signs_as_the_published_example_does() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    at = datetime.fromtimestamp(1614265330, UTC)

    said = Webhook(secret).sign("msg_p5jXN8AQM9LWM0D4loKWxJek", at, '{"test": 2432232314}')

    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_library_believes_what_is_signed_with_a_secret() -> None:
    receiving = Webhook(ROOTS.shared(WHO, signing()))

    said = receiving.verify(BODY, headers(signing()))

    assert said["note"] == "Türkiye"
    with pytest.raises(WebhookVerificationError):
        receiving.verify(BODY + b" ", headers(signing()))
    with pytest.raises(WebhookVerificationError):
        Webhook(ROOTS.shared(WHO, signing(generation=2))).verify(BODY, headers(signing()))
    with pytest.raises(WebhookVerificationError, match="too old"):
        receiving.verify(BODY, headers(signing(), at=datetime(2026, 1, 1, tzinfo=UTC)))


def test_a_signature_by_a_secret_is_what_the_standard_says() -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    secret = ROOTS.shared(WHO, signing()).removeprefix("whsec_")
    signed = b"msg_1.%d." % int(at.timestamp()) + BODY

    said = headers(signing(), at=at)

    digest = hmac.new(b64decode(secret), signed, sha256).digest()
    assert said == {
        "webhook-id": "msg_1",
        "webhook-timestamp": "1795521600",
        "webhook-signature": f"v1,{b64encode(digest).decode()}",
    }


def test_whoever_has_the_public_key_believes_what_is_signed_by_ed25519() -> None:
    assert verifies(signing("ed25519"), headers(signing("ed25519")))
    assert not verifies(signing("ed25519"), headers(signing("ed25519")), BODY + b" ")
    assert not verifies(signing("ed25519", 2), headers(signing("ed25519")))


@pytest.mark.parametrize("scheme", ["secret", "ed25519"])
def test_while_a_secret_is_replaced_both_sign(scheme: Scheme) -> None:
    given = headers(signing(scheme, 2, previous=True))

    assert given["webhook-signature"].count(" ") == 1
    if scheme == "ed25519":
        assert verifies(signing(scheme, 1), given)
        assert verifies(signing(scheme, 2), given)
    else:
        for generation in (1, 2):
            Webhook(ROOTS.shared(WHO, signing(scheme, generation))).verify(BODY, given)


def test_what_is_derived_never_becomes_another() -> None:
    pinned = {
        signing(): "whsec_F91fe5qgrrW9Vx/5RwBlhT2z3DOtOv1x5dfvztxpikI=",
        signing(generation=2): "whsec_gQxDcj9uUOn/Q9aNQPKv7Aeu6eEfRTsfBjmbMjMd1rs=",
        signing("ed25519"): "whpk_utuOV5H5gFdxRCfP0m2IuwqbxbRLlYD6BXMAOgTMoTE=",
    }

    assert {each: ROOTS.shared(WHO, each) for each in pinned} == pinned
    assert ROOTS.shared(UUID(int=1), signing()) not in pinned.values()


def test_the_file_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "timeline.webhooks"

    first = opened(path)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert opened(path, in_use=[first.latest]).latest == first.latest
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_processes_that_start_together_have_the_same_key(tmp_path: Path) -> None:
    path, found = tmp_path / "timeline.webhooks", []
    start = threading.Barrier(8)

    def begin() -> None:
        start.wait()
        found.append(opened(path).latest)

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


def test_new_subscriptions_take_the_last_key_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "timeline.webhooks"
    old = opened(path)
    with path.open("a") as file:
        file.write(f"timeline-webhooks {b64encode(ROOT).decode()}\n")

    both = opened(path, in_use=[old.latest, fingerprint(ROOT)])

    assert both.latest == fingerprint(ROOT)
    assert old.latest in both


def test_a_file_on_which_subscriptions_rest_is_not_made_anew(tmp_path: Path) -> None:
    with pytest.raises(UnsafeKeys, match="is not there, and subscriptions"):
        opened(tmp_path / "timeline.webhooks", in_use=["0123456789abcdef"])
    opened(tmp_path / "timeline.webhooks")
    with pytest.raises(UnsafeKeys, match="lacks the root key"):
        opened(tmp_path / "timeline.webhooks", in_use=["0123456789abcdef"])
    with pytest.raises(UnsafeKeys, match="is not in the file"):
        Roots([b"x" * 32]).shared(WHO, signing())


@pytest.mark.parametrize(
    "text",
    ["", "hello", "timeline-webhooks ", "timeline-webhooks AAAA", f"{b64encode(ROOT).decode()}"],
)
def test_a_file_that_holds_something_else_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "timeline.webhooks"
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(UnsafeKeys):
        opened(path)


def test_a_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "timeline.webhooks"
    opened(path)
    path.chmod(0o640)

    with pytest.raises(UnsafeKeys, match="chmod 600"):
        opened(path)
