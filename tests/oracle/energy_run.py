"""A run by hand: two samples of a network of 2-2-1 on two tiles, four passes each."""

from dataclasses import dataclass

import numpy as np

from ohmloom_analog.chip import AnalogChip
from ohmloom_analog.network import DenseLayer, Network
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.job import Answer
from ohmloom_sim.recording import Recording
from ohmloom_sim.tasks import Task, prepare

SAMPLES, PASSES = 2, 8
SETTLE, CONVERTING = 1e-6, 3e-6


@dataclass(frozen=True, kw_only=True)
class EnergyRun:
    spec: ChipSpec
    chip: AnalogChip
    prepared: object
    answer: Answer


def energy_run(wires=None):
    cell = {"g_min": 0.0, "g_max": 30e-6, "levels": 16}
    spec = ChipSpec.parse(
        {
            "name": "tiny <chip>",
            "tile": [
                {"count": 2, "rows": 3, "columns": 2, "cell": cell, "wires": wires or {}},
            ],
            "input": {"bits": 8, "slice_bits": 4},
            "dac": {"v_read": 0.3, "settle_time": SETTLE},
            "adc": {"bits": 8, "columns_per_adc": 4},
            "clock": 12e6,
        }
    )
    network = Network(
        layers=(
            DenseLayer(
                weights=np.array([[1.0, 0.5], [0.25, 1.0]]), bias=np.zeros(2), activation="relu"
            ),
            DenseLayer(weights=np.array([[1.0, -1.0]]), bias=np.zeros(1)),
        )
    )
    x = np.array([[1.0, 0.5], [0.0, 1.0]])
    task = Task(name="two", network=network, typical=x, inputs=x, labels=np.zeros(2, dtype=int))
    prepared = prepare(spec, task, SAMPLES)
    starts = np.arange(PASSES) * 10_000_000
    recording = Recording(
        tile=np.array([0, 0, 1, 1] * SAMPLES),
        inputs=np.tile(np.array([[15, 0, 0], [0, 15, 0]]), (PASSES // 2, 1)),
        codes=np.zeros((PASSES, spec.lines), dtype=np.int64),
        clipped=np.zeros(PASSES, dtype=np.int64),
        start_ps=starts,
        end_ps=starts + int(CONVERTING * 1e12),
    )
    answer = Answer(
        results=np.zeros((SAMPLES, 1), dtype=np.int64),
        winners=np.zeros(SAMPLES, dtype=np.int64),
        buffer=np.zeros((SAMPLES, 0), dtype=np.int64),
        # 20 us an inference, 16 of which are passes.
        cycles=np.full(SAMPLES, 240),
        adc_busy=np.zeros(SAMPLES, dtype=np.int64),
        clipped=0,
        conversions=24,
        seconds=1.0,
        recording=recording,
    )
    chip = AnalogChip.build(spec, prepared.mapping.levels, engine="ideal", seed=0)
    return EnergyRun(spec=spec, chip=chip, prepared=prepared, answer=answer)
