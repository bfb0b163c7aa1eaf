"""What a co-simulation is asked to do and what it answers, as files in a folder.

The simulator is another process; job and answer cross as JSON and `.npz`, written beside their
place and renamed, so that neither side ever reads half of one.
"""

import json
from collections import abc
from dataclasses import asdict, astuple, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.codes import Requantiser
from ohmloom_analog.lifetime import AMBIENT
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.place_map import PlaceMap
from ohmloom_analog.settling import Settling
from ohmloom_analog.spec import ChipSpec, load_spec, write_spec
from ohmloom_analog.state import ChipState, load_state, save_state
from ohmloom_analog.table import LayerTable, Step
from ohmloom_sim.calibrated_job import (
    CalibrationRecord,
    load_calibration_task,
    save_calibration_task,
)
from ohmloom_sim.host.calibration import CalibrationTask
from ohmloom_sim.injected import ChipFaults
from ohmloom_sim.recording import Recording
from ohmloom_sim.waves.file import WavesPlan
from ohmloom_sim.write_record import WriteRecord

__all__ = ["Answer", "Job", "Programming"]

IntArray = NDArray[np.int64]
Programming: TypeAlias = Literal["ideal", "write-verify"]
SettledTiles = abc.Mapping[int, Settling]

_OPTIONS = ("engine", "seed", "pressure", "probe", "age", "temperature", "program")
_SPEC, _PLAN, _ARRAYS, _STATE = "chip.toml", "job.json", "job.npz", "state.npz"
_CHECKS = ("check_weights", "check_bounds")
_ANSWER, _RECORDING, _PROGRESS = "answer.npz", "recording.npz", "progress"


