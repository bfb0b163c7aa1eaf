"""The registers of a learning engine in a chip, its windows, and what their words are made of."""

from dataclasses import replace

from ohmloom_analog.learning_fit import learning_size
from ohmloom_analog.level_program import level_programs
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.features import Features
from ohmloom_hw.learning.rules import LearningRule, LearningSettings, LearningShape
from ohmloom_hw.learning.settings_layout import settings_values
from ohmloom_hw.register_model import Field, Register, Window, counters, power_of_two, value_fields

__all__ = [
    "ERROR_BITS",
    "RULE_WORDS",
    "first_settings",
    "learning_registers",
    "learning_rule",
    "learning_shape",
    "learning_values",
    "learning_windows",
    "learns",
    "pack_settings",
]

ERROR_BITS = 9
"""Bits of an error that the host gives, its sign included."""

RULE_WORDS: tuple[tuple[Field, ...], ...] = (
    (
        Field(name="theta", low=0, width=8, doc="inputs up to this size give no pulse"),
        Field(name="sum_shift", low=8, width=5, doc="sums are divided by 2^this"),
        Field(name="given", low=15, width=1, doc="errors are those of LEARN_ERRORS"),
        Field(name="batch", low=16, width=16, doc="samples for one pulse"),
    ),
    (Field(name="margin", low=0, width=31, doc="what is right by more is left alone"),),
    (Field(name="threshold", low=0, width=31, doc="products up to this size give no pulse"),),
    (
        Field(name="target_high", low=0, width=8, doc="what the label's sum should be, signed"),
        Field(name="target_low", low=8, width=8, doc="what other sums should be, signed"),
        Field(name="slots", low=16, width=6, doc="slots of a sample"),
        Field(name="input_gain", low=24, width=4, doc="inputs times 2^this are chances"),
        Field(name="error_gain", low=28, width=4, doc="errors times 2^this are chances"),
    ),
    (
        Field(name="trace_shift", low=0, width=3, doc="traces lose 2^-this of themselves"),
        Field(name="trace_step", low=8, width=8, doc="what a spike adds to a trace"),
        Field(name="eta_shift", low=16, width=3, doc="traces over 2^this are chances"),
    ),
    (Field(name="row_seed", low=0, width=32, doc="first state of the rows' draws"),),
    (Field(name="column_seed", low=0, width=31, doc="first state of the columns' draws"),),
    (Field(name="budget", low=0, width=32, doc="pulses on weights that are allowed"),),
)
"""The words of the window LEARN_RULE: those of `LearningSettings` that a rule may have."""

_CODE, _CYCLES = 12, 16


def learns(spec: ChipSpec, features: Features) -> bool:
    """Return whether a chip has a learning engine.

    Raises
    ------
    ValueError
        Where it is to have maps, too: pulses go where weights stand without them.
    """
    there = spec.learning is not None and features.writes
    if there and features.maps:
        msg = "maps must be off for a chip that learns, not on"
        raise ValueError(msg)
    return there


def learning_rule(spec: ChipSpec) -> LearningRule:
    """Return the rule that a chip is built with; that without a section is the perceptron."""
    return LearningRule[(spec.learning.rule if spec.learning else "perceptron").upper()]


def learning_shape(spec: ChipSpec) -> LearningShape:
    """Return what the engine of a chip is built for.

    Raises
    ------
    ValueError
        Where the chip doesn't learn.
    """
    if spec.learning is None:
        msg = f"chip '{spec.name}' must have a section 'learning' to learn"
        raise ValueError(msg)
    inputs, outputs = learning_size(spec, spec.learning)
    return LearningShape(
        inputs=inputs,
        outputs=outputs,
        input_bits=spec.input.bits,
        sum_bits=spec.total_bits,
        error_bits=ERROR_BITS - 1,
        accumulator_bits=spec.learning.accumulator_bits,
        slots=spec.learning.slots,
    )


def learning_values(spec: ChipSpec, tile: int) -> dict[str, dict[str, int]]:
    """Return what suits a tile, by register and field: the first pulses of its lowest level.

    Raises
    ------
    SpecError
        Where the tile isn't described to be written.
    """
    lowest = level_programs(spec, tile)[0]
    raising, lowering = lowest.set, lowest.reset
    return {
        "LEARN_SET": {"drive": raising.drive.start, "gate": raising.gate.start},
        "LEARN_RESET": {"drive": lowering.drive.start, "gate": lowering.gate.start},
        "LEARN_WIDTH": {"set": raising.width.start, "reset": lowering.width.start},
    }


