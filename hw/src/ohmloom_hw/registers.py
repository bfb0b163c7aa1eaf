"""The registers of a chip, declared once: gateware, driver and manual are made from this table."""

import enum
from typing import Any, get_args

from amaranth.lib import data

from ohmloom_analog.spec import ChipSpec
from ohmloom_analog.table import Step
from ohmloom_hw.analyser_registers import analyser_registers, analyser_window
from ohmloom_hw.converters.plan import ConverterPlan
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.converters.registers import converter_registers, converter_windows
from ohmloom_hw.features import DEFAULT_FEATURES, Behind, BusName, Features, LinkName
from ohmloom_hw.map_registers import has_maps, map_windows
from ohmloom_hw.march_registers import march_registers, march_windows
from ohmloom_hw.program_registers import program_registers, program_windows, write_events
from ohmloom_hw.register_model import Field, Register, RegisterTable, Window
from ohmloom_hw.twin_registers import twin_registers, twin_window

__all__ = [
    "ERROR_MEANINGS",
    "MAGIC",
    "MAP_VERSION",
    "STEP_WORDS",
    "ErrorCode",
    "entries_per_word",
    "pack_step",
    "read_features",
    "register_table",
    "step_layout",
]

MAGIC = 0x4F484D4C
"""Content of ID: "OHML"."""

MAP_VERSION = 2
"""Content of VERSION; it rises when something here moves or changes its meaning."""


class ErrorCode(enum.IntEnum):
    """Why a run ended before its last step; content of ERROR."""

    NONE = 0
    ARRAY_TIMEOUT = 1
    ARRAY_PROTOCOL = 2
    NO_SUCH_TILE = 3
    EMPTY_TABLE = 4
    LONG_TABLE = 5
    ABORTED = 6
    HOST_LOST = 7
    WRITING = 8
    NOT_INJECTIVE = 9
    COLUMN_MISSING = 10


ERROR_MEANINGS = {
    ErrorCode.NONE: "no error",
    ErrorCode.ARRAY_TIMEOUT: "a conversion took longer than TIMEOUT",
    ErrorCode.ARRAY_PROTOCOL: "an array answered without being asked",
    ErrorCode.NO_SUCH_TILE: "a step names a tile that the chip doesn't have",
    ErrorCode.EMPTY_TABLE: "STEPS is 0",
    ErrorCode.LONG_TABLE: "STEPS is more than the step table holds",
    ErrorCode.ABORTED: "CTRL.abort was written",
    ErrorCode.HOST_LOST: "the host accessed nothing for HOST_TIMEOUT clock cycles",
    ErrorCode.WRITING: "a job on cells was under way, so that the run wasn't begun",
    ErrorCode.NOT_INJECTIVE: "a map names a column or row twice, or one that isn't there",
    ErrorCode.COLUMN_MISSING: "a step uses a column that no physical one stands for",
}
"""What each error code says, for the manual."""

STEP_WORDS: tuple[tuple[Field, ...], ...] = (
    (
        Field(name="tile", low=0, width=8, doc="index of the tile"),
        Field(name="first", low=8, width=1, doc="totals start anew"),
        Field(name="finish", low=9, width=1, doc="totals are complete: scale and store them"),
        Field(name="result", low=10, width=1, doc="store totals as they are, in RESULT"),
        Field(name="signed", low=11, width=1, doc="read positive and negative inputs in turn"),
        Field(name="relu", low=12, width=1, doc="store negative sums as 0"),
        Field(name="columns", low=16, width=16, doc="logical columns that are converted"),
    ),
    (
        Field(name="rows", low=0, width=16, doc="inputs that are driven"),
        Field(name="input_base", low=16, width=16, doc="first entry that is driven"),
    ),
    (
        Field(name="output_base", low=0, width=16, doc="first entry that is written"),
        Field(name="bias_base", low=16, width=16, doc="first entry of BIAS"),
    ),
    (
        Field(name="multiplier", low=0, width=16, doc="scale: factor"),
        Field(name="shift", low=16, width=6, doc="scale: right shift after the factor"),
    ),
)
"""The fields of an entry of the STEP window, word by word."""


