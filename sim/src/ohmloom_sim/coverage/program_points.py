"""What is sampled of writing cells: pulses, reads, and what became of the cells."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.features import Features
from ohmloom_sim.coverage.points import CoverPoint

__all__ = ["JOBS", "course_bin", "outcome_bin", "program_points"]

JOBS = ("write", "form", "march", "screen", "read only")
"""Jobs on cells. One that is only read is a write that allows no pulse."""

_NO_WRITES = "its tiles aren't described to be written"
_COURSES = ("no pulse", "first pulse", "several pulses", "turned")


def program_points(spec: ChipSpec, features: Features) -> tuple[CoverPoint, ...]:
    """Return the points of the group 'programming'."""
    why = None if features.writes else _NO_WRITES

    def point(name: str, doc: str, bins: tuple[str, ...], **absent: str) -> CoverPoint:
        reasons = {bin_: why or absent.get(bin_) for bin_ in bins}
        return CoverPoint.of("programming", name, doc, bins, absent=reasons)

    untouched = "a cell that wasn't reached has no word to be read"
    return (
        point("pulse", "pulses at the array ports", ("set", "reset", "form")),
        point("verify read", "reads of one cell at the array ports", ("in range", "out of range")),
        point("job", "jobs on cells that came to their end", JOBS),
        point(
            "outcome",
            "what became of cells",
            tuple(status.name for status in WriteStatus),
            UNTOUCHED=untouched,
        ),
        point("course", "pulses that cells took until they were written", _COURSES),
        point("relaxation", "good cells that were read again later", ("kept", "relapsed")),
    )


def outcome_bin(outcome: Outcome) -> str:
    """Return the bin of what became of a cell."""
    return outcome.status.name


def course_bin(outcome: Outcome) -> str:
    """Return how a cell that is written got there."""
    if outcome.flips:
        return "turned"
    return _COURSES[min(outcome.pulses, 2)]