@dataclass(frozen=True, kw_only=True)
class Job:
    """Inputs to send through a chip."""

    spec: ChipSpec
    """The chip."""
    table: LayerTable
    """What it runs."""
    levels: tuple[IntArray, ...]
    """Cell levels, one array of rows x lines a tile."""
    inputs: IntArray
    """Integers, samples x inputs."""
    engine: str = "nodal"
    """Array engine."""
    seed: int = 0
    """Of the spread of the cells and of all noise."""
    pressure: bool = False
    """Random silence on the serial line and random stalls of the converters."""
    probe: bool = False
    """Read back what layers left in the input buffer after each sample."""
    age: float | None = None
    """Time since programming [s]; None for 0, or for that of the state."""
    temperature: float | None = None
    """Of the chip since programming [K]; None for 300 K, or for that of the state."""
    state: ChipState | None = None
    """Arrays to start from; None for new ones, programmed with the levels."""
    program: Programming = "ideal"
    """How new arrays get their levels: as they are made, or from the chip, by write-verify."""
    places: tuple[PlaceMap, ...] = ()
    """Maps of columns and rows, one a tile; none to leave those of a chip after its reset."""
    faults: ChipFaults | None = None
    """What goes wrong once the arrays are written; None for nothing."""
    checks: tuple[NDArray[Any], IntArray] | None = None
    """Weights that checks count on, tiles x rows x columns, and the bounds of good columns, tiles x
    columns [sum LSB], for the checksums; None for a chip without, or to let it flag nothing.
    """
    waves: WavesPlan | None = None
    """When the chip is looked at for waves; None for never."""
    calibration: CalibrationTask | None = None
    """What is read to calibrate the chip before its samples; None to leave it as it is."""

    def __post_init__(self) -> None:
        """Check how it is programmed."""
        if self.program not in get_args(Programming):
            msg = f"program must be one of {', '.join(get_args(Programming))}, not '{self.program}'"
            raise ValueError(msg)
        if self.program != "ideal" and self.state is not None:
            msg = f"program must be ideal where a state is given, not {self.program}"
            raise ValueError(msg)

    def analog_chip(self, engine: str | None = None) -> AnalogChip:
        """Return the arrays that the job begins with, behind its engine or another.

        Those that are going to be written are fresh, and neither aged nor heated yet.
        """
        name = self.engine if engine is None else engine
        if self.state is not None:
            return AnalogChip.from_state(
                self.spec, self.state, engine=name, age=self.age, temperature=self.temperature
            )
        if self.program == "write-verify":
            return AnalogChip.build(
                self.spec, self.levels, engine=name, seed=self.seed, program="fresh"
            )
        return AnalogChip.build(
            self.spec,
            self.levels,
            engine=name,
            seed=self.seed,
            age=0.0 if self.age is None else self.age,
            temperature=AMBIENT if self.temperature is None else self.temperature,
        )

    @classmethod
    def of(cls, spec: ChipSpec, mapping: Mapping, inputs: IntArray, **options: Any) -> "Job":
        """Make the job of a mapped network."""
        return cls(spec=spec, table=mapping.table, levels=mapping.levels, inputs=inputs, **options)

    def save(self, folder: Path) -> None:
        """Write the job; an answer that is there from before is removed."""
        folder.mkdir(parents=True, exist_ok=True)
        for name in (_ANSWER, _RECORDING, _PROGRESS, _STATE):
            (folder / name).unlink(missing_ok=True)
        WriteRecord.remove(folder)
        save_calibration_task(folder, self.calibration)
        write_spec(self.spec, folder / _SPEC)
        if self.state is not None:
            save_state(self.state, folder / _STATE)
        options = {name: getattr(self, name) for name in _OPTIONS}
        plan = {
            "table": asdict(self.table),
            "options": options,
            "places": [asdict(place) for place in self.places],
            "faults": None if self.faults is None else self.faults.to_json(),
            "waves": None if self.waves is None else asdict(self.waves),
        }
        (folder / _PLAN).write_text(json.dumps(plan), encoding="utf-8")
        levels = {f"levels_{tile}": held for tile, held in enumerate(self.levels)}
        if self.checks is not None:
            levels |= dict(zip(_CHECKS, self.checks, strict=True))
        np.savez(folder / _ARRAYS, allow_pickle=False, inputs=self.inputs, **levels)

    @classmethod
    def load(cls, folder: Path) -> "Job":
        """Read what `save` wrote."""
        spec = load_spec(folder / _SPEC)
        plan = json.loads((folder / _PLAN).read_text(encoding="utf-8"))
        with np.load(folder / _ARRAYS, allow_pickle=False) as file:
            levels = tuple(file[f"levels_{tile}"] for tile in range(spec.tiles))
            inputs = file["inputs"]
            checks = (file[_CHECKS[0]], file[_CHECKS[1]]) if _CHECKS[0] in file.files else None
        table = plan["table"]
        steps = tuple(
            Step(**{**step, "scale": Requantiser(**step["scale"])}) for step in table["steps"]
        )
        layer_table = LayerTable(
            steps=steps,
            biases=tuple(table["biases"]),
            inputs=table["inputs"],
            outputs=table["outputs"],
        )
        state = folder / _STATE
        return cls(
            spec=spec,
            table=layer_table,
            levels=levels,
            checks=checks,
            inputs=inputs,
            state=load_state(state, spec) if state.is_file() else None,
            calibration=load_calibration_task(folder, spec),
            places=tuple(
                PlaceMap(columns=tuple(place["columns"]), rows=tuple(place["rows"]))
                for place in plan["places"]
            ),
            faults=None if plan["faults"] is None else ChipFaults.from_json(plan["faults"]),
            waves=None if plan["waves"] is None else WavesPlan(**plan["waves"]),
            **plan["options"],
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a chip gave."""

    results: IntArray
    """Result buffer, samples x outputs."""
    winners: IntArray
    """Argmax that the chip found, one a sample."""
    buffer: IntArray
    """Input buffer up to the last hidden layer, samples x entries; no entries unless probed."""
    cycles: IntArray
    """Clock cycles of each sample's run."""
    adc_busy: IntArray
    """Clock cycles of each run in which converters were busy."""
    clipped: int
    """Conversions that the chip counted as clipped."""
    conversions: int
    """Conversions that the chip counted."""
    seconds: float
    """Time that the samples took to simulate, start-up and loading left out [s]."""
    recording: Recording
    """What went over the array ports."""
    settling: SettledTiles = field(default_factory=dict)
    """By how much reads weren't settled, by the tile; none where the engine knows no time."""
    written: WriteRecord | None = None
    """How the arrays were written; None where they weren't."""
    disturbed: int = 0
    """Codes that faults at the array ports changed."""
    ecc_counts: dict[str, int] = field(default_factory=dict)
    """What the chip counted against errors, by the register."""
    calibrated: CalibrationRecord | None = None
    """How the chip was calibrated; None where it wasn't."""

    def save(self, folder: Path) -> None:
        """Write the answer."""
        self.recording.save(folder / _RECORDING)
        if self.written is not None:
            self.written.save(folder)
        if self.calibrated is not None:
            self.calibrated.save(folder)
        apart = ("recording", "settling", "written", "ecc_counts", "calibrated")
        names = [n for n in self.__dataclass_fields__ if n not in apart]
        worst = [(tile, *astuple(held)) for tile, held in self.settling.items()]
        beside = folder / (_ANSWER + ".part")
        with beside.open("wb") as file:
            np.savez(
                file,
                allow_pickle=False,
                ecc_counts=np.array(json.dumps(self.ecc_counts)),
                settling=np.array(worst, dtype=np.float64).reshape(-1, 4),
                **{name: getattr(self, name) for name in names},
            )
        beside.replace(folder / _ANSWER)

    @classmethod
    def load(cls, folder: Path) -> "Answer":
        """Read what `save` wrote."""
        recording = Recording.load(folder / _RECORDING)
        with np.load(folder / _ANSWER, allow_pickle=False) as file:
            values: dict[str, Any] = {name: file[name] for name in file.files}
        for name, kind in (
            ("clipped", int),
            ("conversions", int),
            ("disturbed", int),
            ("seconds", float),
        ):
            values[name] = kind(values[name])
        settling = {
            int(tile): Settling(lsb=lsb, error=error, largest=largest)
            for tile, lsb, error, largest in values.pop("settling").tolist()
        }
        values["ecc_counts"] = json.loads(str(values["ecc_counts"]))
        written = WriteRecord.load(folder)
        return cls(
            recording=recording,
            settling=settling,
            written=written,
            calibrated=CalibrationRecord.load(folder),
            **values,
        )


def report_progress(folder: Path, done: int, *, writing: bool = False) -> None:
    """Note how many samples are through, or how many cells are written."""
    (folder / _PROGRESS).write_text(f"{done} {int(writing)}", encoding="utf-8")


def read_progress(folder: Path) -> tuple[int, bool]:
    """Return how many samples are through, or how many cells are written and that it is they."""
    try:
        done, writing = (folder / _PROGRESS).read_text(encoding="utf-8").split()
    except (FileNotFoundError, ValueError):
        # It isn't there yet, or is just being written.
        return 0, False
    return int(done), writing == "1"
