"""The figures of the main job.

The error of an MVM is taken at the sums that the chip forms: per step and column, the sum of the
recorded ADC codes with their shifts and signs, less the exact integer product of the weights and
of what was driven. Its unit is one ADC LSB at the lowest weight and input slice, 2^k unit
currents with k = `ChipSpec.adc_shift`; a code of a higher slice that is off by one thus counts
for more than one. The error of a conversion is its code less the one that an array without wires,
spread and noise would give at a converter that only rounds, clips and has its stated offset.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError, MappingError
from ohmloom_analog.integer import IntegerRun
from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.array_figures import ArrayFigures
from ohmloom_sim.calibration_figures import CalibrationFigures, calibration_figures
from ohmloom_sim.fault_figures import FaultFigures
from ohmloom_sim.faulty_memory import told_counts
from ohmloom_sim.job import Answer
from ohmloom_sim.passes import StepPasses, ideal_codes, passes_of_steps
from ohmloom_sim.recording import Recording
from ohmloom_sim.repair_figures import RepairFigures
from ohmloom_sim.sum_errors import Spread, mvm_errors, used_lines
from ohmloom_sim.written_cells import ProgramFigures

__all__ = [
    "Accuracy",
    "Errors",
    "Metrics",
    "Spread",
    "conversion_errors",
    "measure",
    "mvm_errors",
]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, slots=True)
class Accuracy:
    """Share of the same images that each gets right."""

    float_network: float
    """The network in floating point."""
    integer_model: float
    """The chip with a perfect analog part."""
    chip: float
    """The chip."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Errors:
    """The errors behind the figures, for plots."""

    mvm: tuple[Floats, ...]
    """Of each step's sums, samples x columns [LSB]."""
    conversion: tuple[IntArray, ...]
    """Of each step's codes, samples x passes x lines [LSB]."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Metrics:
    """The figures of one run."""

    images: int
    """Samples that went through the chip."""
    seed: int
    """Of training, spread and noise."""
    engine: str
    """Array engine."""
    sim: str
    """Simulator of the Verilog."""
    accuracy: Accuracy
    """On these images."""
    mvm_error_lsb: Spread
    """Of the sums of steps and columns, see the module."""
    code_error_lsb: Spread
    """Of single conversions, see the module."""
    clipped_conversions: int
    """Conversions that the chip counted as out of range, at either end."""
    conversions: int
    """Conversions that the chip counted."""
    cycles_per_inference: float
    """Clock cycles from start to done, mean over the images."""
    adc_busy: float
    """Share of these cycles in which converters were busy."""
    mvm_per_second: float
    """Simulated MVMs, one a step of one tile, in one second of real time."""
    simulated_seconds: float
    """Real time that the images took [s]."""
    spec_hash: str
    """Of the chip's description."""
    array: ArrayFigures | None = None
    """Of the arrays, where they were at hand."""
    program: ProgramFigures | None = None
    """Of the writing of the arrays; None where they were made with their levels."""
    repair: RepairFigures | None = None
    """What stuck cells would cost, and what repair gives back; None where that wasn't asked for."""
    mvm_error_ideal_lsb: Spread | None = None
    """`mvm_error_lsb` of the same passes on arrays that were made with their levels; None where
    those are the arrays of this run.
    """
    faults: FaultFigures | None = None
    """Faults that were injected, and what came of them; None for none."""
    calibration: CalibrationFigures | None = None
    """What calibration gives back; None where the chip wasn't calibrated."""
    counted: dict[str, int] = field(default_factory=dict)
    """What the chip counted of what it does against errors, by what it is."""
    doubtful: int = 0
    """Steps that the chip gave up in doubt."""
    errors: Errors = field(repr=False, compare=False)
    """What the error figures were taken from; not in the JSON."""

    def to_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        names = [name for name in self.__dataclass_fields__ if name != "errors"]
        plain = {name: getattr(self, name) for name in names}
        plain["accuracy"] = {
            "float": self.accuracy.float_network,
            "integer": self.accuracy.integer_model,
            "chip": self.accuracy.chip,
        }
        for name in ("mvm_error_lsb", "code_error_lsb"):
            plain[name] = asdict(plain[name])
        for name in ("program", "repair", "mvm_error_ideal_lsb", "faults", "calibration"):
            if plain[name] is None:
                del plain[name]
        if self.program is not None:
            plain["program"] = self.program.to_json()
        if self.repair is not None:
            plain["repair"] = self.repair.to_json()
        if self.faults is not None:
            plain["faults"] = self.faults.to_json()
        if self.calibration is not None:
            plain["calibration"] = self.calibration.to_json()
        if self.mvm_error_ideal_lsb is not None:
            plain["mvm_error_ideal_lsb"] = asdict(self.mvm_error_ideal_lsb)
        if self.counted:
            plain["counted"] = dict(self.counted)
        else:
            del plain["counted"], plain["doubtful"]
        array = plain.pop("array")
        return plain if array is None else {**plain, **array.to_json()}


