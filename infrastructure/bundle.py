"""The verifier as one file: the code that decides, as it stands in this checkout, and a small start.

    python -m infrastructure.bundle > verify.py

The modules stand in the file as they are, so that whoever wants to know what it does can read it.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path

from domain.canonical import canonical

ROOT = Path(__file__).parent.parent
START = "infrastructure.verifier.command"
OURS = ("domain", "infrastructure")


def bundled() -> str:
    """The whole file."""
    modules = "".join(
        f"\nMODULES[{name!r}] = {_quoted(source)}\n" for name, source in sources().items()
    )
    return _TEMPLATE.format(rules=rules_digest(), modules=modules, start=START)


@cache
def sources() -> Mapping[str, str]:
    """The modules that the verifier needs, by name, each as it stands in its file."""
    found: dict[str, str] = {}
    waiting = [START]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found[name] = _path(name).read_text(encoding="utf-8")
        waiting.extend(_imports(found[name]))
        package, dot, _ = name.rpartition(".")
        waiting.extend([package] if dot else [])
    return dict(sorted(found.items()))


@cache
def rules_digest() -> str:
    """The digest of the code by which answers are derived: all of `domain` that the verifier needs."""
    law = {name: source for name, source in sources().items() if name.startswith("domain.")}
    return f"sha256:{sha256(canonical(law)).hexdigest()}"


def _imports(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(OURS):
            yield node.module
            for each in node.names:
                if _path(f"{node.module}.{each.name}").exists():
                    yield f"{node.module}.{each.name}"


def _path(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _quoted(source: str) -> str:
    """The source between triple quotes, line by line as it is."""
    escaped = source.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'"""\\\n{escaped}"""'


_TEMPLATE = '''#!/usr/bin/env python3
"""Checks an answer of a diplomatic timeline with nothing but Python: who signed it, that no act was left out,
and that the answer follows from the acts by the law of treaties.

    python3 verify.py ANSWER.json --key NAME+ID+BASE64

It asks nobody and sends nothing. --help says more. The modules below stand as they do in the service.
"""

import importlib.abc
import importlib.util
import linecache
import sys

RULES = {rules!r}
MODULES = {{}}
{modules}

class Bundled(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Imports the modules that stand in this file."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname not in MODULES:
            return None
        whole = any(name.startswith(fullname + ".") for name in MODULES)
        return importlib.util.spec_from_loader(fullname, self, is_package=whole)

    def get_source(self, fullname):
        return MODULES[fullname]

    def exec_module(self, module):
        name = "verify.py/" + module.__name__
        source = MODULES[module.__name__]
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        exec(compile(source, name, "exec"), module.__dict__)


if __name__ == "__main__":
    sys.meta_path.insert(0, Bundled())
    sys.exit(importlib.import_module({start!r}).main(sys.argv[1:], RULES))
'''


if __name__ == "__main__":
    sys.stdout.write(bundled())
