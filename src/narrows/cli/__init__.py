"""The command line: ``narrows COMMAND``.

To add a command:

1. add one line to the table in ``commands.py``: name and short help;
2. write ``cli/NAME.py`` (``-`` in the name becomes ``_``) with one function of that same name. Its parameters
   are the command's arguments and options (``Annotated[..., typer.Option(...)]``), its docstring is the help.

The file is imported when its command runs or is asked for its help, and only then. It stays thin: it reads
its arguments, calls a room and prints what comes back. It imports the rooms inside the function, so that
``narrows NAME --help`` stays quick, and prints through ``narrows.gate`` and nowhere else.

Exit codes: 0; 1 for a "no" that was asked for (``raise typer.Exit(1)``); 2 for wrong usage and for
``narrows.errors.InputError``, which is printed as one line; 130 when interrupted, 143 when terminated, 129 when
the terminal was closed, 141 when the reader of stdout was gone. Everything else is a fault of narrows: 70, with its
traceback.
"""

from __future__ import annotations

import errno
import gc
import os
import signal
import sys
from collections.abc import Sequence

from narrows import gate
from narrows.errors import InputError
from narrows.isolation import be_own_process
from narrows.scratch import remove_dead_folders, remove_own
from narrows.signals import handled

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
"""What a full disk says, one that fails, and one that takes nothing."""
_READER_GONE = 128 + signal.SIGPIPE
"""As shells have it: 1 would be a "no" that nobody said."""
_FAULT = 70
"""A fault of narrows (EX_SOFTWARE of sysexits.h)."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code. ``arguments`` defaults to the process's own."""
    # Nothing here is linear algebra on big matrices: without this, importing numpy starts a thread for every core.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # A big case is hundreds of thousands of objects that stay: looking through them for cycles again and again takes
    # a fifth of the time.
    gc.set_threshold(100_000, 20, 100)
    if arguments is None:
        be_own_process()
    sys.excepthook = gate.print_traceback
    if not gate.open_streams():
        gate.complain("stdout is closed")
        sys.exit(2)
    with gate.gated_output(), handled(remove_own) as ending:
        try:
            remove_dead_folders()
            _run(arguments)
        except BaseException as error:
            # Whatever comes out of what a signal has unwound is the signal's doing.
            by_click = isinstance(error, SystemExit) and error.code == ending.code
            if ending.number is None and not by_click and not isinstance(error, KeyboardInterrupt):
                if isinstance(error, SystemExit) or arguments is not None:
                    raise
                gate.print_traceback(type(error), error, error.__traceback__)
                sys.exit(_FAULT)
            gate.complain(ending.word)
            if ending.number is not None and arguments is None:
                # All is undone. What the interpreter and the libraries do at their own end may take seconds more.
                remove_own()
                os._exit(ending.code)
            sys.exit(ending.code)


def _run(arguments: Sequence[str] | None) -> None:
    try:
        from narrows.cli.exhausted import told_when_exhausted

        with told_when_exhausted():
            from narrows.cli.app import build

            try:
                build()(args=arguments, prog_name="narrows")
            finally:
                # Output that is still buffered meets a closed pipe here, not in a traceback at interpreter exit.
                sys.stdout.flush()
    except InputError as error:
        gate.complain(str(error))
        sys.exit(2)
    except gate.ReaderGoneError:
        _stop_printing()
        sys.exit(_READER_GONE)
    except gate.OutputError as error:
        _stop_printing()
        gate.complain(f"the output cannot be written: {error.strerror or error}".lower())
        sys.exit(2)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        gate.complain(f"{error.filename or 'a file'}: {(error.strerror or str(error)).lower()}")
        sys.exit(2)


def _stop_printing() -> None:
    """What is still buffered goes nowhere: the interpreter would try once more to write it when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
