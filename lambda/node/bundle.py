"""Makes one file of the package, for the layer: ``python lambda/node/bundle.py OUT``.

Node.js takes a millisecond for each file that it loads, and the package is loaded before every function. The modules
are put one after another as they are, less their imports of each other; that no two have a name in common, Node.js
sees to.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
_IMPORT = re.compile(r'^import (?P<names>.+) from "(?P<where>[^"]+)";$')
_START = "\ntry {\n  install();\n} catch {\n  // The function runs without us.\n}\n"


def bundle(first: Path = HERE / "src/install.mjs") -> str:
    """One module that does what ``register.mjs`` does.

    Raises:
        ValueError: an import that is not of the one form which is understood here.
    """
    builtin: dict[str, set[str]] = {}
    text = "\n".join(_modules(first, builtin, set()))
    head = [f'import {{ {", ".join(sorted(names))} }} from "{where}";' for where, names in sorted(builtin.items())]
    return "\n".join(head) + f"\n\n{text}{_START}"


def _modules(module: Path, builtin: dict[str, set[str]], done: set[Path]) -> list[str]:
    """A module after those that it imports."""
    done.add(module)
    before: list[str] = []
    own: list[str] = []
    for line in module.read_text().splitlines():
        if not line.startswith("import "):
            own.append(line.removeprefix("export "))
            continue
        found = _IMPORT.match(line)
        if found is None:
            raise ValueError(f"{module}: {line}")
        names, where = found["names"], found["where"]
        if where.startswith("node:"):
            listed = names.strip("{ }").split(", ") if names.startswith("{") else [f"default as {names}"]
            builtin.setdefault(where, set()).update(listed)
        elif (imported := (module.parent / where).resolve()) not in done:
            before += _modules(imported, builtin, done)
    return [*before, "\n".join(own).strip() + "\n"]


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(bundle())
