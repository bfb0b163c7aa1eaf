"""How commands hand over what they found: as data, as a picture, and on the screen."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ohmloom_sim.commands.console import output
from ohmloom_sim.files import write_json

__all__ = ["hand_over"]


def hand_over(
    plain: Mapping[str, Any],
    *,
    json: Path | None,
    plot: Path | None,
    draw: Callable[[Path], None],
    show: Callable[[], None],
) -> None:
    """Write figures and picture where asked to, then print tables and where the picture is.

    Parameters
    ----------
    plain
        The figures as plain data.
    json, plot
        Files to write; None for none.
    draw
        Draws the picture into a file.
    show
        Prints the tables.
    """
    if json is not None:
        write_json(json, plain)
    if plot is not None:
        draw(plot)
    show()
    if plot is not None:
        output().print(f"the picture is in {plot}", markup=False)
