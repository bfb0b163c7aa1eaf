"""How long the passes and the runs of a chip take, in clock cycles, without a simulator.

=========  ==================================================================
symbol     name
=========  ==================================================================
R, C       rows and columns of a tile
K          cycles of a conversion, and m how often each is done
k          those of a round: m (K + 1), and one more where m > 1
n_r        lines that round r of the converters hands out, one a cycle
S          cycles in which word lines settle
=========  ==================================================================

The codes of a round are moved aside when those of the round before are handed out, and the next
round starts a cycle later::

    code_r = moved_(r-1) + k,    moved_r = max(code_r, moved_(r-1) + n_(r-1)),    code_0 = k

    body:  S + moved_last + n_last + 3
    step:  3 + max(C + 1, R + 2) + (passes - 1) (max(body, R + 2) + 2) + body + columns + latency

where the latency is that of the column pass. The input formatter collects a pass while the one
before is converted. `ohmloom_hw.sequencer`, `ohmloom_hw.conversion` and `ohmloom_hw.columns` are
what this follows.
"""

from dataclasses import replace

import numpy as np

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import LayerTable, Step
from ohmloom_hw.activation import Requantise
from ohmloom_hw.calibration import Calibration
from ohmloom_hw.repeated_reads import repeats
from ohmloom_sim.passes import step_passes
from ohmloom_sim.recording import Recording

__all__ = ["pass_cycles", "run_cycles", "untimed", "with_times"]


def untimed(spec: ChipSpec) -> str | None:
    """Return what a chip would need to do without for its time to be foretold; None if nothing."""
    defence = spec.defence
    if defence.judges or defence.reissue:
        return f"steps that are read once, not the checks of chip '{spec.name}'"
    return None


def pass_cycles(spec: ChipSpec, step: Step) -> tuple[int, int]:
    """Return the cycles from the first start of a pass to the one after its last code.

    The second number is those until that code is moved aside, to be handed out.
    """
    each, code, moved, handed = _round_cycles(spec), 0, 0, 0
    for lines in _handed_out(spec, step):
        code = moved + each
        moved, handed = max(code, moved + handed), lines
    return code, moved


def run_cycles(spec: ChipSpec, table: LayerTable) -> int:
    """Return the cycles of a run from start to done, where no step is read again."""
    return sum(_step_cycles(spec, step) for step in table.steps)


def with_times(spec: ChipSpec, table: LayerTable, recording: Recording) -> Recording:
    """Return a recording with the length of each pass; all passes begin at 0."""
    cycle_ps = 1e12 / spec.clock
    # The last code is there half a cycle before the end of the pass, when the clock falls.
    after = 0.5 + (repeats(spec) > 1)
    lengths = {step.tile: pass_cycles(spec, step)[0] - after for step in table.steps}
    cycles = np.array([lengths[tile] for tile in recording.tile.tolist()])
    return replace(
        recording,
        start_ps=np.zeros_like(recording.tile),
        end_ps=np.rint(cycles * cycle_ps).astype(np.int64),
    )


def _handed_out(spec: ChipSpec, step: Step) -> list[int]:
    used, share = step.columns * spec.lines_per_column, spec.adc.columns_per_adc
    return [-(-(used - select) // share) for select in range(min(share, used))]


def _round_cycles(spec: ChipSpec) -> int:
    times = repeats(spec)
    return times * (spec.conversion_cycles + 1) + (times > 1)


def _step_cycles(spec: ChipSpec, step: Step) -> int:
    passes = len(list(step_passes(spec, step)))
    last = _handed_out(spec, step)[-1]
    body = spec.settle_cycles + pass_cycles(spec, step)[1] + last + 3
    collect = spec.rows + 2
    begin = 3 + max(spec.columns + 1, collect)
    columns = step.columns + 1 + Calibration.latency + 1 + Requantise.latency + 1
    return begin + (passes - 1) * (max(body, collect) + 2) + body + columns
