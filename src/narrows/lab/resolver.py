"""The VPC's resolver: answers A questions from a namespace of its own, on a path that crosses no table."""

from __future__ import annotations

import random
import socket
import struct
from collections.abc import Mapping

from narrows.lab.blueprint import RESOLVER

PORT = 53
PROCESSES = 2
"""How many share the questions."""
_MOST_ANSWERS = 28
"""As many as fit in 512 bytes beside a long name."""
_HEADER = struct.Struct("!HHHHHH")
_IS_ANSWER, _NO_SUCH_NAME = 0x8180, 0x8183
_COUNT_AT = 7
"""Where the number of answers stands; it fits in one byte."""
_A, _IN, _TTL = 1, 1, 5
_A_BYTES = struct.pack("!H", _A)


def question(number: int, name: str) -> bytes:
    """A DNS question for the A records of a name."""
    return _HEADER.pack(number, 0x0100, 1, 0, 0, 0) + _name(name) + struct.pack("!HH", _A, _IN)


def first_address(answer: bytes) -> str | None:
    """The first address in an answer as this resolver writes it; None when there is no such name."""
    count = answer[_COUNT_AT]
    end = len(answer) - 16 * (count - 1)
    return socket.inet_ntoa(answer[end - 4 : end]) if count else None


def resolve(names: Mapping[str, tuple[str, ...]], any_order: bool, seed: int) -> None:
    """Answer for ever.

    Args:
        names: name -> addresses.
        any_order: which address comes first is drawn for every answer.
        seed: of what is drawn.
    """
    rng = random.Random(seed)
    known = {_name(name): _records(addresses) for name, addresses in names.items()}
    # What is asked nearly always has an answer that is always the same.
    ready = {question(0, name)[2:]: answer(known, question(0, name), None)[2:] for name in names}
    if any_order:
        ready = {asked: said for asked, said in ready.items() if said[_COUNT_AT - 2] == 1}
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
    listener.bind((RESOLVER, PORT))
    while True:
        packet, client = listener.recvfrom(512)
        said = ready.get(packet[2:])
        if said is not None:
            listener.sendto(packet[:2] + said, client)
        elif whole := answer(known, packet, rng if any_order else None):
            listener.sendto(whole, client)


def answer(known: Mapping[bytes, list[bytes]], packet: bytes, rng: random.Random | None) -> bytes:
    """The answer to one packet, with ``rng`` in an order that is drawn; empty where there is no question in it."""
    end = packet.find(b"\0", _HEADER.size) + 1
    if end == 0 or len(packet) < end + 4:
        return b""
    asked, kind = packet[_HEADER.size : end + 4], packet[end : end + 2]
    records = known.get(packet[_HEADER.size : end].lower())
    chosen = records[:_MOST_ANSWERS] if records and kind == _A_BYTES else []
    if rng is not None and len(chosen) > 1:
        chosen = rng.sample(records or [], len(chosen))
    flags = _NO_SUCH_NAME if records is None else _IS_ANSWER
    header = _HEADER.pack(0, flags, 1, len(chosen), 0, 0)
    return packet[:2] + header[2:] + asked + b"".join(chosen)


def _name(name: str) -> bytes:
    labels = b"".join(bytes([len(part)]) + part for part in name.lower().encode("idna").split(b".") if part)
    return labels + b"\0"


def _records(addresses: tuple[str, ...]) -> list[bytes]:
    head = struct.pack("!HHHIH", 0xC00C, _A, _IN, _TTL, 4)
    return [head + socket.inet_aton(address) for address in addresses]
