"""The registers that every chip has: identity, control, counters, link and events."""

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.ecc_registers import ecc_events
from ohmloom_hw.features import Features
from ohmloom_hw.program_registers import write_events
from ohmloom_hw.register_model import Field, Register, counters, value_fields
from ohmloom_hw.spiking.spiking_registers import spiking_events

__all__ = ["MAGIC", "MAP_VERSION", "core_registers"]

MAGIC = 0x4F484D4C
"""Content of ID: "OHML"."""

MAP_VERSION = 2
"""Content of VERSION; it rises when something here moves or changes its meaning."""


def core_registers(spec: ChipSpec, features: Features) -> tuple[Register, ...]:
    """Return the registers, in no order."""
    return (
        *_identity(spec),
        *_control(spec, features),
        *_counters(),
        *_link(spec),
        *_events(spec, features),
    )


def _identity(spec: ChipSpec) -> tuple[Register, ...]:
    shape = (
        Field(name="rows", low=0, width=16, reset=spec.rows, doc="rows of a tile"),
        Field(name="columns", low=16, width=16, reset=spec.columns, doc="columns of a tile"),
    )
    widths = (
        Field(name="tiles", low=0, width=8, reset=spec.tiles, doc="number of tiles"),
        Field(name="adc_bits", low=8, width=8, reset=spec.adc.bits, doc="bits of a code"),
        Field(name="input_bits", low=16, width=8, reset=spec.input.bits, doc="of a magnitude"),
        Field(name="weight_bits", low=24, width=8, reset=spec.weight_bits, doc="sign included"),
    )
    return (
        Register(
            name="ID",
            offset=0x000,
            access="constant",
            fields=value_fields(reset=MAGIC),
            doc='"OHML" in ASCII',
        ),
        Register(
            name="VERSION",
            offset=0x004,
            access="constant",
            fields=value_fields(reset=MAP_VERSION),
            doc="version of this address space",
        ),
        Register(
            name="CAP0", offset=0x008, access="constant", fields=shape, doc="size of the tiles"
        ),
        Register(
            name="CAP1", offset=0x00C, access="constant", fields=widths, doc="number and widths"
        ),
    )


def _control(spec: ChipSpec, features: Features) -> tuple[Register, ...]:
    strobes = (
        Field(name="start", low=0, width=1, doc="run the step table; ignored while busy"),
        Field(name="clear", low=1, width=1, doc="set CLIPPED and CONVERSIONS to 0"),
        Field(name="abort", low=2, width=1, doc="end the run, with the word lines at code 0"),
    )
    status = (
        Field(name="busy", low=0, width=1, doc="the table is being run"),
        Field(name="done", low=1, width=1, doc="the last run came to its end"),
        Field(name="error", low=2, width=1, doc="the last run ended with an error"),
        Field(name="runs", low=8, width=8, doc="runs started, modulo 256"),
    )
    error = (
        Field(name="code", low=0, width=8, doc="the error code, 0 for none"),
        Field(name="step", low=8, width=8, doc="the step in which it came up"),
    )
    steps = value_fields(width=spec.step_entries.bit_length())
    settle_cycles, timeout_cycles = spec.settle_cycles, 0xFFFF
    if features.converters is not None:
        plan = ConverterPlan(spec=spec, profile=features.converters)
        settle_cycles, timeout_cycles = plan.settle_cycles, plan.timeout_cycles
    settle = value_fields(width=16, reset=settle_cycles)
    timeout = value_fields(width=16, reset=timeout_cycles)
    return (
        Register(name="CTRL", offset=0x010, access="strobe", fields=strobes, doc="commands"),
        Register(name="STATUS", offset=0x014, access="ro", fields=status, doc="state of the run"),
        Register(name="ERROR", offset=0x018, access="ro", fields=error, doc="error of the run"),
        Register(
            name="STEPS", offset=0x01C, access="rw", fields=steps, doc="number of steps to run"
        ),
        Register(
            name="SETTLE",
            offset=0x020,
            access="rw",
            fields=settle,
            doc="clock cycles from a change of the lines to the first conversion, at least 1",
        ),
        Register(
            name="TIMEOUT",
            offset=0x024,
            access="rw",
            fields=timeout,
            doc="clock cycles that a conversion may take",
        ),
    )


def _counters() -> tuple[Register, ...]:
    meanings = (
        ("ARGMAX", "column of the largest result of the last run"),
        ("CLIPPED", "conversions out of range, since they were cleared"),
        ("CONVERSIONS", "conversions, since they were cleared"),
        ("CYCLES", "clock cycles of the last run"),
        ("ADC_BUSY", "clock cycles of the last run in which a converter was busy"),
    )
    return counters(0x028, meanings)


def _link(spec: ChipSpec) -> tuple[Register, ...]:
    halves = [int(spec.hash[:8], 16), int(spec.hash[8:16], 16)]
    hashes = tuple(
        Register(
            name=f"HASH{place}",
            offset=0x040 + 4 * place,
            access="constant",
            fields=value_fields(reset=half),
            doc=f"bits {32 * place} to {32 * place + 31} of the hash of the description, from left",
        )
        for place, half in enumerate(halves)
    )
    return (
        Register(
            name="SCRATCH", offset=0x03C, access="rw", fields=value_fields(), doc="without effect"
        ),
        *hashes,
        Register(
            name="CRC_ERRORS",
            offset=0x048,
            access="ro",
            fields=value_fields(width=16),
            doc="frames with a wrong checksum since reset, at most 65535",
        ),
        Register(
            name="FRAME_ERRORS",
            offset=0x04C,
            access="ro",
            fields=value_fields(width=16),
            doc="frames malformed, of a wrong length or without room since reset, at most 65535",
        ),
    )


def _events(spec: ChipSpec, features: Features) -> tuple[Register, ...]:
    events: tuple[Field, ...] = (
        Field(name="done", low=0, width=1, doc="a run came to its end"),
        Field(name="error", low=1, width=1, doc="a run ended with an error"),
        Field(name="clipped", low=2, width=1, doc="a conversion was out of range"),
    )
    if features.writes:
        events += write_events()
    events += (*ecc_events(spec), *spiking_events(spec))
    return (
        Register(
            name="IRQ_STATUS",
            offset=0x054,
            access="clear",
            fields=events,
            doc="what happened since it was last cleared",
        ),
        Register(
            name="IRQ_ENABLE",
            offset=0x058,
            access="rw",
            fields=events,
            doc="which of these raise the interrupt line",
        ),
        Register(
            name="HOST_TIMEOUT",
            offset=0x05C,
            access="rw",
            fields=value_fields(),
            doc="clock cycles without an access after which a run or a job on cells is aborted; "
            "0 for never",
        ),
        Register(
            name="REPEATS",
            offset=0x080,
            access="ro",
            fields=value_fields(width=16),
            doc="replies sent again, as their request came again, since reset, at most 65535",
        ),
    )
