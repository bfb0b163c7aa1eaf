"""What drift and temperature have done to a chip, from a read: one factor for all its gains.

======  ====================================================================  =======
symbol  name                                                                  unit
======  ====================================================================  =======
y       calibrated sums with the same input on all rows, a drift factor of 1  sum LSB
alpha   drift factor, sum |y(t0)| / sum |y(t)|                                1
r       correlation of y(t0) and y(t) over all columns with weights           1
======  ====================================================================  =======

By reference columns it is the ratio of the differences of the two known columns, summed over
tiles; what their lower one has moved is the offset that everything has got.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import HardwareError, SpecError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_sim.host.calibration_file import Calibration
from ohmloom_sim.host.column_reads import ColumnReads, kept_tables

__all__ = ["ALARM_HIGH", "ALARM_LOW", "DriftError", "Measure", "Refreshed", "refresh_chip"]

Floats = NDArray[np.float64]
Measure: TypeAlias = Literal["columns", "reference"]

ALARM_LOW, ALARM_HIGH = 0.5, 2.0
"""A factor outside them, the upper one included, isn't drift any more: write the cells again."""


_LEAST_LIKENESS = 0.9


class DriftError(HardwareError):
    """A chip has drifted too far to be made up for, or holds something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """What a read to tell drift by has shown."""

    factor: float
    """alpha, by which all gains are multiplied now."""
    by_columns: float
    """alpha by the columns with weights."""
    by_reference: float | None
    """alpha by the columns with known cells; None where there are none."""
    offset: float | None
    """What the lower of those has moved, mean over tiles [sum LSB]."""


async def refresh_chip(
    driver: Driver,
    spec: ChipSpec,
    calibration: Calibration,
    *,
    measure: Measure = "columns",
    reads: int = 16,
) -> Refreshed:
    """Read the reference, and load the calibration with the factor that makes up for the change.

    A chip without a drift factor gets it into its gains.

    Raises
    ------
    SpecError
        Where it shall be measured by columns that the chip doesn't have.
    DriftError
        Where the factor is out of range, or the columns are like those of another network; the
        chip then has the calibration without any.
    HardwareError
        Where gains with the factor are.
    """
    if measure == "reference" and not spec.reference_columns:
        msg = f"chip '{spec.name}' must have ecc.reference_columns to be measured by them"
        raise SpecError(msg)
    drifts = spec.defence.drift_factor
    if drifts:
        await EccDriver(driver, spec).set_drift(1.0)
    await driver.load_calibration(calibration.offsets, calibration.gains)
    columns = ColumnReads(
        spec=spec, tiles=calibration.tiles, signed=(False,) * len(calibration.tiles)
    )
    async with kept_tables(driver, spec):
        await driver.load(columns.table)
        found = await columns.reference_sums(driver, reads)
    then = [np.array(part) for part in calibration.reference]
    refreshed = _compared(spec, then, found, measure)
    if not ALARM_LOW <= refreshed.factor < ALARM_HIGH:
        msg = (
            f"drift factor must be in [{ALARM_LOW:g}, {ALARM_HIGH:g}), not "
            f"{refreshed.factor:.4g}: the cells must be written again, or the chip is another"
        )
        raise DriftError(msg)
    likeness = _likeness(spec, then, found)
    if likeness < _LEAST_LIKENESS:
        msg = (
            f"columns must be like those of the calibration, with a correlation of at least "
            f"{_LEAST_LIKENESS:g}, not {likeness:.2g}: the cells hold another network"
        )
        raise DriftError(msg)
    if drifts:
        await EccDriver(driver, spec).set_drift(refreshed.factor)
    else:
        gains = refreshed.factor * np.array(calibration.gains)
        try:
            await driver.load_calibration(calibration.offsets, gains.tolist())
        except ValueError as error:
            msg = f"gains with a drift factor of {refreshed.factor:.4g} must fit: {error}"
            raise HardwareError(msg) from None
    return refreshed


def _compared(
    spec: ChipSpec,
    then: list[Floats],
    now: list[Floats],
    measure: Measure,
) -> Refreshed:
    data = spec.data_columns
    by_columns = _ratio(*(sum(np.abs(y[:data]).sum() for y in part) for part in (then, now)))
    if not spec.reference_columns:
        return Refreshed(factor=by_columns, by_columns=by_columns, by_reference=None, offset=None)
    by_reference = _ratio(*(sum(y[data + 1] - y[data] for y in part) for part in (then, now)))
    moved = [after[data] - before[data] for before, after in zip(then, now, strict=True)]
    return Refreshed(
        factor=by_columns if measure == "columns" else by_reference,
        by_columns=by_columns,
        by_reference=by_reference,
        offset=float(np.mean(moved)),
    )


def _likeness(spec: ChipSpec, then: list[Floats], now: list[Floats]) -> float:
    """Return r, 1 where columns don't differ from each other."""
    before, after = (
        np.concatenate([part[: spec.data_columns] for part in parts]) for parts in (then, now)
    )
    if np.ptp(before) == 0 or np.ptp(after) == 0:
        return 1.0
    return float(np.corrcoef(before, after)[0, 1])


def _ratio(before: float, after: float) -> float:
    """Return before / after; what has gone altogether has an endless factor."""
    return float(before / after) if after > 0 else float("inf")
