"""Waves of a run: what is looked at, and where the file goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from ohmloom_analog.errors import OhmloomError, SpecError
from ohmloom_sim.commands.console import output, seconds, user_input
from ohmloom_sim.waves.file import WavesPlan, check_name, hand_over

__all__ = ["WavesOption", "WavesSamplesOption", "WavesWritingOption", "handed_over", "waves_plan"]

WavesOption: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--waves",
        metavar="FILE.vcd",
        help="Write waves: signals of the chip, voltages, currents, converter inputs and cells; "
        "with views for GTKWave (.gtkw) and Surfer (.sucl) beside it.",
        dir_okay=False,
    ),
]
WavesSamplesOption: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--waves-samples", min=0, help="Samples in the waves, from the first.  [default: 1]"
    ),
]
WavesWritingOption: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--waves-writing",
        metavar="TIME",
        parser=seconds,
        help="Also this time of the writing of cells, from its begin: seconds, or a number with s.",
    ),
]


def waves_plan(
    path: Path | None, samples: int | None, writing: float | None, *, writes: bool
) -> WavesPlan | None:
    """Return when to look at a run; None without waves.

    Raises
    ------
    SpecError
        Where there is an option without a file, or nothing to look at.
    OhmloomError
        Where the file isn't to be VCD.
    """
    if path is None:
        if samples is not None or writing is not None:
            msg = "--waves must be given with --waves-samples and --waves-writing, not left out"
            raise SpecError(msg)
        return None
    check_name(path)
    if writing is not None and not writes:
        msg = "--waves-writing must be left out where the chip doesn't write its cells"
        raise SpecError(msg)
    with user_input():
        return WavesPlan(
            samples=1 if samples is None else samples, writing=0.0 if writing is None else writing
        )


@contextmanager
def handed_over(folder: Path, path: Path | None) -> Iterator[None]:
    """Put the waves of a job where they are wanted when it is over, also if it has failed.

    Raises
    ------
    OhmloomError
        Where a job that went well has left none, or a file can't be written.
    """
    if path is None:
        yield
        return
    well = False
    try:
        yield
        well = True
    finally:
        views = hand_over(folder, path)
        if views is None and well:
            msg = f"the run must leave waves for {path}, not none"
            raise OhmloomError(msg)
        if views is not None:
            until = "" if well else " up to where the run failed"
            names = " and ".join(view.name for view in views)
            output().print(f"waves{until} are in {path}, views in {names}", markup=False)
