"""Build the layer: ``python lambda/layer/build.py`` writes one zip, byte for byte the same wherever zlib is zlib.

There is no machine code in it: one zip serves x86_64 and arm64, and every Python from 3.10 on. /opt cannot be written
to, so a runtime compiles it at every cold start; ``--bytecode python3.12`` writes one that need not be, for one Python.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

LAYER = Path(__file__).resolve().parent
LAMBDA = LAYER.parent
PACKAGE = LAMBDA / "src" / "narrows_lambda"
NODE = LAMBDA / "node"
_DATE = (1980, 1, 1, 0, 0, 0)
"""The first that a zip can hold."""
_LEFT_OUT = {"lint", "__pycache__"}
"""Folders of the package that no function needs."""
_MOST_BYTES = 200_000
_COMPILE = """
import marshal, os, sys
sys.stdout.buffer.write(b"cpython-%d%d\\n" % sys.version_info[:2])
for name, path in zip(sys.argv[1::2], sys.argv[2::2]):
    with open(path, "rb") as file:
        source = file.read()
    from importlib.util import source_hash, MAGIC_NUMBER
    code = marshal.dumps(compile(source, "/opt/" + name, "exec", dont_inherit=True, optimize=2))
    text = MAGIC_NUMBER + (1).to_bytes(4, "little") + source_hash(source) + code
    sys.stdout.buffer.write(len(text).to_bytes(4, "little") + text)
"""
"""Bytecode that is taken as it is (PEP 552, unchecked), without docstrings, of each file."""


def contents() -> Iterator[tuple[str, Path, bool]]:
    """(name in the zip, file, whether it can be run), in the order of the zip."""
    found: list[tuple[str, Path, bool]] = [("narrows", LAYER / "narrows", True)]
    found += [(str(one.relative_to(LAYER)), one, False) for one in _files(LAYER / "narrows-lambda")]
    found += [(str(Path("python/narrows_lambda") / one.relative_to(PACKAGE)), one, False) for one in _files(PACKAGE)]
    if (NODE / "register.mjs").is_file():
        node = [NODE / "register.mjs", NODE / "package.json", *_files(NODE / "src")]
        found += [(str(Path("nodejs/narrows-lambda") / one.relative_to(NODE)), one, False) for one in node]
    return iter(sorted(found))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and not _LEFT_OUT.intersection(path.relative_to(folder).parts) and path.suffix != ".pyc":
            yield path


def bytecode(python: str) -> Iterator[tuple[str, bytes]]:
    """(name in the zip, bytecode) of each file of Python, by an interpreter.

    Raises:
        SystemExit: it cannot be run, or cannot compile them.
    """
    sources = [(name, path) for name, path, _ in contents() if path.suffix == ".py"]
    command = [python, "-I", "-c", _COMPILE, *(str(word) for pair in sources for word in pair)]
    try:
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise SystemExit(f"build: {error}") from None
    tag, _, rest = told.partition(b"\n")
    for name, _ in sources:
        size = int.from_bytes(rest[:4], "little")
        path = Path(name)
        yield str(path.parent / "__pycache__" / f"{path.stem}.{tag.decode()}.pyc"), rest[4 : 4 + size]
        rest = rest[4 + size :]


def version() -> str:
    """That of the package."""
    found = re.search(r'^__version__ = "([^"]+)"$', (PACKAGE / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit("build: no __version__ in narrows_lambda")
    return found[1]


def build(folder: Path, python: str | None = None) -> Path:
    """Write the zip into a folder.

    Args:
        folder: gets it.
        python: the interpreter whose bytecode is to be in it.

    Raises:
        SystemExit: it is larger than a layer of ours may be, or the interpreter cannot be used.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [(name, path.read_bytes(), runs) for name, path, runs in contents()]
    if python is not None:
        files += [(name, text, False) for name, text in bytecode(python)]
    name = f"narrows-lambda-layer-{version()}"
    target = folder / (f"{name}.zip" if python is None else f"{name}-{Path(python).name}.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, text, runs in sorted(files):
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, text, compresslevel=9)
    if target.stat().st_size > _MOST_BYTES:
        raise SystemExit(f"build: {target} has {target.stat().st_size:,} bytes, more than {_MOST_BYTES:,}")
    return target


def main() -> None:
    """Build it, and say how it is published."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=LAMBDA.parent / "dist", help="the folder (default: dist)")
    parser.add_argument("--bytecode", metavar="PYTHON", help="put in the bytecode of this interpreter: python3.12")
    asked = parser.parse_args()
    target = build(asked.to, asked.bytecode)
    runtimes = "python3.10 python3.11 python3.12 python3.13 python3.14"
    if asked.bytecode:
        runtimes = Path(asked.bytecode).name
    text = target.read_bytes()
    sys.stdout.write(
        f"{target}: {len(text):,} bytes, sha256 {hashlib.sha256(text).hexdigest()}\n\n"
        "aws lambda publish-layer-version --layer-name narrows-lambda \\\n"
        f"  --zip-file fileb://{target} \\\n"
        "  --compatible-architectures x86_64 arm64 \\\n"
        f"  --compatible-runtimes {runtimes}\n"
    )


if __name__ == "__main__":
    main()
