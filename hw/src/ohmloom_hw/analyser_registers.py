"""What the logic analyser looks at, and how the host reaches it."""

from dataclasses import dataclass

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.register_model import Field, Register, Window, value_fields

__all__ = [
    "TRIGGER_BITS",
    "Probe",
    "analyser_registers",
    "analyser_window",
    "probes",
    "sample_bits",
    "words_per_sample",
]

TRIGGER_BITS = 32
"""Bits of a sample, from the low end, that can be compared."""

_WORD_BITS = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """Some bits of a sample."""

    name: str
    """What is looked at."""
    low: int
    """Lowest bit."""
    width: int
    """Number of bits."""
    doc: str
    """One line of the manual."""

    def extract(self, sample: int) -> int:
        """Return its value in a sample."""
        return (sample >> self.low) & ((1 << self.width) - 1)


def probes(spec: ChipSpec) -> tuple[Probe, ...]:
    """Return what a sample is made of, from low bits to high.

    What is worth waiting for comes first, so that it lies within `TRIGGER_BITS`.
    """
    share = min(spec.adc.columns_per_adc, spec.lines)
    parts = (
        ("busy", 1, "the step table is being run"),
        ("error", 1, "the last run ended with an error"),
        ("gathering", 1, "inputs of the next pass are collected"),
        ("converting", 1, "converters are at work, or their codes are added up"),
        ("finishing", 1, "columns are calibrated, scaled and stored"),
        ("start", 1, "start of the array port"),
        ("done", 1, "done of the array port"),
        ("clipped", 1, "over_range of converter 0"),
        ("access", 1, "an access of the host ends"),
        ("step", max(1, (spec.step_entries - 1).bit_length()), "step that is run"),
        ("select", max(1, (share - 1).bit_length()), "line of the converters that is meant"),
        ("level", spec.input.slice_bits, "DAC code of row 0"),
        ("code", spec.adc.bits, "ADC code of converter 0"),
    )
    found, low = [], 0
    for name, width, doc in parts:
        found.append(Probe(name=name, low=low, width=width, doc=doc))
        low += width
    return tuple(found)


def sample_bits(spec: ChipSpec) -> int:
    """Return the width of a sample."""
    return sum(probe.width for probe in probes(spec))


def words_per_sample(spec: ChipSpec) -> int:
    """Return how many words of the window a sample takes, a power of two."""
    return 1 << (-(-sample_bits(spec) // _WORD_BITS) - 1).bit_length()


def analyser_registers(depth: int) -> tuple[Register, ...]:
    """Return what arms the analyser and tells how far it is."""
    places = (depth - 1).bit_length()
    strobes = (
        Field(name="arm", low=0, width=1, doc="begin to record"),
        Field(name="trigger", low=1, width=1, doc="do as if the trigger had come"),
    )
    status = (
        Field(name="armed", low=0, width=1, doc="samples are being taken"),
        Field(name="triggered", low=1, width=1, doc="the trigger has come"),
        Field(name="done", low=2, width=1, doc="the recording is complete"),
        Field(name="first", low=16, width=max(1, places), doc="place of the oldest sample"),
    )
    return (
        Register(
            name="ANALYSER_CTRL",
            offset=0x060,
            access="strobe",
            fields=strobes,
            doc="commands of the logic analyser",
        ),
        Register(
            name="ANALYSER_STATUS",
            offset=0x064,
            access="ro",
            fields=status,
            doc="how far the logic analyser is",
        ),
        Register(
            name="ANALYSER_MASK",
            offset=0x068,
            access="rw",
            fields=value_fields(32),
            doc="bits of a sample, from the low end, that the trigger compares; 0 triggers at once",
        ),
        Register(
            name="ANALYSER_VALUE",
            offset=0x06C,
            access="rw",
            fields=value_fields(32),
            doc="what these bits must be",
        ),
        Register(
            name="ANALYSER_BEFORE",
            offset=0x070,
            access="rw",
            fields=value_fields(max(1, places)),
            doc="samples that are kept from before the trigger",
        ),
        Register(
            name="ANALYSER_PERIOD",
            offset=0x074,
            access="rw",
            fields=value_fields(16, 1),
            doc="clock cycles from a sample to the next; the trigger is looked for in each",
        ),
    )


def analyser_window(spec: ChipSpec, depth: int) -> Window:
    """Return the window of the samples."""
    words = words_per_sample(spec)
    parts = ", ".join(
        f"{probe.name} {probe.low}" + (f"-{probe.low + probe.width - 1}" if probe.width > 1 else "")
        for probe in probes(spec)
    )
    return Window(
        name="ANALYSER",
        base=0x0C0000,
        words=depth * words,
        access="ro",
        doc=f"samples of the logic analyser, {words} words each, bits: {parts}",
    )
