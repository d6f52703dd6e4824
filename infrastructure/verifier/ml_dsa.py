"""Whether an ML-DSA-44 signature is right (FIPS 204), in whole numbers; it holds no secrets and takes its time.

The names are those of the standard: a polynomial has 256 coefficients modulo Q.
"""

from collections.abc import Iterator
from hashlib import shake_128, shake_256
from typing import TypeAlias

PUBLIC_BYTES = 1312
SIGNATURE_BYTES = 2420

Polynomial: TypeAlias = list[int]

_Q = 8380417
_N = 256
_D = 13
_TAU = 39
_GAMMA_1 = 1 << 17
_GAMMA_2 = (_Q - 1) // 88
_K, _L = 4, 4
_BETA = 78
_OMEGA = 80
_CHALLENGE_BYTES = 32
_Z_BITS, _T1_BITS, _W1_BITS = 18, 10, 6
_ZETAS = [pow(1753, int(f"{each:08b}"[::-1], 2), _Q) for each in range(_N)]


def verifies(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature of the message, with no context, is by the holder of the public key (algorithm 3)."""
    if len(public) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        return False
    challenge = signature[:_CHALLENGE_BYTES]
    z_bytes = _Z_BITS * _N // 8
    z = [
        [_GAMMA_1 - each for each in _unpacked(signature[at : at + z_bytes], _Z_BITS)]
        for at in range(_CHALLENGE_BYTES, _CHALLENGE_BYTES + _L * z_bytes, z_bytes)
    ]
    hints = _hints(signature[_CHALLENGE_BYTES + _L * z_bytes :])
    if hints is None or any(abs(each) >= _GAMMA_1 - _BETA for row in z for each in row):
        return False
    w1 = _commitment(public, challenge, z, hints)
    representative = shake_256(shake_256(public).digest(64) + b"\x00\x00" + message).digest(64)
    return shake_256(representative + w1).digest(_CHALLENGE_BYTES) == challenge


def _commitment(
    public: bytes, challenge: bytes, z: list[Polynomial], hints: list[set[int]]
) -> bytes:
    """What the signer committed to, computed again (algorithm 8, lines 5 to 12)."""
    seed, t1_bytes = public[:32], _T1_BITS * _N // 8
    c = _ntt(_sample_in_ball(challenge))
    z_hat = [_ntt(each) for each in z]
    packed = b""
    for row in range(_K):
        total = [0] * _N
        for column in range(_L):
            a = _sample_ntt(seed + bytes([column, row]))
            total = [t + x * y for t, x, y in zip(total, a, z_hat[column], strict=True)]
        t1 = _unpacked(public[32 + row * t1_bytes : 32 + (row + 1) * t1_bytes], _T1_BITS)
        t = _ntt([each << _D for each in t1])
        w = _inverse_ntt([(s - x * y) % _Q for s, x, y in zip(total, c, t, strict=True)])
        high = [_use_hint(each, hinted=at in hints[row]) for at, each in enumerate(w)]
        packed += _packed(high, _W1_BITS)
    return packed


def _hints(encoded: bytes) -> list[set[int]] | None:
    """The places of the hints in each polynomial, None for what is not their one encoding (algorithm 21)."""
    hints, start = [], 0
    for row in range(_K):
        end = encoded[_OMEGA + row]
        places = encoded[start:end]
        if not start <= end <= _OMEGA or list(places) != sorted(set(places)):
            return None
        hints.append(set(places))
        start = end
    return None if any(encoded[start:_OMEGA]) else hints


def _use_hint(value: int, *, hinted: bool) -> int:
    """The high bits of the value, corrected by a hint (algorithms 36 and 40)."""
    low = value % (2 * _GAMMA_2)
    if low > _GAMMA_2:
        low -= 2 * _GAMMA_2
    if value - low == _Q - 1:
        high, low = 0, low - 1
    else:
        high = (value - low) // (2 * _GAMMA_2)
    if not hinted:
        return high
    return (high + (1 if low > 0 else -1)) % 44


def _sample_in_ball(seed: bytes) -> Polynomial:
    """The challenge: 39 coefficients of 1 or -1 (algorithm 29)."""
    stream = shake_256(seed).digest(8 + 8 * _N)
    signs, drawn = int.from_bytes(stream[:8], "little"), iter(stream[8:])
    c = [0] * _N
    for i in range(_N - _TAU, _N):
        j = next(each for each in drawn if each <= i)
        c[i] = c[j]
        c[j] = 1 - 2 * (signs >> (i + _TAU - _N) & 1)
    return c


def _sample_ntt(seed: bytes) -> Polynomial:
    """One polynomial of the public matrix (algorithms 14 and 30)."""
    drawn = _threes(seed)
    return [next(each for each in drawn if each < _Q) for _ in range(_N)]


def _threes(seed: bytes) -> Iterator[int]:
    stream = shake_128(seed).digest(3 * 4 * _N)
    for at in range(0, len(stream), 3):
        yield int.from_bytes(stream[at : at + 3], "little") & 0x7FFFFF


def _ntt(polynomial: Polynomial) -> Polynomial:
    """The transform in which to multiply is to multiply coefficients (algorithm 41)."""
    w, m, length = list(polynomial), 0, 128
    while length:
        for start in range(0, _N, 2 * length):
            m += 1
            for j in range(start, start + length):
                t = _ZETAS[m] * w[j + length] % _Q
                w[j], w[j + length] = (w[j] + t) % _Q, (w[j] - t) % _Q
        length >>= 1
    return w


def _inverse_ntt(transformed: Polynomial) -> Polynomial:
    """The polynomial of a transform (algorithm 42)."""
    w, m, length = list(transformed), _N, 1
    while length < _N:
        for start in range(0, _N, 2 * length):
            m -= 1
            for j in range(start, start + length):
                t = w[j]
                w[j], w[j + length] = (
                    (t + w[j + length]) % _Q,
                    _ZETAS[m] * (w[j + length] - t) % _Q,
                )
        length <<= 1
    return [each * 8347681 % _Q for each in w]


def _unpacked(data: bytes, bits: int) -> Polynomial:
    whole, mask = int.from_bytes(data, "little"), (1 << bits) - 1
    return [whole >> (bits * each) & mask for each in range(_N)]


def _packed(polynomial: Polynomial, bits: int) -> bytes:
    whole = sum(each << (bits * at) for at, each in enumerate(polynomial))
    return whole.to_bytes(bits * _N // 8, "little")
