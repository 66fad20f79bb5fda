"""Flow logs in every shape that AWS delivers, changed; read together with a sound file, which nothing may cost."""

from __future__ import annotations

import contextlib
import io
import json
import random
from collections.abc import Callable
from pathlib import Path

from narrows.errors import InputError
from narrows.flowlogs import count_connections, print_csv, where_lost
from narrows.flowlogs.statements import GROUPINGS
from tests.fuzz import corpus, hostile, mutate_bytes, mutate_gzip, mutate_lines, mutate_parquet, rows
from tests.fuzz.corpus import Files
from tests.fuzz.mutate_json import JsonSeed
from tests.fuzz.mutate_json import mutated as mutated_json

BY = ".by"
"""The file that says how connections are grouped: hidden, so that no reader takes it for a log."""
_SOUND_INTERFACE = "eni-50000000000000000"
SOUND = f"""\
version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status
2 123456789012 {_SOUND_INTERFACE} 10.9.0.5 203.0.113.99 1025 443 6 5 300 1795176000 1795176059 ACCEPT OK
2 123456789012 {_SOUND_INTERFACE} 10.9.0.5 203.0.113.99 1026 443 6 5 300 1795176000 1795176059 ACCEPT OK
"""
"""A file that is read whatever lies beside it."""

_ASKS = "--from"
"""Where records lie years apart the user has to say which are meant: no file is lost by that."""
_FAR = "far-from-the-others"
"""Why records are not used that are few, and lie far from all others: those of the sound file may be."""

_TEXTS = corpus.texts("flow-logs", ".log")
_DOCUMENTS = [JsonSeed(one) for one in corpus.texts("flow-logs", ".json") if one.count("messageType") < 2]
_DOCUMENTS += [JsonSeed(corpus.text("flow-logs/subscription.json").splitlines()[0])]


def read(folder: Path) -> None:
    """Count what lies in a folder, and print it.

    Raises:
        AssertionError: the sound file was lost.
    """
    by = (folder / BY).read_text() if (folder / BY).exists() else "key"
    sound = (folder / "sound.log").exists()
    try:
        answer = count_connections([folder], by=by)
    except InputError as error:
        if sound and _ASKS not in str(error):
            raise AssertionError(f"sound.log is refused for what lies beside it: {error}") from error
        raise
    json.dumps(answer.to_json(), allow_nan=False).encode()
    where_lost(answer.raw).to_json()
    with contextlib.redirect_stdout(_Nowhere()):
        print_csv(answer)
    seen = {one["interface"] for one in answer.raw.interfaces}
    if sound and _SOUND_INTERFACE not in seen and _FAR not in answer.raw.reasons:
        raise AssertionError("the records of sound.log are gone")


class _Nowhere(io.TextIOBase):
    """Takes text as a pipe does, and forgets it."""

    def write(self, text: str, /) -> int:
        return len(text.encode())


def _named(rng: random.Random, ending: str, content: bytes) -> Files:
    name = f"{rng.randrange(16**6):06x}"
    if rng.random() < 0.1:
        name += hostile.word(rng).replace("/", "_").replace("\0", "")[:60].encode("utf-8", "replace").decode()
    elif rng.random() < 0.1:
        name = f"123456789012_vpcflowlogs_us-east-1_fl-{name}_20261120T1205Z_{rng.randrange(16**8):08x}"
    elif rng.random() < 0.02:
        name += "\udcff"
    by = {BY: rng.choice(GROUPINGS).encode()} if rng.random() < 0.2 else {}
    return {f"{name}{ending}": content, **by}


def _text(rng: random.Random) -> Files:
    return _named(rng, ".log", mutate_lines.mutated(rng, rng.choice(_TEXTS), _TEXTS))


def _gzip(rng: random.Random) -> Files:
    if rng.random() < 0.3:
        return _named(rng, ".json.gz", mutate_gzip.packed(rng, rng.choice(_DOCUMENTS).text.encode()))
    data = rng.choice(_TEXTS).encode() if rng.random() < 0.7 else mutate_lines.mutated(rng, rng.choice(_TEXTS), _TEXTS)
    return _named(rng, ".log.gz", mutate_gzip.packed(rng, data))


def _json(rng: random.Random) -> Files:
    data = mutated_json(rng, rng.choice(_DOCUMENTS), _DOCUMENTS)
    if rng.random() < 0.1:
        data = mutate_bytes.mutated(rng, data, rng.choice(_TEXTS).encode())
    return _named(rng, ".json", data)


def _parquet(rng: random.Random) -> Files:
    return _named(rng, ".log.parquet", mutate_parquet.mutated(rng, rows.FLOWS, rows.FLOW_TYPES))


MAKERS: dict[str, Callable[[random.Random], Files]] = {
    "text": _text, "gzip": _gzip, "json": _json, "parquet": _parquet,
}  # fmt: skip
