"""What is sampled of faults: what was put in, and what came of it."""

from enum import StrEnum

from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.coverage.points import CoverPoint

__all__ = ["Fate", "Fault", "expected_fates", "fault_points"]


class Fault(StrEnum):
    """What goes wrong."""

    STUCK_LINE = "stuck line"
    """The converter of one line always gives the same code."""
    SPIKE = "spike"
    """One read of one line gives another code."""
    OUT_OF_RANGE = "out of range"
    """A converter says that its code isn't what it should be."""
    DEAD_CONVERTER = "dead converter"
    """An array never answers."""
    UNASKED_ANSWER = "unasked answer"
    """An array answers though nothing was started."""
    WRONG_BIT = "wrong bit"
    """A word of a memory is written with one wrong bit."""
    TWO_WRONG_BITS = "two wrong bits"
    """A word of a memory is written with two."""
    DAMAGED_FRAME = "damaged frame"
    """A frame reaches the chip with another byte in it."""


class Fate(StrEnum):
    """What came of it."""

    CORRECTED = "corrected"
    """The chip counts it, and its results are right."""
    FLAGGED = "flagged"
    """The chip counts it, and its results may be wrong."""
    ENDED = "ended"
    """The run or the access ends with an error."""
    UNNOTICED = "unnoticed"
    """Results are wrong, and nothing tells."""


def expected_fates(spec: ChipSpec) -> dict[Fault, Fate]:
    """Return what a chip with such defences makes of each fault that it can have.

    A line stuck at its highest code is outside what checksums take for noise; a code of exact reads
    meets more than it corrects, and so tells. A spike is gone once it is outvoted, corrected, or
    the step is read again.
    """
    defence = spec.defence
    judged, exact = defence.judges, defence.an != "none" or defence.residue > 0
    fates = {
        Fault.STUCK_LINE: Fate.UNNOTICED,
        Fault.SPIKE: Fate.UNNOTICED,
        Fault.OUT_OF_RANGE: Fate.FLAGGED,
        Fault.DEAD_CONVERTER: Fate.ENDED,
        Fault.UNASKED_ANSWER: Fate.ENDED,
        Fault.DAMAGED_FRAME: Fate.ENDED,
    }
    if judged:
        fates[Fault.STUCK_LINE] = Fate.FLAGGED if exact else Fate.CORRECTED
        fates[Fault.SPIKE] = Fate.CORRECTED
    if defence.vote > 1:
        fates[Fault.SPIKE] = Fate.CORRECTED
    if defence.secded:
        fates |= {Fault.WRONG_BIT: Fate.CORRECTED, Fault.TWO_WRONG_BITS: Fate.ENDED}
    return fates


def fault_points(spec: ChipSpec) -> tuple[CoverPoint, ...]:
    """Return the points of the group 'faults'."""
    fates = expected_fates(spec)
    bare = "its memories aren't corrected, so that no bit of them can be made wrong"
    pairs, absent = [], {}
    for fault in Fault:
        for fate in Fate:
            pairs.append(f"{fault}, {fate}")
            if fault not in fates:
                absent[pairs[-1]] = bare
            elif fate is not fates[fault]:
                absent[pairs[-1]] = f"with its defences it is {fates[fault]}"
    return (
        CoverPoint.of(
            "faults",
            "fault",
            "what was put in on purpose",
            list(Fault),
            absent={fault: None if fault in fates else bare for fault in Fault},
        ),
        CoverPoint.of("faults", "fault and fate", "what came of it", pairs, absent=dict(absent)),
    )
