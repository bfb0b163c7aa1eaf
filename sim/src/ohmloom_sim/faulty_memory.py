"""Wrong bits in the input buffer of a chip, and what the chip counts against errors."""

from collections.abc import Mapping, Sequence

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.driver import Driver
from ohmloom_hw.ecc_driver import EccDriver
from ohmloom_hw.ecc_registers import ecc_registers
from ohmloom_sim.injected import ChipFaults

__all__ = ["ecc_counters", "read_ecc_counters", "spoil_inputs", "told_counts"]


async def spoil_inputs(
    driver: Driver, spec: ChipSpec, faults: ChipFaults | None, index: int, sample: Sequence[int]
) -> None:
    """Make the words of a sample wrong that shall be, once it is in the input buffer.

    A chip whose memories are corrected is told to write them wrong; to another they are sent so.
    """
    lanes = 32 // spec.entry_bits
    flips = () if faults is None else faults.flips
    for flip in (one for one in flips if one.sample == index):
        first = flip.word * lanes
        values = [int(value) for value in sample[first : first + lanes]]
        if spec.defence.secded:
            await EccDriver(driver, spec).inject("INPUT", flip.bit)
        else:
            values = [value ^ (1 << flip.bit) for value in values]
        await driver.write_inputs(first, values)


def ecc_counters(spec: ChipSpec) -> dict[str, str]:
    """Return the registers that count what a chip does against errors, and what they say."""
    return {
        register.name: register.doc
        for register in ecc_registers(spec)
        if register.access == "ro" and len(register.fields) == 1
    }


def told_counts(spec: ChipSpec, counts: Mapping[str, int]) -> dict[str, int]:
    """Return what a chip counted in a run, by what it is."""
    return {
        told.removesuffix(", since CTRL.clear"): counts[name]
        for name, told in ecc_counters(spec).items()
        if name in counts
    }


async def read_ecc_counters(driver: Driver, spec: ChipSpec) -> dict[str, int]:
    """Return these registers of a chip."""
    return {name: await driver.read_register(name) for name in ecc_counters(spec)}
