"""Waves as a VCD file with saved views beside it, as GTKWave and Surfer open them."""

import importlib
import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.files import replaced, write_text
from ohmloom_sim.waves.recorder import Variable, Waves
from ohmloom_sim.waves.view import write_views

__all__ = ["WavesPlan", "check_name", "hand_over", "write_waves"]

_FILE, _VARIABLES = "waves.vcd", "waves.json"
_UNITS = "names of quantities end with their unit: V, A, S, or FS for full scales of a converter"


@dataclass(frozen=True, kw_only=True, slots=True)
class WavesPlan:
    """When to look."""

    samples: int = 1
    """Samples to look at, from the first."""
    writing: float = 0.0
    """For how long to look at the writing of cells, from its begin [s]."""

    def __post_init__(self) -> None:
        """Check that there is a look."""
        if self.samples < 0 or self.writing < 0 or (self.samples, self.writing) == (0, 0):
            msg = (
                "waves must be of at least 1 sample or of some time of writing, "
                f"not of {self.samples} and {self.writing:g} s"
            )
            raise ValueError(msg)


def check_name(path: Path) -> None:
    """Refuse a file that isn't to be VCD.

    Raises
    ------
    OhmloomError
        Where the name ends otherwise.
    """
    if path.suffix != ".vcd":
        msg = f"waves must be a .vcd file, not '{path.name}' (vcd2fst of GTKWave makes .fst of it)"
        raise OhmloomError(msg)


def write_waves(folder: Path, waves: Waves) -> None:
    """Write waves into the folder of a job.

    Raises
    ------
    ValueError
        Where nothing was seen.
    OhmloomError
        Where the file can't be written.
    """
    vcd: Any = importlib.import_module("vcd")
    changes = waves.changes()
    begin = changes[0].time_ps
    first = {one.variable: one.value for one in changes if one.time_ps == begin}
    held: dict[Variable, Any] = {}
    with (
        replaced(folder / _FILE) as beside,
        beside.open("w", encoding="ascii") as file,
        vcd.VCDWriter(
            file, timescale="1 ps", date="", comment=_UNITS, init_timestamp=begin
        ) as writer,
    ):
        for variable in sorted({one.variable for one in changes}, key=_order):
            options: dict[str, Any] = {"size": variable.bits} if variable.kind == "wire" else {}
            if variable in first:
                options["init"] = first[variable]
            held[variable] = writer.register_var(
                variable.scope, variable.name, variable.kind, **options
            )
        for change in changes:
            writer.change(held[change.variable], change.time_ps, change.value)
        writer.close(max(waves.end_ps, changes[-1].time_ps))
    plain = {
        "variables": [asdict(variable) for variable in held],
        "span_ps": [begin, max(waves.end_ps, changes[-1].time_ps)],
    }
    write_text(folder / _VARIABLES, json.dumps(plain))


def hand_over(folder: Path, path: Path) -> tuple[Path, Path] | None:
    """Put the waves of a job where they are wanted, with their views beside them.

    Returns
    -------
    tuple
        The views for GTKWave and Surfer; None where the job has left no waves.

    Raises
    ------
    OhmloomError
        Where a file can't be written.
    """
    if not (folder / _VARIABLES).is_file():
        return None
    plain = json.loads((folder / _VARIABLES).read_text(encoding="utf-8"))
    with replaced(path) as beside:
        shutil.copyfile(folder / _FILE, beside)
    return write_views(
        path, [Variable(**one) for one in plain["variables"]], tuple(plain["span_ps"])
    )


def _order(variable: Variable) -> tuple[str, str]:
    return variable.scope, variable.name
