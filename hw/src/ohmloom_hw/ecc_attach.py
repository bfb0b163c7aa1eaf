"""What a chip does against errors, put between the stations of its core."""

from collections.abc import Mapping
from typing import Any

from amaranth.hdl import Module, Value

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.check_attach import attach_checks
from ohmloom_hw.corrected_memory import is_protected
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.secded_attach import attach_secded
from ohmloom_hw.stations import Stations

__all__ = ["attach_ecc"]


def attach_ecc(
    m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations, *, clipped: Value
) -> Mapping[str, Value]:
    """Build what `ChipSpec.ecc` asks for.

    Parameters
    ----------
    clipped
        One cycle for each conversion out of range, of lines that are used.

    Returns
    -------
    events
        One cycle each, by the name of its field of IRQ_STATUS.
    """
    events: dict[str, Value] = {}
    tables: dict[str, Any] = {}
    if spec.ecc is not None and spec.ecc.checksums:
        checks = attach_checks(m, spec, registers, stations)
        events |= checks.events
        tables["CHECK_WEIGHT"] = checks.predictor.weights
        tables["CHECK_LIMIT"] = checks.judge.limits
        tables["VALUES"] = stations.columns.values
    if is_protected(spec):
        events["memory"] = attach_secded(m, registers, stations, tables)
    return events