def pack_step(step: Step) -> tuple[int, int, int, int]:
    """Return the four words of a step.

    Raises
    ------
    ValueError
        Where a value doesn't fit its field.
    """
    scale = {"multiplier": step.scale.multiplier, "shift": step.scale.shift}
    w0, w1, w2, w3 = (
        sum(
            field.insert(
                int(scale[field.name] if field.name in scale else getattr(step, field.name))
            )
            for field in fields
        )
        for fields in STEP_WORDS
    )
    return w0, w1, w2, w3


def step_layout() -> data.StructLayout:
    """Return the layout of the four words of a step, word 0 in the low bits."""
    members: dict[str, int] = {}
    for number, fields in enumerate(STEP_WORDS):
        free = 0
        for field in fields:
            if field.low > free:
                members[f"reserved_{number}_{free}"] = field.low - free
            members[field.name] = field.width
            free = field.high + 1
        if free < 32:
            members[f"reserved_{number}_{free}"] = 32 - free
    return data.StructLayout(members)


def entries_per_word(spec: ChipSpec) -> int:
    """Return how many entries of the input buffer share a word of INPUT: 4 or 2."""
    return 32 // spec.entry_bits


def register_table(spec: ChipSpec, features: Features = DEFAULT_FEATURES) -> RegisterTable:
    """Return the address space of a chip."""
    registers = (
        *_identity(spec),
        *_control(spec, features),
        *_counters(),
        *_link(spec),
        *_features(features),
        *_events(features),
        *(twin_registers() if features.behind == "twin" else ()),
    )
    windows = _windows(spec)
    if features.analyser_depth:
        registers += analyser_registers(features.analyser_depth)
        windows += (analyser_window(spec, features.analyser_depth),)
    if features.behind == "twin":
        windows += (twin_window(spec, features),)
    if has_maps(spec, features):
        windows += map_windows(spec)
    if features.writes:
        registers += (*program_registers(spec), *march_registers(spec))
        windows += (*program_windows(spec), *march_windows(spec))
    if features.converters is not None:
        registers += converter_registers(spec, features.converters)
        windows += converter_windows(spec, features.converters)
    return RegisterTable(
        registers=tuple(sorted(registers, key=lambda register: register.offset)),
        windows=tuple(sorted(windows, key=lambda window: window.base)),
    )


