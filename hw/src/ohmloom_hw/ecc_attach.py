"""What a chip does against errors, put between the stations of its core."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amaranth.hdl import Cat, Module, Value

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.an_attach import attach_an
from ohmloom_hw.check_attach import attach_checks
from ohmloom_hw.corrected_memory import CorrectedMemory, is_protected
from ohmloom_hw.correction_attach import attach_corrections
from ohmloom_hw.counting import count_events
from ohmloom_hw.csr import RegisterFile
from ohmloom_hw.residue_attach import attach_residue
from ohmloom_hw.secded_attach import attach_secded, corrected_memories
from ohmloom_hw.stations import Stations

__all__ = ["Attached", "attach_ecc"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Attached:
    """What has been built."""

    events: Mapping[str, Value]
    """One cycle each, by the name of its field of IRQ_STATUS."""
    memories: Mapping[str, CorrectedMemory]
    """The corrected memories by their names; none where memories have no code."""


def attach_ecc(
    m: Module, spec: ChipSpec, registers: RegisterFile, stations: Stations, *, clipped: Value
) -> Attached:
    """Build what `ChipSpec.ecc` asks for.

    Parameters
    ----------
    clipped
        One cycle for each conversion out of range, of lines that are used.
    """
    events: dict[str, Value] = {}
    tables: dict[str, Any] = attach_corrections(m, spec, registers, stations, clipped=clipped)
    doubts: list[Value] = []
    if spec.defence.an != "none":
        doubts.append(attach_an(m, spec, registers, stations).doubt)
    if spec.defence.checksums:
        checks = attach_checks(m, spec, registers, stations)
        doubts.append(checks.judge.doubt)
        tables["CHECK_WEIGHT"] = checks.predictor.weights
        tables["CHECK_LIMIT"] = checks.judge.limits
        tables["VALUES"] = stations.columns.values
    if spec.defence.residue:
        residues = attach_residue(m, spec, registers, stations)
        doubts.append(residues.doubt)
        tables["RESIDUE"] = residues.table
    if doubts:
        events["doubtful"] = _doubt(m, registers, stations, Cat(*doubts).any())
    memories = corrected_memories(stations, tables)
    if is_protected(spec):
        events["memory"] = attach_secded(m, registers, stations, memories)
    return Attached(events=events, memories=memories)


def _doubt(m: Module, registers: RegisterFile, stations: Stations, doubt: Value) -> Value:
    """Have steps in doubt read again; return when one is given up."""
    sequencer = stations.sequencer
    given_up = sequencer.finish & doubt
    m.d.comb += [sequencer.rereads.eq(registers.w_rereads), sequencer.doubt.eq(doubt)]
    count_events(m, registers.r_check_reread, sequencer.again, registers.w_ctrl.clear)
    count_events(m, registers.r_check_doubtful, given_up, registers.w_ctrl.clear)
    return given_up