def measure(
    spec: ChipSpec,
    mapping: Mapping,
    answer: Answer,
    integer_run: IntegerRun,
    *,
    labels: IntArray,
    float_predictions: IntArray,
    seed: int,
    engine: str,
    sim: str,
    array: ArrayFigures | None = None,
    program: ProgramFigures | None = None,
    repair: RepairFigures | None = None,
    mvm_error_ideal: Spread | None = None,
    faults: FaultFigures | None = None,
) -> Metrics:
    """Take the figures of a run.

    Parameters
    ----------
    answer
        What the chip gave.
    integer_run
        What it gives with a perfect analog part, for the same samples.
    labels, float_predictions
        True classes, and those that the float network finds, one a sample.
    array
        Figures of the arrays, to stand among the others.
    program, repair, mvm_error_ideal
        Figures of their writing, of stuck cells, and the error of arrays that weren't written,
        likewise.
    faults
        Figures of injected faults, likewise.

    Raises
    ------
    MappingError
        Where there are no samples.
    HardwareError
        Where recording and chip disagree on what was converted.
    """
    images = len(answer.winners)
    if images == 0:
        msg = "images must be at least 1, not 0"
        raise MappingError(msg)
    steps = passes_of_steps(spec, mapping.table, answer.recording, images)
    _check_counters(spec, answer, steps)
    places = mapping.placements
    errors = Errors(
        mvm=tuple(
            mvm_errors(spec, mapping, place, answer.recording, step)
            for place, step in zip(places, steps, strict=True)
        ),
        conversion=tuple(
            conversion_errors(spec, mapping, answer.recording, step) for step in steps
        ),
    )
    right = _share(integer_run.layers[-1].argmax(axis=1), labels)
    return Metrics(
        images=images,
        seed=seed,
        engine=engine,
        sim=sim,
        accuracy=Accuracy(
            float_network=_share(float_predictions, labels),
            integer_model=right,
            chip=_share(answer.winners, labels),
        ),
        mvm_error_lsb=Spread.of(errors.mvm),
        code_error_lsb=Spread.of(errors.conversion),
        clipped_conversions=answer.clipped,
        conversions=answer.conversions,
        cycles_per_inference=float(answer.cycles.mean()),
        adc_busy=float(answer.adc_busy.sum() / answer.cycles.sum()),
        mvm_per_second=images * len(steps) / answer.seconds,
        simulated_seconds=answer.seconds,
        spec_hash=spec.hash,
        array=array,
        program=program,
        repair=repair,
        mvm_error_ideal_lsb=mvm_error_ideal,
        faults=faults,
        calibration=calibration_figures(spec, mapping, answer, steps, labels=labels, integer=right),
        counted=told_counts(spec, answer.ecc_counts),
        doubtful=answer.ecc_counts.get("CHECK_DOUBTFUL", 0),
        errors=errors,
    )


def conversion_errors(
    spec: ChipSpec, mapping: Mapping, recording: Recording, passes: StepPasses
) -> IntArray:
    """Return the errors of one step's codes, samples x passes x lines [LSB]."""
    lines = used_lines(spec, passes)
    held = mapping.levels[passes.step.tile][:, :lines]
    driven = recording.inputs[passes.index]
    ideal = ideal_codes(spec, driven @ held)
    halved = recording.halved[passes.index]
    if halved.any():
        low = spec.input.half_bits
        parts = (driven & ((1 << low) - 1), driven >> low)
        lower, upper = (ideal_codes(spec, part @ held) for part in parts)
        ideal = np.where(halved[..., np.newaxis], lower + (upper << low), ideal)
    return np.asarray(recording.codes[passes.index][..., :lines] - ideal, dtype=np.int64)


def _share(found: IntArray, wanted: IntArray) -> float:
    return float((np.asarray(found) == wanted).mean())


def _check_counters(spec: ChipSpec, answer: Answer, steps: Sequence[StepPasses]) -> None:
    recording = answer.recording
    needed = sum(step.index.size * used_lines(spec, step) for step in steps)
    # Steps in doubt, or that clipped, are read again, which the recording has no more.
    again = spec.defence.judges or spec.defence.reissue
    if answer.conversions < needed or (answer.conversions > needed and not again):
        msg = f"conversions counted by the chip must be {needed}, not {answer.conversions}"
        raise HardwareError(msg)
    for step in steps:
        codes = recording.codes[step.index][..., : used_lines(spec, step)]
        if (codes < 0).any():
            msg = f"recording must have a code for every line in use of tile {step.step.tile}"
            raise HardwareError(msg)
    # Converters at the edge also take lines that are not in use, which the chip doesn't count.
    whole = [step for step in steps if used_lines(spec, step) == spec.lines]
    least = sum(int(recording.clipped[step.index].sum()) for step in whole)
    most = int(recording.clipped.sum())
    if answer.clipped < least or (answer.clipped > most and not again):
        bounds = str(most) if least == most else f"from {least} to {most}"
        msg = (
            f"clipped conversions counted by the chip must be {bounds} as recorded, "
            f"not {answer.clipped}"
        )
        raise HardwareError(msg)
