"""Handlers as people have them, by kind; importing the package fills ``CORPUS``."""

from __future__ import annotations

from tests.handlers.corpus import aws as aws
from tests.handlers.corpus import entered as entered
from tests.handlers.corpus import http as http
from tests.handlers.corpus import running as running
from tests.handlers.corpus import stores as stores
from tests.handlers.corpus.known import CORPUS as CORPUS
