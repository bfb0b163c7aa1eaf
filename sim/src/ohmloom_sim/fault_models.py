"""What an array with faults gives, and what happens to memories, for the functional model."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_sim.injected import PortFaults, faulty_codes
from ohmloom_sim.passes import StepPasses
from ohmloom_sim.recording import Recording

__all__ = ["BitFlips", "ModelReads", "RecordedReads"]

IntArray = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(kw_only=True, eq=False, slots=True)
class ModelReads:
    """An array of ideal cells and wires behind converters with noise, and with faults."""

    spec: ChipSpec
    """The chip."""
    mapping: Mapping
    """What it holds."""
    rng: np.random.Generator
    """Of noise and spikes."""
    faults: PortFaults = field(default_factory=PortFaults)
    """At its ports."""

    def codes(
        self, step: int, number: int, driven: IntArray, samples: IntArray, times: int
    ) -> IntArray:
        """Return codes of all lines, (times, samples, lines), see `Reads`."""
        spec, tile = self.spec, self.mapping.placements[step].tile
        sums = driven @ self.mapping.levels[tile][: driven.shape[1]]
        # A pair cancels the offset; where there is none the host's calibration takes it away.
        offset = spec.adc.offset if spec.encoding == "diff_pair" else 0.0
        exact = sums / float(1 << spec.adc_shift) + offset
        shape = (times, *exact.shape)
        noise = self.rng.normal(0.0, spec.adc.noise, shape) if spec.adc.noise else np.zeros(shape)
        codes = np.floor(exact + noise + 0.5).astype(np.int64)
        codes = np.clip(codes, 0, spec.code_maximum)
        stuck = self.faults.of_tile(tile)
        return faulty_codes(spec, codes, stuck, self.faults.spikes, self.rng)


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RecordedReads:
    """What went over the array ports in a co-simulation, each step read once."""

    recording: Recording
    """All passes."""
    passes: tuple[StepPasses, ...]
    """The same, sorted by the steps."""

    def codes(
        self, step: int, number: int, driven: IntArray, samples: IntArray, times: int
    ) -> IntArray:
        """Return codes of all lines, (1, samples, lines), see `Reads`.

        Raises
        ------
        ValueError
            Where more than one read is asked for, or other inputs were driven.
        """
        if times != 1:
            msg = f"reads of a recording must be 1, not {times}"
            raise ValueError(msg)
        index = self.passes[step].index[samples, number]
        there = self.recording.inputs[index][:, : driven.shape[1]]
        if not np.array_equal(there, driven):
            msg = f"inputs of step {step} must be those of the recording, not others"
            raise ValueError(msg)
        return self.recording.codes[index][np.newaxis]


@dataclass(kw_only=True, eq=False, slots=True)
class BitFlips:
    """Bits of memories that flip, each with the same probability in each inference.

    What was loaded is whole again in the next one. With SECDED a word has check bits that flip,
    too: one wrong bit is corrected, and more end the run. (Of three or more some would pass for
    one; they are counted as if they didn't.)
    """

    probability: float
    """Of a bit."""
    rng: np.random.Generator
    """Of the flips."""
    secded: bool = False
    """Whether the memories correct one wrong bit a word."""
    flipped: int = 0
    """Bits that flipped so far."""
    corrected: int = 0
    """Words that were corrected so far."""

    def disturb(self, values: IntArray, bits: int, *, signed: bool) -> tuple[IntArray, Mask]:
        """Return values, samples x words, as they are read, and in which samples a read failed."""
        width = bits + (secded_check_bits(bits) if self.secded else 0)
        flips = self.rng.random((*values.shape, width)) < self.probability
        self.flipped += int(flips.sum())
        if self.secded:
            wrong = flips.sum(axis=-1)
            self.corrected += int((wrong == 1).sum())
            return values, (wrong > 1).any(axis=1)
        pattern = (flips.astype(np.int64) << np.arange(width)).sum(axis=-1)
        words = (values ^ pattern) & ((1 << bits) - 1)
        if signed:
            words = (words ^ (1 << (bits - 1))) - (1 << (bits - 1))
        return words, np.zeros(len(values), dtype=np.bool_)


def secded_check_bits(bits: int) -> int:
    """Return the check bits of a word: those of Hamming's code, and parity."""
    checks = 2
    while 1 << checks < bits + checks + 1:
        checks += 1
    return checks + 1
