"""What an array with faults gives, and what happens to memories, for the functional model."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.mapping import Mapping
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.codes.secded import Secded
from ohmloom_sim.injected import ChipFaults, faulty_codes
from ohmloom_sim.passes import StepPasses
from ohmloom_sim.recording import Recording
from ohmloom_sim.repeated_reads import combined_reads

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
    faults: ChipFaults = field(default_factory=ChipFaults)
    """At its ports."""

    def read(
        self, step: int, driven: IntArray, samples: IntArray, *, average: int, vote: int
    ) -> tuple[IntArray, Mask]:
        """Return codes of all lines and which are clipped, see `Reads`."""
        passes = [self._pass(step, codes, average * vote) for codes in driven.swapaxes(0, 1)]
        codes, over = (np.stack(part, axis=2) for part in zip(*passes, strict=True))
        return combined_reads(codes, over, vote)

    def _pass(self, step: int, driven: IntArray, times: int) -> tuple[IntArray, Mask]:
        spec, tile = self.spec, self.mapping.placements[step].tile
        sums = driven @ self.mapping.levels[tile][: driven.shape[1]]
        # A pair cancels the offset; where there is none the host's calibration takes it away.
        offset = spec.adc.offset if spec.encoding == "diff_pair" else 0.0
        exact = sums / float(1 << spec.adc_shift) + offset
        shape = (times, *exact.shape)
        noise = self.rng.normal(0.0, spec.adc.noise, shape) if spec.adc.noise else np.zeros(shape)
        nearest = np.floor(exact + noise + 0.5).astype(np.int64)
        codes = np.clip(nearest, 0, spec.code_maximum)
        stuck = self.faults.of_tile(tile)
        faulty = faulty_codes(spec, codes, stuck, self.faults.spikes, self.rng)
        return faulty, codes != nearest


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class RecordedReads:
    """What went over the array ports in a co-simulation, each step read once."""

    recording: Recording
    """All passes."""
    passes: tuple[StepPasses, ...]
    """The same, sorted by the steps."""

    def read(
        self, step: int, driven: IntArray, samples: IntArray, *, average: int, vote: int
    ) -> tuple[IntArray, Mask]:
        """Return codes of all lines, see `Reads`; a recording doesn't know which were clipped.

        Raises
        ------
        ValueError
            Where more than one read is asked for, or other inputs were driven.
        """
        if average * vote != 1:
            msg = f"reads of a recording must be 1, not {average * vote}"
            raise ValueError(msg)
        index = self.passes[step].index[samples]
        there = self.recording.inputs[index][..., : driven.shape[-1]]
        if not np.array_equal(there, driven):
            msg = f"inputs of step {step} must be those of the recording, not others"
            raise ValueError(msg)
        codes: IntArray = self.recording.codes[index]
        return codes, np.zeros(codes.shape, dtype=np.bool_)


@dataclass(kw_only=True, eq=False, slots=True)
class BitFlips:
    """Bits of memories that flip, each with the same probability in each inference.

    What was loaded is whole again in the next one. With SECDED a word has check bits that flip,
    too: one wrong bit is corrected, two end the run, and of more some pass for one, as in the chip.
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
        width = Secded(data_bits=bits).code_bits if self.secded else bits
        flips = self.rng.random((*values.shape, width)) < self.probability
        self.flipped += int(flips.sum())
        if self.secded:
            read, failed = self._decoded(values, flips, bits)
            return _as_words(read, bits, signed=signed), failed
        pattern = (flips.astype(np.int64) << np.arange(width)).sum(axis=-1)
        words = _as_words(values ^ pattern, bits, signed=signed)
        return words, np.zeros(len(values), dtype=np.bool_)

    def _decoded(
        self, values: IntArray, flips: NDArray[np.bool_], bits: int
    ) -> tuple[IntArray, Mask]:
        # The code is linear, so that what a word decodes to depends on its wrong bits alone.
        wrong = flips.sum(axis=-1)
        self.corrected += int((wrong == 1).sum())
        code, read = Secded(data_bits=bits), values.copy()
        failed = np.zeros(len(values), dtype=np.bool_)
        for place in zip(*np.nonzero(wrong > 1), strict=True):
            found = code.decode(sum(1 << int(bit) for bit in np.flatnonzero(flips[place])))
            failed[place[0]] |= found.failed
            read[place] ^= found.data
        return read, failed


def _as_words(values: IntArray, bits: int, *, signed: bool) -> IntArray:
    """Return what the low bits of values stand for."""
    words = values & ((1 << bits) - 1)
    top = 1 << (bits - 1)
    return (words ^ top) - top if signed else words
