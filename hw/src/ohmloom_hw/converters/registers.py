"""Registers of a chip behind converters: limits, state and offsets."""

from ohmloom_analog.errors import HardwareError
from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.converters.chips import ADC_CHIPS, DAC_CHIPS
from ohmloom_hw.converters.plan import OFFSET_BITS, ConverterPlan
from ohmloom_hw.converters.profile import ConverterProfile
from ohmloom_hw.register_model import Field, Register, Window, value_fields

__all__ = [
    "check_parts",
    "converter_registers",
    "converter_windows",
    "offset_word",
    "tile_place_bits",
]


def tile_place_bits(spec: ChipSpec) -> int:
    """Return the width of a tile's number in the place of an offset."""
    return (spec.tiles - 1).bit_length()


def offset_word(plan: ConverterPlan, *, tile: int, place: int, line: bool) -> int:
    """Return the word of the window OFFSET that holds an offset.

    Parameters
    ----------
    place
        The line, or the output of the DACs: chip x channels + channel.
    line
        Whether it is a line.

    Raises
    ------
    ValueError
        Where there is no such tile or place.
    """
    places = plan.spec.lines if line else plan.dac_chips * plan.dac.channels
    for what, value, number in (("tile", tile, plan.spec.tiles), ("place", place, places)):
        if not 0 <= value < number:
            msg = f"{what} must be in [0, {number - 1}], not {value}"
            raise ValueError(msg)
    low, high = plan.offset_place_bits, tile_place_bits(plan.spec)
    return place | tile << low | int(line) << (low + high)


def converter_registers(spec: ChipSpec, profile: ConverterProfile) -> tuple[Register, ...]:
    """Return the registers, in order of address."""
    plan = ConverterPlan(spec=spec, profile=profile)
    dacs, adcs = ", ".join(DAC_CHIPS), ", ".join(ADC_CHIPS)
    dac, adc = _numbers(profile)
    parts = (
        Field(name="dac", low=0, width=8, reset=dac, doc=f"part at the word lines: 1 on {dacs}"),
        Field(name="adc", low=8, width=8, reset=adc, doc=f"part at the bit lines: 1 on {adcs}"),
        Field(name="dac_bits", low=16, width=8, reset=plan.dac.bits, doc="bits of a DAC code"),
        Field(name="adc_bits", low=24, width=8, reset=plan.adc.bits, doc="bits of an ADC code"),
    )
    state = (
        Field(name="prepared", low=0, width=1, doc="the converters of all tiles are set up"),
        Field(name="settled", low=1, width=1, doc="the lines of all tiles show their levels"),
    )
    return (
        Register(
            name="CONVERTERS",
            offset=0x0B0,
            access="constant",
            fields=parts,
            doc=f"converter chips of the profile {profile.name}",
        ),
        Register(
            name="LIMIT_READ",
            offset=0x0B4,
            access="rw",
            fields=_code(plan, plan.read_ceiling),
            doc=f"highest DAC code while reading; never above {plan.read_ceiling}",
        ),
        Register(
            name="LIMIT_WRITE",
            offset=0x0B8,
            access="rw",
            fields=_code(plan, 0),
            doc=f"highest DAC code while writing cells; never above {plan.write_ceiling}",
        ),
        Register(
            name="LIMITED",
            offset=0x0BC,
            access="ro",
            fields=value_fields(),
            doc="DAC codes that were lowered to a limit, since they were cleared",
        ),
        Register(
            name="SAFE",
            offset=0x0C0,
            access="rw",
            fields=value_fields(width=1),
            doc=f"1: all word lines go to code 0 within {plan.safe_cycles} clock cycles, and stay",
        ),
        Register(
            name="CONVERTER_STATE",
            offset=0x0C4,
            access="ro",
            fields=state,
            doc="state of the converters",
        ),
    )


def converter_windows(spec: ChipSpec, profile: ConverterProfile) -> tuple[Window, ...]:
    """Return the windows, in order of address."""
    plan = ConverterPlan(spec=spec, profile=profile)
    place, tile = plan.offset_place_bits, tile_place_bits(spec)
    return (
        Window(
            name="OFFSET",
            base=0x0D0000,
            words=1 << (1 + tile + place),
            access="rw",
            doc=(
                f"offsets, {OFFSET_BITS} bits signed, {1 << place} words a tile: first those added "
                "to the codes of the DACs' outputs, of all tiles; then those subtracted from the "
                "ADCs' codes of the lines"
            ),
        ),
    )


def check_parts(profile: ConverterProfile, word: int) -> None:
    """Check the word that CONVERTERS reads as against the profile that the host was given.

    Raises
    ------
    HardwareError
        Where the chip is built for other parts.
    """
    found = word & 0xFF, word >> 8 & 0xFF
    if found != _numbers(profile):
        dac = dict(enumerate(DAC_CHIPS, 1)).get(found[0], f"part {found[0]}")
        adc = dict(enumerate(ADC_CHIPS, 1)).get(found[1], f"part {found[1]}")
        msg = (
            f"converters of the chip must be those of {profile.name}, {profile.dac} and "
            f"{profile.adc}, not {dac} and {adc}"
        )
        raise HardwareError(msg)


def _numbers(profile: ConverterProfile) -> tuple[int, int]:
    return list(DAC_CHIPS).index(profile.dac) + 1, list(ADC_CHIPS).index(profile.adc) + 1


def _code(plan: ConverterPlan, reset: int) -> tuple[Field, ...]:
    return value_fields(width=plan.dac.bits, reset=reset)
