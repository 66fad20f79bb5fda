"""Text with everything in it replaced that tells whose it is: word by word, so that what belongs together still does.

A name is made of words, digits and what stands between them. Each word is replaced by itself, wherever it stands: so
``sessions-001`` is a node of what ``sessions.abc123.use1.cache.amazonaws.com`` is, before and afterwards. Digits stay,
but for those of accounts, and so do the words that narrows' own rules read.

What has a shape of its own (addresses, ids, ARNs, hosts, hashes, secrets) is told first (``recognised.py``). Every
other word of a log line that is not known to be harmless is replaced: what nobody knows may be a name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from functools import partial

from narrows.aws_ids import FUNCTION
from narrows.redact import recognised, vocabulary
from narrows.redact.addresses import Addresses
from narrows.redact.hosts import Hosts
from narrows.redact.permutation import Permutation
from narrows.redact.pseudonyms import MOST, Ids, Words

_COMPOUND = re.compile(r"[^\W_]+(?:[-_.:/ ][^\W_]+)+")
_SEPARATOR = re.compile(r"[-_.:/ ]")
_ACCOUNT_DIGITS = 12
_LONG_NUMBER = 9
"""Digits of a number in a text that is a telephone's, a card's or somebody's id, if it is no time."""
_LONG_IN_NAME = 6
_TIMES = (1_420_070_400, 2_051_222_400)
"""Seconds since 1970 that a number is taken for a time between, where no window says more: 2015 to 2034."""
_DATE = re.compile(r"(?:19|20)\d{6}")
_SWITCHES = 3
"""From letters to digits or back, in what is no word with a number behind it."""
_MIXED = 16
"""Letters and digits in one piece: longer ones are made by machines."""
_MOST_REMEMBERED = 1 << 18
_DESCRIBED = re.compile(r"(AWS Lambda VPC ENI-|ELB (?:(?:app|net|gwy)/)?|ElastiCache[ +]|ES )(.*)", re.DOTALL)
"""How descriptions begin that AWS's services write before a name."""
_MOST_SHOWN = 100_000
_WINDOW = 32
"""Words of a name that are compared at once."""


class Mode(Enum):
    """What kind of text it is."""

    NAME = auto()
    """Somebody's own words: every one is replaced."""
    AWS = auto()
    """A value in an answer of AWS: AWS's own words stay."""
    TEXT = auto()
    """What programs and people write: the words of the rules stay, and ordinary ones."""
    PATH = auto()
    """The name of a file: ordinary words stay, unless they are part of a name."""