def pack_settings(settings: LearningSettings) -> list[int]:
    """Return the words of LEARN_RULE."""
    values = settings_values(settings)
    return [
        sum(field.insert(values[field.name] & ((1 << field.width) - 1)) for field in fields)
        for fields in RULE_WORDS
    ]


def first_settings(spec: ChipSpec) -> LearningSettings:
    """Return the settings that a chip has after reset: no pulse is allowed."""
    rule, slots = learning_rule(spec), learning_shape(spec).slots
    plain = LearningSettings(rule=rule, given=rule is LearningRule.STDP, budget=0)
    return replace(plain, slots=min(plain.slots, slots))


def learning_registers(spec: ChipSpec) -> tuple[Register, ...]:
    """Return the registers, in order of address; pulses suit tile 0 at first."""
    return (*_job(), *counters(0x1E0, _COUNTERS), *_pulses(spec))


_COUNTERS = (
    ("LEARN_PULSES", "pulses on weights since the restart, each one on either cell"),
    ("LEARN_LEFT", "what is left of the budget"),
    ("LEARN_REFUSED", "pulses on weights that the budget didn't allow, since the restart"),
    ("LEARN_MISTAKES", "samples whose label's sum wasn't the largest by more than the margin"),
    ("LEARN_SKIPPED", "pulses that locked cells, and those given up, didn't get since the restart"),
)


def _job() -> tuple[Register, ...]:
    strobes = (
        Field(name="start", low=0, width=1, doc="learn from a sample; ignored while busy"),
        Field(name="restart", low=1, width=1, doc="begin anew; ignored while busy"),
        Field(name="abort", low=2, width=1, doc="end the job, with all voltages off"),
    )
    status = (
        Field(name="busy", low=0, width=1, doc="a sample is under way"),
        Field(name="done", low=1, width=1, doc="the last job was one, and came to its end"),
        Field(name="error", low=2, width=1, doc="the last job was one, and ended with an error"),
        Field(name="torn", low=3, width=1, doc="a sample was cut off since the restart"),
        Field(name="code", low=8, width=8, doc="the error code, as in WRITE_ERROR"),
    )
    places = (
        Field(name="input", low=0, width=16, doc="first entry of INPUT"),
        Field(name="result", low=16, width=16, doc="first entry of RESULT"),
    )
    return (
        Register(
            name="LEARN_CTRL",
            offset=0x1D0,
            access="strobe",
            fields=strobes,
            doc="learning; the weights are those of WRITE_TILE",
        ),
        Register(
            name="LEARN_STATUS", offset=0x1D4, access="ro", fields=status, doc="state of learning"
        ),
        Register(
            name="LEARN_LABEL",
            offset=0x1D8,
            access="rw",
            fields=value_fields(width=16),
            doc="column that should have the largest sum",
        ),
        Register(
            name="LEARN_PLACE",
            offset=0x1DC,
            access="rw",
            fields=places,
            doc="where the sample's inputs and sums are",
        ),
    )


def _pulses(spec: ChipSpec) -> tuple[Register, ...]:
    suited = learning_values(spec, 0)
    drive = (("drive", _CODE, "of the drivers"), ("gate", _CODE, "of the gate"))
    cycles = (("set", _CYCLES, "of SET pulses"), ("reset", _CYCLES, "of RESET pulses"))
    return tuple(
        Register(
            name=name,
            offset=offset,
            access="rw",
            fields=tuple(
                Field(name=field, low=16 * half, width=width, reset=suited[name][field], doc=of)
                for half, (field, width, of) in enumerate(fields)
            ),
            doc=doc,
        )
        for name, offset, fields, doc in (
            ("LEARN_SET", 0x1F4, drive, "codes of the SET pulses of learning"),
            ("LEARN_RESET", 0x1F8, drive, "codes of the RESET pulses of learning"),
            ("LEARN_WIDTH", 0x1FC, cycles, "clock cycles of the pulses of learning"),
        )
    )


def learning_windows(spec: ChipSpec) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    parts = "; ".join(
        f"word {place}: "
        + ", ".join(f"{field.name} {field.low}-{field.high} ({field.doc})" for field in fields)
        for place, fields in enumerate(RULE_WORDS)
    )
    rule = learning_rule(spec).name.lower()
    return (
        Window(
            name="LEARN_RULE",
            base=0x330000,
            words=len(RULE_WORDS),
            access="rw",
            doc=f"how the rule {rule} learns; seeds and budget count from a restart on: {parts}",
        ),
        Window(
            name="LEARN_ERRORS",
            base=0x340000,
            words=power_of_two(learning_shape(spec).outputs),
            access="rw",
            doc="errors, or spikes, that the host gives in place of sums, one signed a word",
        ),
    )
