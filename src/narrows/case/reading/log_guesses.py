"""What an error that no library of the table prints so tells of all the same, by the words that all of them share.

Only the head of what is said as an error is read so, and nothing that a slow query, a limit on requests or a pool in
the function itself says as well. The table goes first: where it knows a text, nothing is guessed.
"""

from __future__ import annotations

import re

from narrows.case.model import CallerOutcome

_LOOKED_AT = 500
"""Characters of a line."""
_OTHERWISE = re.compile(
    r"statement|\bquer(?:y|ies)\b.{0,30}\btime|\block\b|deadlock|cancel|rate.?(?:limit|exceed)|throttl|\b429\b|\b50[0-4]\b"
    r"|memory|\bpool\b|queuepool|hikari|task timed out|unauthori[sz]ed|forbidden|denied|not authori[sz]ed|credential"
    r"|exceeded when trying|connection is closed"
    r"|certificate|syntax|validation|constraint|duplicate|not found|no such (?:table|column|file|key|bucket)|quota",
    re.IGNORECASE,
)
"""Words of failures that are none of a connection."""
_ANSWERED = re.compile(
    r"password|authenticat(?:ion|e) (?:fail|err)|not authenticated|authori[sz]|forbidden|access ?denied"
    r"|permission denied|credential|signature"
    r"|certificate (?:has expired|verif\w+|is not|signed|chain)|expired certificate|x509:|CertVerification"
    r"|statement timeout|canceling statement|rate.?(?:limit|exceed)|throttl|too ?many ?requests|slow ?down"
    r"|status(?: code)?:? #|response code|\bHTTP/?#? #|# (?:Client|Server) Error|bad (?:gateway|request)"
    r"|gateway time-?out|service unavailable|out of ?memory|signal: killed|memory size|heap"
    r"|syntax error|constraint|duplicate (?:key|entry)|deadlock|does not exist|no such (?:table|column|file|key|bucket)"
    r"|validation|READONLY|WRONGTYPE|NOSCRIPT|json|KeyError|TypeError|ValueError|AttributeError|NullPointer|undefined",
    re.IGNORECASE,
)
"""Words of whoever was reached and answered, or of a fault of the function itself."""
_OUT = r"time[sd]? ?-?out"
_GUESSES: tuple[tuple[CallerOutcome, tuple[str, ...]], ...] = (
    (
        CallerOutcome.NO_NAME,
        (
            r"(?:could not|cannot|can't|unable to|failed to) (?:be )?resolve",
            r"unknown host|name resolution|resolving (?:host|the name)|getaddrinfo|nxdomain",
            r"dns (?:lookup|query|resolution|error|failure)",
        ),
    ),
    (
        CallerOutcome.TLS_TIMED_OUT,
        (rf"(?:tls|ssl).{{0,40}}handshake.{{0,40}}{_OUT}", rf"{_OUT}.{{0,60}}(?:tls|ssl).{{0,20}}handshake"),
    ),
    (
        CallerOutcome.DESTINATION_FULL,
        (
            r"too many (?:open )?(?:connections|clients|sessions)|no more connections",
            r"(?:connections?|sessions?) limit.{0,40}(?:reached|exceeded)",
            r"maximum (?:number of )?(?:connections|clients|sessions)",
        ),
    ),
    (CallerOutcome.REFUSED, (r"\bconnect\w*.{0,80}\brefused|\brefused.{0,40}\bconnect",)),
    (
        CallerOutcome.RESET,
        (
            r"connection.{0,60}(?:reset|closed|aborted|dropped|lost|broken|terminated|forcibly|went away)",
            r"(?:closed|dropped|lost|broke|terminated|aborted) the connection|peer closed|broken pipe",
            r"server (?:has )?(?:closed|disconnected|gone away)|socket (?:was |is |has been )?closed",
            r"unexpected (?:eof|end of (?:file|stream|input))",
        ),
    ),
    (
        CallerOutcome.TIMED_OUT,
        (
            rf"(?:connect(?:ing|ion)?|dial)\b.{{0,60}}\b{_OUT}",
            rf"{_OUT}.{{0,40}}\bconnect(?:ing)? to\b|{_OUT}.{{0,30}}\b(?:establish|opening)",
        ),
    ),
    (CallerOutcome.UNREACHABLE, (r"(?:host|network) (?:is )?unreachable|no route to host",)),
    (CallerOutcome.ANSWER_TIMED_OUT, (_OUT,)),
)
_PATTERNS = tuple((outcome, re.compile("|".join(patterns), re.IGNORECASE)) for outcome, patterns in _GUESSES)


def is_no_connection(error: str) -> bool:
    """Whether the head of an error line (numbers as ``#``) tells of something that no connection has part in."""
    return _ANSWERED.search(error[:_LOOKED_AT]) is not None


def guess(error: str) -> CallerOutcome | None:
    """The outcome that the head of an error line most likely tells of; None where it may be something else."""
    head = error[:_LOOKED_AT]
    if _OTHERWISE.search(head):
        return None
    return next((outcome for outcome, pattern in _PATTERNS if pattern.search(head)), None)