class Redactor:
    """Replaces, under one mapping.

    Until ``settle`` it only collects; what its methods give back is of no use then.
    """

    def __init__(self, key: bytes, words: Words, ids: Ids, names: dict[str, str]) -> None:
        self.permutation = Permutation(key)
        self.addresses = Addresses(key)
        self.words, self.ids = words, ids
        self.names = names
        """Whole names that no words could be replaced in, or that would be too long."""
        self.learning = True
        self.replaced: Counter[str] = Counter()
        """How often something of a kind was replaced."""
        self.unknown: Counter[str] = Counter()
        """Words that stay though they are not known, because a rule may read them; how often."""
        self.seen: dict[str, dict[str, str]] = {"addresses": {}, "hosts": {}, "accounts": {}}
        """What the key made of some of what was met, for people to look up."""
        self.hosts = Hosts(self)
        self._learned: dict[str, None] = {}
        self._functions: dict[str, None] = {}
        self._name_words: set[str] = set()
        self._compounds: set[str] = set()
        self._firsts: set[str] = set()
        self._decided: dict[tuple[Mode, str], str] = {}
        self._window = _TIMES
        self._kinds: dict[str, Callable[[str, Mode], str]] = {
            "jwt": self._secret_parts, "access_key": self._access_key, "secret": self._assigned, "user": self._user,
            "email": self._email, "arn": self._arn, "log_group": self._log_group, "uuid": self._uuid,
            "service": self._service, "mac": self._mac, "pointer": self._pointer, "v6": self._address,
            "v4": self._address, "dashed": self._dashed, "id": self._id, "host": self._host, "run": self._run,
        }  # fmt: skip

    # ---- what others ask for

    def text(self, text: str) -> str:
        """What a program or a person wrote: a log line, a message, ``reported``."""
        return self._whole(text, Mode.TEXT)

    def value(self, text: str) -> str:
        """A value in an answer of AWS."""
        described = _DESCRIBED.fullmatch(text)
        if described is not None:
            return described[1] + self._whole(described[2], Mode.NAME)
        return self._whole(text, Mode.AWS)

    def name(self, text: str) -> str:
        """A name that somebody gave: the value of a tag, a key of ``case.yaml``, a dimension."""
        if self.learning:
            self._learn(text)
        return self.names.get(text) or self._whole(text, Mode.NAME)

    def function(self, text: str) -> str:
        """The name of a function, or its ARN, with its alias or not; still one that Lambda takes."""
        if text.startswith("arn:"):
            return self._arn(text, Mode.AWS)
        if ":" in text:
            return ":".join(map(self._part_of_reference, text.split(":")))
        image = self.name(text)
        if self.learning:
            self._functions[text] = None
        if self.learning or text in self.names:
            return image
        if image == text or not FUNCTION.fits(image):
            image = self.names[text] = self.words.pseudonym(text)
        return image

    def _part_of_reference(self, text: str) -> str:
        """A part of ``ACCOUNT:function:NAME:ALIAS``."""
        is_name = FUNCTION.fits(text) and text != "function" and not text.isdigit()
        return self.function(text) if is_name else self._scan(text, Mode.AWS)

    def id(self, text: str) -> str:
        """An id of AWS's, one that people wrote by hand too; anything else as ``value``."""
        if recognised.ID_PREFIX.match(text) is None:
            return self.value(text)
        if self.learning:
            self._learn(text)
        return self._id(text, Mode.AWS)

    def member(self, text: str) -> str:
        """The name of a member of a JSON object, or of a column: no id, however many digits it has."""
        if not text.isalnum():
            return self.value(text)
        return "".join(
            self._number(one, Mode.NAME) if one.isdigit() else self._word(one, Mode.AWS)
            for one in recognised.PARTS.findall(text)
        )

    def host(self, text: str) -> str:
        """A DNS name, or an address that stands in the place of one."""
        try:
            return self._addressed(text)
        except ValueError:
            return self._show("hosts", text, self.hosts.image(text))

    def path(self, name: str) -> str:
        """The name of a file or folder, without its suffix."""
        whole = self._whole(name, Mode.PATH)
        return re.sub(r"[^\W_]+", lambda run: self.names.get(run[0], run[0]), whole)

    def known_host(self, text: str) -> None:
        """Take note of a host whose shape alone does not tell that it is one."""
        self.hosts.know(text)

    def between(self, first: float, last: float) -> None:
        """Whole numbers that are times between these (seconds since 1970) stay."""
        self._window = (int(first), int(last))

    def settle(self) -> None:
        """Give everything that was met its pseudonym: from here on it replaces."""
        for name in self._learned:
            self._name_words.update(
                word.lower()
                for run in re.findall(r"[^\W_]+", name)
                for word in recognised.PARTS.findall(run)
                if len(word) > 1 and not word.isdigit() and not _stays_in_names(word.lower())
            )
        self._decided.clear()
        for word in self._name_words:
            self.words.meet(word)
        self.words.settle()
        self.ids.settle()
        self.learning = False
        for name in self._functions:
            self.function(name)
        for name in self._learned:
            whole = name in self.names
            if _SEPARATOR.search(name) and (
                whole
                or name in self.ids.of
                or any(self._scan(name, mode) != self._scan(name, Mode.NAME) for mode in Mode)
            ):
                self._compounds.add(name.lower())
                self._firsts.add(_SEPARATOR.split(name.lower(), maxsplit=1)[0])
        self.replaced.clear()
        self.unknown.clear()

    def names_that_stay(self) -> list[str]:
        """Names of one word that log lines keep, since the rules read that word there."""
        return sorted(
            {
                name
                for name in self._learned
                if name.isalpha() and len(name) > 1 and (name.lower() in vocabulary.of_rules())
                and self._scan(name, Mode.NAME) != name
            }
        )  # fmt: skip

    # ---- how

    def _learn(self, text: str) -> None:
        if len(self._learned) < MOST:
            self._learned[text] = None

    def _whole(self, text: str, mode: Mode) -> str:
        if not self._firsts or mode is Mode.NAME:
            return self._scan(text, mode)
        parts, done = [], 0
        for compound in _COMPOUND.finditer(text):
            for start, end in self._windows(compound):
                own = text[start:end]
                image = self.ids.of.get(own) or self.names.get(own) or self._scan(own, Mode.NAME)
                parts += [self._scan(text[done:start], mode), image]
                done = end
        return "".join(parts) + self._scan(text[done:], mode) if parts else self._scan(text, mode)

    def _windows(self, compound: re.Match[str]) -> list[tuple[int, int]]:
        """Where in a compound names stand that have to be replaced as a whole."""
        text = compound[0].lower()
        runs = [(run.start(), run.end()) for run in re.finditer(r"[^\W_]+", text)]
        found, place = [], 0
        while place < len(runs):
            start = runs[place][0]
            if text[start : runs[place][1]] in self._firsts:
                for last in range(min(len(runs), place + _WINDOW) - 1, place, -1):
                    if text[start : runs[last][1]] in self._compounds:
                        span = compound.start() + start, compound.start() + runs[last][1]
                        if not self._is_in_host(compound.string, span):
                            found.append(span)
                        place = last
                        break
            place += 1
        return found

    def _is_in_host(self, text: str, span: tuple[int, int]) -> bool:
        """Whether a piece of a text is a part of a host, which is told as a whole."""
        for host in recognised.HOSTS.finditer(text):
            if host.start() <= span[0] and span[1] <= host.end() and host.span() != span:
                return self.hosts.is_one(host[0].rstrip("."))
        return False

    def _scan(self, text: str, mode: Mode) -> str:
        return recognised.TOKENS.sub(partial(self._token, mode=mode), text)

    def _plain(self, text: str, mode: Mode) -> str:
        """What turned out to be neither an address nor a host, and may hold an address all the same (``x10.0.0.1``)."""
        parts, done = [], 0
        for found in recognised.ADDRESS.finditer(text):
            try:
                image = self._addressed(found[0])
            except ValueError:
                continue
            parts += [recognised.PLAIN.sub(partial(self._token, mode=mode), text[done : found.start()]), image]
            done = found.end()
        return "".join(parts) + recognised.PLAIN.sub(partial(self._token, mode=mode), text[done:])

    def _token(self, token: re.Match[str], mode: Mode) -> str:
        kind = self._kinds.get(token.lastgroup or "")
        return token[0] if kind is None else kind(token[0], mode)

    def _count(self, kind: str) -> None:
        if not self.learning:
            self.replaced[kind] += 1

    def _show(self, kind: str, text: str, image: str) -> str:
        seen = self.seen[kind]
        if not self.learning and (len(seen) < _MOST_SHOWN):
            seen[text] = image
        return image

    # ---- things with a shape

    def _secret_parts(self, text: str, mode: Mode = Mode.TEXT) -> str:
        self._count("secrets")
        return re.sub(r"[A-Za-z0-9]+", lambda run: self.permutation.mixed(run[0]), text)

    def _access_key(self, text: str, mode: Mode) -> str:
        self._count("secrets")
        return text[:4] + self.permutation.mixed(text[4:])

    def _assigned(self, text: str, mode: Mode) -> str:
        """``password=...``: words are words, anything else is the secret."""
        value = re.search(r"[^\s\"'=:]+$", text)
        if value is None:
            return self._plain(text, mode)
        before = self._plain(text[: value.start()], mode)
        if value[0].isalpha() and value[0].lower() in vocabulary.ordinary() | vocabulary.of_rules():
            return before + value[0]
        return before + self._secret_parts(value[0])

    def _user(self, text: str, mode: Mode) -> str:
        return self._secret_parts(text)

    def _email(self, text: str, mode: Mode) -> str:
        self._count("e-mail addresses")
        local, _, domain = text.rpartition("@")
        return f"{self._plain(local, Mode.NAME)}@{self.hosts.image(domain)}"

    def _arn(self, text: str, mode: Mode) -> str:
        self._count("ARNs")
        arn, partition, service, *rest = text.split(":", 5)
        own = [self._scan(one, Mode.AWS) for one in rest[:2]]
        if len(rest) < 3:
            return ":".join((arn, partition, service, *own))
        kind, sign, resource = _split_resource(rest[2])
        kind = self._scan(kind, Mode.AWS if sign else Mode.NAME)
        if service == "elasticloadbalancing" and (below := re.match(r"(?:app|net|gwy)/", resource)):
            sign, resource = sign + below[0], resource[below.end() :]
        if service == "lambda" and kind == "function":
            image = ":".join(map(self._part_of_reference, resource.split(":")))
        else:
            image = self._scan(resource, Mode.NAME)
        return ":".join((arn, partition, service, *own, kind + sign + image))

    def _log_group(self, text: str, mode: Mode) -> str:
        head, _, name = text.rpartition("/")
        return f"{head}/{self.function(name)}"

    def _uuid(self, text: str, mode: Mode) -> str:
        self._count("request ids and other UUIDs")
        if self.learning:
            return text
        image = iter(self.permutation.hexadecimal(text.replace("-", "")))
        return "".join(char if char == "-" else next(image) for char in text)

    def _service(self, text: str, mode: Mode) -> str:
        head, _, last = text.rpartition(".")
        return f"{head}.{self._id(last, mode)}" if last.startswith("vpce-svc-") else text

    def _mac(self, text: str, mode: Mode) -> str:
        self._count("MAC addresses")
        image = self.permutation.hexadecimal(text.replace(":", ""))
        return ":".join(image[place : place + 2] for place in range(0, len(image), 2))

    def _pointer(self, text: str, mode: Mode) -> str:
        return text if self.learning else text[:2] + self.permutation.hexadecimal(text[2:].lower())

    def _address(self, text: str, mode: Mode) -> str:
        try:
            return self._addressed(text)
        except ValueError:
            return self._plain(text, mode)

    def _addressed(self, text: str) -> str:
        if self.learning:
            self.addresses.address(text)
            return text
        plain, slash, length = text.partition("/")
        try:
            image = self.addresses.address(text)
        except ValueError:
            if not slash:
                raise
            image = f"{self.addresses.address(plain)}/{length}"
        self._count("addresses")
        return self._show("addresses", text, image)

    def _dashed(self, text: str, mode: Mode) -> str:
        head, *parts = text.split("-")
        try:
            return "-".join((head, *self._addressed(".".join(parts)).split(".")))
        except ValueError:
            return text

    def _id(self, text: str, mode: Mode) -> str:
        if self.learning:
            self.ids.meet(text)
            return text
        self._count("ids of AWS")
        return self.ids.pseudonym(text)

    def _host(self, text: str, mode: Mode) -> str:
        plain = text.rstrip(".")
        if mode is not Mode.PATH and self.hosts.is_one(plain):
            self._count("host names")
            return self._show("hosts", plain, self.hosts.image(plain)) + text[len(plain) :]
        return self._plain(text, mode)

    # ---- letters and digits

    def _run(self, run: str, mode: Mode) -> str:
        known = self._decided.get((mode, run))
        if known is None:
            known = self._of_run(run, mode)
            if len(self._decided) >= _MOST_REMEMBERED:
                self._decided.clear()
            self._decided[mode, run] = known
        if known != run:
            self._count("words and numbers")
        elif not self.learning and mode is Mode.TEXT and run in self.unknown:
            self.unknown[run] += 1
        return known

    def _of_run(self, run: str, mode: Mode) -> str:
        if run.isascii() and run.isdigit():
            return self._number(run, mode)
        if run.isalpha():
            return self._word(run, mode)
        if recognised.HEXADECIMAL.fullmatch(run):
            return run if self.learning else self.permutation.hexadecimal(run)
        parts = recognised.PARTS.findall(run)
        if run.isascii() and (len(parts) > _SWITCHES or len(run) >= _MIXED):
            return run if self.learning else self.permutation.mixed(run)
        return "".join(one if one.isdigit() else self._word(one, mode) for one in parts)

    def _number(self, digits: str, mode: Mode) -> str:
        if self.learning:
            return digits
        if len(digits) == _ACCOUNT_DIGITS:
            self._count("account ids")
            return self._show("accounts", digits, self.permutation.digits(digits))
        if mode in (Mode.NAME, Mode.PATH) and len(digits) >= _LONG_IN_NAME and not _DATE.fullmatch(digits):
            return self.permutation.digits(digits)
        if len(digits) >= _LONG_NUMBER and not self._is_time(digits):
            return self.permutation.digits(digits)
        return digits

    def _is_time(self, digits: str) -> bool:
        first, last = self._window
        return any(
            len(digits) == 10 + more and first <= int(digits) // 10**more <= last for more in (0, 3, 6, 9)
        )  # fmt: skip

    def _word(self, word: str, mode: Mode) -> str:
        lowered = word.lower()
        if len(lowered) < 2:
            return word
        if mode is Mode.NAME:
            return word if _stays_in_names(lowered) else self._other(word)
        if mode is Mode.TEXT and lowered in vocabulary.of_rules():
            return word
        if mode is Mode.AWS and lowered in vocabulary.of_aws():
            return word
        if lowered in self._name_words and not self.learning:
            return self._other(word)
        if lowered in vocabulary.ordinary() or (mode is Mode.PATH and lowered in vocabulary.of_aws()):
            return word
        pieces = vocabulary.pieces_of(word)
        if len(pieces) > 1 and "".join(pieces) == word:
            return "".join(self._word(one, mode) for one in pieces)
        held = vocabulary.rule_in(lowered) if mode is Mode.TEXT and len(lowered) == len(word) else None
        if held is not None:
            # Written together, the word of the rule is still read; what stands around it is not.
            begin, end = held
            image = self._word(word[:begin], mode) + word[begin:end] + self._word(word[end:], mode)
            if image == word:
                self.unknown[word] += 0
            return image
        return self._other(word)

    def _other(self, word: str) -> str:
        if self.learning:
            self.words.meet(word)
            return word
        return self.words.pseudonym(word)


def _stays_in_names(lowered: str) -> bool:
    return lowered in vocabulary.STRUCTURE or vocabulary.is_glue(lowered)


def _split_resource(resource: str) -> tuple[str, str, str]:
    """The type of a resource, what stands behind it, and the rest of an ARN; no type where there is none."""
    match = re.match(r"([a-z-]+)([:/])", resource)
    return (match[1], match[2], resource[match.end() :]) if match else (resource, "", "")
