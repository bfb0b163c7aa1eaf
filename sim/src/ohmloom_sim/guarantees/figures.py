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
    known = [*_MERGES, "each"]
    if others or merge not in known:
        ways = ", ".join(sorted({merge, *others}))
        msg = f"figure '{name}' must be merged as one of {', '.join(known)}, not {ways}"
        raise OhmloomError(msg)
    values = [figure.value for figure in found]
    if merge == "each":
        return ", ".join(sorted({_text(value) for value in values}))
    return _MERGES[merge]([_number(name, value) for value in values])


def _number(name: str, value: float | str) -> float:
    if isinstance(value, str):
        msg = f"figure '{name}' must be a number, not '{value}'"
        raise OhmloomError(msg)
    return value


def _text(value: float | str) -> str:
    return value if isinstance(value, str) else number(value)


def _range(values: Sequence[float]) -> str:
    least, most = min(values), max(values)
    return number(least) if least == most else f"{number(least)} to {number(most)}"


_MERGES: dict[str, Callable[[Sequence[float]], str]] = {
    "sum": lambda values: number(sum(values)),
    "range": _range,
    "least": lambda values: number(min(values)),
    "most": lambda values: number(max(values)),
}