def _value(width: int = 32, reset: int = 0) -> tuple[Field, ...]:
    return (Field(name="value", width=width, reset=reset, doc="the value"),)


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
            fields=_value(reset=MAGIC),
            doc='"OHML" in ASCII',
        ),
        Register(
            name="VERSION",
            offset=0x004,
            access="constant",
            fields=_value(reset=MAP_VERSION),
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
    steps = _value(width=spec.step_entries.bit_length())
    settle_cycles, timeout_cycles = spec.settle_cycles, 0xFFFF
    if features.converters is not None:
        plan = ConverterPlan(spec=spec, profile=features.converters)
        settle_cycles, timeout_cycles = plan.settle_cycles, plan.timeout_cycles
    settle = _value(width=16, reset=settle_cycles)
    timeout = _value(width=16, reset=timeout_cycles)
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
    return tuple(
        Register(name=name, offset=0x028 + 4 * place, access="ro", fields=_value(), doc=doc)
        for place, (name, doc) in enumerate(meanings)
    )


def _link(spec: ChipSpec) -> tuple[Register, ...]:
    halves = [int(spec.hash[:8], 16), int(spec.hash[8:16], 16)]
    hashes = tuple(
        Register(
            name=f"HASH{place}",
            offset=0x040 + 4 * place,
            access="constant",
            fields=_value(reset=half),
            doc=f"bits {32 * place} to {32 * place + 31} of the hash of the description, from left",
        )
        for place, half in enumerate(halves)
    )
    return (
        Register(name="SCRATCH", offset=0x03C, access="rw", fields=_value(), doc="without effect"),
        *hashes,
        Register(
            name="CRC_ERRORS",
            offset=0x048,
            access="ro",
            fields=_value(width=16),
            doc="frames with a wrong checksum since reset, at most 65535",
        ),
        Register(
            name="FRAME_ERRORS",
            offset=0x04C,
            access="ro",
            fields=_value(width=16),
            doc="frames malformed, of a wrong length or without room since reset, at most 65535",
        ),
    )


def _features(features: Features) -> tuple[Register, ...]:
    links, buses, behinds = get_args(LinkName), get_args(BusName), get_args(Behind)
    fields = (
        Field(
            name="link", low=0, width=4, reset=links.index(features.link), doc=_choices("", links)
        ),
        Field(name="bus", low=4, width=4, reset=buses.index(features.bus), doc=_choices("", buses)),
        Field(
            name="behind",
            low=8,
            width=4,
            reset=behinds.index(features.behind),
            doc=_choices("what the array ports lead to: ", behinds),
        ),
        Field(name="lanes", low=16, width=8, reset=features.lanes, doc="products at once"),
        Field(
            name="analyser",
            low=24,
            width=5,
            reset=features.analyser_depth.bit_length(),
            doc="0 for no analyser, else it has 2^(analyser - 1) samples",
        ),
        Field(
            name="writes",
            low=29,
            width=1,
            reset=int(features.writes),
            doc="the chip writes and verifies its cells",
        ),
        Field(
            name="maps",
            low=30,
            width=1,
            reset=int(features.maps),
            doc="columns and rows go through maps; so they do where there are spares",
        ),
    )
    return (
        Register(
            name="FEATURES",
            offset=0x050,
            access="constant",
            fields=fields,
            doc="what the chip is built with",
        ),
    )


def read_features(
    table: RegisterTable, word: int, *, converters: ConverterProfile | None = None
) -> Features:
    """Return what a chip is built with, from the word that FEATURES reads as.

    Parameters
    ----------
    converters
        Those of the board, if it has any and they are known.

    Raises
    ------
    ValueError
        Where it names something that isn't there, as a newer chip may.
    """
    register = table.register("FEATURES")
    found = {field.name: field.extract(word) for field in register.fields}
    names: dict[str, Any] = {}
    for name, choices in (("link", LinkName), ("bus", BusName), ("behind", Behind)):
        known = dict(enumerate(get_args(choices)))
        names[name] = known.get(found[name], found[name])
    depth = 1 << found["analyser"] - 1 if found["analyser"] else 0
    if names["behind"] == "converters":
        names["converters"] = converters
    names["maps"] = bool(found["maps"])
    names["writes"] = bool(found["writes"])
    return Features(**names, lanes=found["lanes"], analyser_depth=depth)


def _choices(what: str, names: tuple[str, ...]) -> str:
    return what + ", ".join(f"{place} {name}" for place, name in enumerate(names))


def _events(features: Features) -> tuple[Register, ...]:
    events: tuple[Field, ...] = (
        Field(name="done", low=0, width=1, doc="a run came to its end"),
        Field(name="error", low=1, width=1, doc="a run ended with an error"),
        Field(name="clipped", low=2, width=1, doc="a conversion was out of range"),
    )
    if features.writes:
        events += write_events()
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
            fields=_value(),
            doc="clock cycles without an access after which a run or a job on cells is aborted; "
            "0 for never",
        ),
        Register(
            name="REPEATS",
            offset=0x080,
            access="ro",
            fields=_value(width=16),
            doc="replies sent again, as their request came again, since reset, at most 65535",
        ),
    )


def _windows(spec: ChipSpec) -> tuple[Window, ...]:
    calibration = 2 * spec.tiles * spec.columns
    return (
        Window(
            name="INPUT",
            base=0x010000,
            words=spec.input_entries // entries_per_word(spec),
            access="rw",
            doc=f"input buffer, {entries_per_word(spec)} entries a word, the first in the low bits",
        ),
        Window(
            name="RESULT",
            base=0x020000,
            words=spec.result_entries,
            access="ro",
            doc="result buffer, one signed entry a word",
        ),
        Window(
            name="CALIBRATION",
            base=0x030000,
            words=1 << (calibration - 1).bit_length(),
            access="rw",
            doc="two words a column, tile by tile: offset (signed), then gain (16 bits, 2^14 is 1)",
        ),
        Window(
            name="STEP",
            base=0x050000,
            words=4 * spec.step_entries,
            access="rw",
            doc="step table, four words a step",
        ),
        Window(
            name="BIAS",
            base=0x060000,
            words=spec.result_entries,
            access="rw",
            doc="bias table, one signed entry a word",
        ),
    )
