"""Which tests of the tree are marked as showing something, read without running them."""

import ast
from collections.abc import Iterator
from pathlib import Path

__all__ = ["marked_tests"]


def marked_tests(folder: Path) -> dict[str, set[str]]:
    """Return the tests below a folder that show each clause.

    Marks are found as ``@pytest.mark.guarantee("G5", "corrected")`` above a function, and as
    ``pytestmark``, alone or in a list, for all functions of a module.

    Parameters
    ----------
    folder
        The tests; names count from the folder around it, as pytest's do.

    Returns
    -------
    By clause, such as ``G5/corrected``, places such as ``tests/hw/test_march.py::test_two_cells``.
    """
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        file = path.relative_to(folder.parent).as_posix()
        tree = ast.parse(path.read_text(encoding="utf-8"))
        common = [mark for node in tree.body for mark in _of_module(node)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for mark in (*common, *_marks(node.decorator_list)):
                    found.setdefault(mark, set()).add(f"{file}::{node.name}")
    return found


def _of_module(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    ):
        given = node.value.elts if isinstance(node.value, ast.List | ast.Tuple) else [node.value]
        yield from _marks(given)


def _marks(nodes: list[ast.expr]) -> Iterator[str]:
    for node in nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "guarantee"
        ):
            yield "/".join(str(part.value) for part in node.args if isinstance(part, ast.Constant))
