"""Figures of many cases, merged into one each."""

from collections.abc import Callable, Iterable, Sequence

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.commands.console import number
from ohmloom_sim.guarantees.results import Figure

__all__ = ["merged_figures"]


def merged_figures(figures: Iterable[Figure]) -> tuple[tuple[str, str], ...]:
    """Return names of figures in their order, and what their cases come to.

    Raises
    ------
    OhmloomError
        Where figures of one name are to be merged in two ways, or in one that isn't known.
    """
    named: dict[str, list[Figure]] = {}
    for figure in figures:
        named.setdefault(figure.name, []).append(figure)
    return tuple((name, _merged(name, found)) for name, found in sorted(named.items()))


def _merged(name: str, found: Sequence[Figure]) -> str:
    (merge, *others) = {figure.merge for figure in found}
    if others or merge not in _MERGES:
        ways = ", ".join(sorted({merge, *others}))
        msg = f"figure '{name}' must be merged as one of {', '.join(_MERGES)}, not {ways}"
        raise OhmloomError(msg)
    return _MERGES[merge]([figure.value for figure in found])


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)


def _range(values: Sequence[float | str]) -> str:
    least, most = min(values, key=float), max(values, key=float)
    return _text(least) if least == most else f"{_text(least)} to {_text(most)}"


def _each(values: Sequence[float | str]) -> str:
    return ", ".join(sorted({_text(value) for value in values}))


_MERGES: dict[str, Callable[[Sequence[float | str]], str]] = {
    "sum": lambda values: _text(sum(value for value in values if not isinstance(value, str))),
    "range": _range,
    "least": lambda values: _text(min(values, key=float)),
    "most": lambda values: _text(max(values, key=float)),
    "each": _each,
}
