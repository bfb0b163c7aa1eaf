"""The error that is left where cells have their levels from the start, instead of being written."""

from dataclasses import replace

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.equivalence import replay
from ohmloom_sim.job import Answer
from ohmloom_sim.metrics import Spread, mvm_errors
from ohmloom_sim.passes import passes_of_steps
from ohmloom_sim.stimulus import Stimulus

__all__ = ["ideal_mvm_error"]


def ideal_mvm_error(
    spec: ChipSpec,
    mapping: Mapping,
    answer: Answer,
    *,
    seed: int,
    age: float,
    temperature: float,
) -> Spread:
    """Return the error of the sums of a run, had its arrays been made with their levels.

    The passes are those that the run recorded, so that both errors are of the same inputs.

    Parameters
    ----------
    age, temperature
        Of the arrays [s], [K].
    """
    recording = answer.recording
    stimulus = Stimulus.of_recording(
        spec, mapping.levels, seed, recording, age=age, temperature=temperature
    )
    codes = replay(stimulus, "nodal").codes
    steps = passes_of_steps(spec, mapping.table, recording, len(answer.winners))
    replayed = replace(recording, codes=codes)
    return Spread.of(
        [
            mvm_errors(spec, mapping, place, replayed, step)
            for place, step in zip(mapping.placements, steps, strict=True)
        ]
    )
