"""The VPC's resolver: answers A questions from a namespace of its own, on a path that crosses no table."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Mapping

from narrows.lab.blueprint import RESOLVER

PORT = 53
_MOST_ANSWERS = 28
"""As many as fit in 512 bytes beside a long name."""
_HEADER = struct.Struct("!HHHHHH")
_IS_ANSWER, _NO_SUCH_NAME = 0x8180, 0x8183
_A, _IN, _TTL = 1, 1, 5


def question(number: int, name: str) -> bytes:
    """A DNS question for the A records of a name."""
    labels = b"".join(bytes([len(part)]) + part for part in name.encode("idna").split(b".") if part)
    return _HEADER.pack(number, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", _A, _IN)


def addresses_in(answer: bytes) -> tuple[int, list[str]]:
    """(number of the question, addresses) of an answer as this resolver writes it; none when there is no such name."""
    number, _, _, count, _, _ = _HEADER.unpack_from(answer)
    at = len(answer) - 16 * count
    return number, [socket.inet_ntoa(answer[at + 16 * n + 12 : at + 16 * n + 16]) for n in range(count)]


def resolve(names: Mapping[str, tuple[str, ...]], any_order: bool, seed: int) -> None:
    """Answer for ever.

    Args:
        names: name -> addresses.
        any_order: which address comes first is drawn for every answer.
        seed: of what is drawn.
    """
    rng = random.Random(seed)
    known = {question(0, name)[_HEADER.size :]: _records(addresses) for name, addresses in names.items()}
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    listener.bind((RESOLVER, PORT))
    while True:
        asked, client = listener.recvfrom(512)
        if len(asked) <= _HEADER.size:
            continue
        records = known.get(asked[_HEADER.size :])
        if records is None:
            answer = asked[:2] + _HEADER.pack(0, _NO_SUCH_NAME, 1, 0, 0, 0)[2:] + asked[_HEADER.size :]
        else:
            if any_order and len(records) > 1:
                records = rng.sample(records, min(len(records), _MOST_ANSWERS))
            chosen = records[:_MOST_ANSWERS]
            header = _HEADER.pack(0, _IS_ANSWER, 1, len(chosen), 0, 0)
            answer = asked[:2] + header[2:] + asked[_HEADER.size :] + b"".join(chosen)
        listener.sendto(answer, client)


def _records(addresses: tuple[str, ...]) -> list[bytes]:
    head = struct.pack("!HHHIH", 0xC00C, _A, _IN, _TTL, 4)
    return [head + socket.inet_aton(address) for address in addresses]
