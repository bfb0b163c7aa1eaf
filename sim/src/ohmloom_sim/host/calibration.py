"""A chip calibrated through itself: each column's offset and gain, with the network's own inputs.

Lines of a pair have amplifiers of their own, and a column has one gain. What their difference does
to the sum of both lines can only be made up for on average, so the points have to be inputs such as
the network meets: at others, the average is another one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.calibration_fit import ColumnFit, fit_columns
from ohmloom_analog.errors import HardwareError, MappingError
from ohmloom_analog.integer import run_integers
from ohmloom_analog.mapping import Mapping, Placement
from ohmloom_analog.quantisation import quantise_inputs
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_sim.host.calibration_file import Calibration, UsedTile
from ohmloom_sim.host.column_reads import ColumnReads, kept_tables

__all__ = ["CalibrationTask", "Measured", "calibrate_chip", "calibration_task"]

IntArray = NDArray[np.int64]
Floats = NDArray[np.float64]

_SIGMAS = 5.0
_REFERENCE_READS = 16


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class CalibrationTask:
    """What is read to calibrate a chip, and what should come of it."""

    columns: ColumnReads
    """The tiles and columns that are read."""
    points: tuple[IntArray, ...]
    """Inputs of each tile, points x rows."""
    expected: tuple[IntArray, ...]
    """Sums that its columns should give, points x columns."""
    reads: int = 1
    """Reads of each point, to be averaged."""

    @property
    def count(self) -> int:
        """How many points there are."""
        return len(self.points[0])

    def fits(self, found: Sequence[Sequence[Floats]]) -> list[ColumnFit]:
        """Fit each tile's columns.

        Parameters
        ----------
        found
            What the chip gave: points x tiles x columns.

        Raises
        ------
        HardwareError
            Where a column doesn't follow its inputs.
        """
        fits = []
        for index, (used, expected) in enumerate(
            zip(self.columns.tiles, self.expected, strict=True)
        ):
            try:
                fits.append(fit_columns([point[index] for point in found], expected))
            except ValueError as error:
                msg = f"tile {used.tile} must be one to calibrate: {error}"
                raise HardwareError(msg) from None
        return fits


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Measured:
    """A calibration, and how it came about."""

    calibration: Calibration
    """What the chip has been loaded with."""
    clipped: int
    """Conversions that were out of range."""
    conversions: int
    """Conversions in all."""


def calibration_task(
    spec: ChipSpec,
    mapping: Mapping,
    typical: Floats,
    points: int,
    rng: np.random.Generator,
    *,
    reads: int = 1,
) -> CalibrationTask:
    """Draw inputs such as a network meets, and reckon what its columns should give.

    Parameters
    ----------
    typical
        Samples of the network, of which some are taken; samples x inputs.
    reads
        Of each point, to be averaged.

    Raises
    ------
    MappingError
        Where there are fewer samples than points.
    """
    if not 3 <= points <= len(typical):
        msg = f"points must be from 3 to the {len(typical)} typical samples, not {points}"
        raise MappingError(msg)
    chosen = typical[rng.choice(len(typical), points, replace=False)]
    inputs, _ = quantise_inputs(spec, chosen, mapping.network.input_lsb)
    layers = (inputs, *run_integers(spec, mapping, inputs).layers)
    given = tuple(
        layers[place.layer][:, place.inputs.start : place.inputs.stop]
        for place in mapping.placements
    )
    known = spec.data_columns + spec.reference_columns if spec.reference_columns else 0
    tiles = tuple(
        UsedTile(tile=p.tile, rows=len(p.inputs), columns=max(known, len(p.outputs)))
        for p in mapping.placements
    )
    signed = tuple(mapping.network.layers[p.layer].signed for p in mapping.placements)
    return CalibrationTask(
        columns=ColumnReads(spec=spec, tiles=tiles, signed=signed),
        points=given,
        expected=tuple(
            _expected(spec, mapping, place, x, used.columns)
            for place, x, used in zip(mapping.placements, given, tiles, strict=True)
        ),
        reads=reads,
    )


def _expected(
    spec: ChipSpec, mapping: Mapping, place: Placement, inputs: IntArray, columns: int
) -> IntArray:
    """Return points x columns; behind the weights stand known cells."""
    block = place.weights(mapping.network)
    low, high = spec.weight_range
    weights = np.zeros((columns, inputs.shape[1]), dtype=np.int64)
    weights[: len(block)] = block
    if columns > spec.data_columns:
        weights[spec.data_columns] = 0 if spec.encoding == "diff_pair" else low
        weights[spec.data_columns + 1] = high
    expected: IntArray = inputs @ weights.T
    return expected


async def calibrate_chip(
    driver: Driver,
    task: CalibrationTask,
    *,
    confidence: float = 0.99,
    on_progress: Callable[[int], None] | None = None,
) -> Measured:
    """Measure a chip that holds a network's cells, and load what corrects it.

    Where it fails the chip keeps the corrections that it had; else its drift factor becomes 1.

    Parameters
    ----------
    confidence
        Of the bounds, see `ColumnFit.bound`.
    on_progress
        Called with the number of points that are read.

    Raises
    ------
    HardwareError
        Where a column doesn't follow its inputs, or a correction is out of range.
    """
    spec = task.columns.spec
    window = driver.table.window("CALIBRATION")
    held = await driver.read(window.base, window.words)
    drifts = spec.defence.drift_factor
    factor = await EccDriver(driver, spec).drift() if drifts else 1.0
    try:
        if drifts:
            await EccDriver(driver, spec).set_drift(1.0)
        async with kept_tables(driver, spec):
            return await _measured(driver, task, confidence, on_progress)
    except BaseException:
        await driver.write(window.base, held)
        if drifts:
            await EccDriver(driver, spec).set_drift(factor)
        raise


async def _measured(
    driver: Driver,
    task: CalibrationTask,
    confidence: float,
    on_progress: Callable[[int], None] | None,
) -> Measured:
    columns = task.columns
    spec, shape = columns.spec, (columns.spec.tiles, columns.spec.columns)
    await driver.load_calibration(np.zeros(shape, dtype=int).tolist(), np.ones(shape).tolist())
    await driver.load(columns.table)
    await driver.clear_counters()
    found = []
    for number in range(task.count):
        inputs = [part[number] for part in task.points]
        found.append(await columns.sums(driver, inputs, task.reads))
        if on_progress is not None:
            on_progress(number + 1)
    counters = await driver.counters()
    fits = task.fits(found)
    offsets, bounds = np.zeros((2, *shape), dtype=np.int64)
    gains = np.ones(shape)
    for used, fit in zip(columns.tiles, fits, strict=True):
        there = (used.tile, slice(0, used.columns))
        offsets[there] = np.rint(fit.offset)
        gains[there] = fit.gain
        # A sum is rounded once more when it has been corrected.
        bounds[there] = np.ceil(fit.bound(_SIGMAS, confidence)) + 1
    try:
        await driver.load_calibration(offsets.tolist(), gains.tolist())
    except ValueError as error:
        msg = f"corrections must fit the chip: {error}"
        raise HardwareError(msg) from None
    reference = await columns.reference_sums(driver, _REFERENCE_READS)
    return Measured(
        calibration=Calibration(
            spec_hash=spec.hash,
            points=task.count,
            reads=task.reads,
            tiles=columns.tiles,
            offsets=tuple(map(tuple, offsets.tolist())),
            gains=tuple(map(tuple, gains.tolist())),
            bounds=tuple(map(tuple, bounds.tolist())),
            confidence=confidence,
            left=max(float(fit.left.max()) for fit in fits),
            reference=tuple(tuple(part.tolist()) for part in reference),
        ),
        clipped=counters.clipped,
        conversions=counters.conversions,
    )
