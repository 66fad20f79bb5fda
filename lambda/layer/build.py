"""Build the layer: ``python lambda/layer/build.py`` writes one zip, byte for byte the same wherever it is built.

There is nothing compiled in it: one zip serves x86_64 and arm64, and every Python from 3.10 on.
"""

from __future__ import annotations

import argparse
import hashlib
import re
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


def version() -> str:
    """That of the package."""
    found = re.search(r'^__version__ = "([^"]+)"$', (PACKAGE / "__init__.py").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise SystemExit("build: no __version__ in narrows_lambda")
    return found[1]


def build(folder: Path) -> Path:
    """Write the zip into a folder.

    Raises:
        SystemExit: it is larger than a layer of ours may be.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"narrows-lambda-layer-{version()}.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for name, path, runs in contents():
            entry = zipfile.ZipInfo(name, _DATE)
            entry.create_system = 3
            entry.external_attr = (0o100755 if runs else 0o100644) << 16
            # Stored: what zlib makes of it differs from version to version.
            entry.compress_type = zipfile.ZIP_STORED
            archive.writestr(entry, path.read_bytes())
    if target.stat().st_size > _MOST_BYTES:
        raise SystemExit(f"build: {target} has {target.stat().st_size:,} bytes, more than {_MOST_BYTES:,}")
    return target


def main() -> None:
    """Build it, and say how it is published."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--to", type=Path, default=LAMBDA.parent / "dist", help="the folder (default: dist)")
    target = build(parser.parse_args().to)
    text = target.read_bytes()
    sys.stdout.write(
        f"{target}: {len(text):,} bytes, sha256 {hashlib.sha256(text).hexdigest()}\n\n"
        "aws lambda publish-layer-version --layer-name narrows-lambda \\\n"
        f"  --zip-file fileb://{target} \\\n"
        "  --compatible-architectures x86_64 arm64 \\\n"
        "  --compatible-runtimes python3.10 python3.11 python3.12 python3.13 python3.14\n"
    )


if __name__ == "__main__":
    main()
