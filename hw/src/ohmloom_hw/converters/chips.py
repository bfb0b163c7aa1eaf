"""The converter chips that there are drivers for, with the figures of their datasheets.

Times are the least that the chip takes, over temperature and at the lowest supply that the figures
are given for, except where a line says otherwise. Gateware and pin-level models are both made from
these figures; nothing else in the package holds a time of a chip.
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["ADC_CHIPS", "DAC_CHIPS", "AdcChip", "DacChip", "SerialPort"]


@dataclass(frozen=True, kw_only=True, slots=True)
class SerialPort:
    """Clock and select of a chip's serial port.

    A frame begins when select falls and ends when it rises. Each bit has two halves; data are
    shifted out at the start of the first and taken in by the chip at the start of the second.

    Raises
    ------
    ValueError
        Where a time is negative, or the clock can't be as fast as its halves allow.
    """

    idle: Literal[0, 1]
    """Level of the clock between frames."""
    first: Literal[0, 1]
    """Level of the clock in the first half of a bit."""
    capture: Literal["first", "second", "none"] = "none"
    """The half at whose start the data from the chip are read."""
    clock_maximum: float
    """Highest clock [Hz]."""
    clock_minimum: float = 0.0
    """Lowest clock [Hz]."""
    high: float
    """Clock high [s]."""
    low: float
    """Clock low [s]."""
    duty: float = 0.0
    """Share of a clock period that each level lasts at least."""
    setup: float = 0.0
    """Data to the chip before the edge that takes them [s]."""
    hold: float = 0.0
    """Data to the chip after the edge that takes them [s]."""
    select_to_clock: float
    """From select falling to the first edge that the chip counts [s]."""
    clock_to_deselect: float = 0.0
    """From the last edge that the chip counts to select rising [s]."""
    idle_to_select: float = 0.0
    """From the clock's last change to select falling [s]."""
    deselected: float
    """Select high between frames [s]."""
    access: float = 0.0
    """Longest time from a falling clock to data from the chip that are valid [s]."""
    keep: float = 0.0
    """From a falling clock to the end of the bit before [s]."""
    enable: float = 0.0
    """Longest time from select falling to data from the chip that are valid [s]."""

    def __post_init__(self) -> None:
        """Check."""
        for name in ("high", "low", "setup", "hold", "select_to_clock", "deselected", "access"):
            if getattr(self, name) < 0:
                msg = f"{name} must not be negative, not {getattr(self, name):g} s"
                raise ValueError(msg)
        if self.clock_maximum * (self.high + self.low) > 1 + 1e-9:
            msg = (
                f"clock_maximum must be at most {1 / (self.high + self.low):g} Hz, "
                f"not {self.clock_maximum:g} Hz"
            )
            raise ValueError(msg)


@dataclass(frozen=True, kw_only=True, slots=True)
class DacChip:
    """A digital-to-analog converter."""

    name: str
    """Of the part."""
    source: str
    """Where the figures are from."""
    port: SerialPort
    """Its serial port."""
    channels: int
    """Outputs."""
    bits: int
    """Bits of a code; code / 2^bits of the reference is the output."""
    frame_bits: int
    """Bits of a frame."""
    tail_bits: int
    """Bits of a frame after the code."""
    headers: tuple[int, ...]
    """What stands before the code, one a channel in the order in which they are written.

    Where the chip can update all outputs by a command, the last one does.
    """
    setup_frames: tuple[int, ...]
    """Frames after power-up: first those that bring all outputs to code 0."""
    reference: float
    """Full scale: the internal reference with its gain, or the usual external one [V]."""
    settle_time: float
    """Longest time from the update of an output to its final voltage [s]."""
    latch: float | None = None
    """Least length of the pulse that updates all outputs [s]; None where there is no such pin."""
    latch_setup: float = 0.0
    """From select rising to that pulse [s]."""
    power_up: float
    """Time after power-up before the first frame [s]."""

    @property
    def maximum(self) -> int:
        """Highest code."""
        return (1 << self.bits) - 1


@dataclass(frozen=True, kw_only=True, slots=True)
class AdcChip:
    """An analog-to-digital converter."""

    name: str
    """Of the part."""
    source: str
    """Where the figures are from."""
    port: SerialPort
    """Its serial port."""
    channels: int
    """Inputs."""
    bits: int
    """Bits of a code; the code is the input / reference 2^bits, cut off or rounded."""
    frame_bits: int
    """Bits of a frame; those of the code are its last."""
    headers: tuple[int, ...]
    """What is sent to the chip, one a channel; nothing if there is no data input."""
    header_bits: int
    """Bits of it, from the start of the frame."""
    sampled_bit: int
    """Bit of the frame, from 1, during which the input is sampled; 0: when select falls."""
    reference: float
    """Full scale [V]."""
    first_transition: float
    """Input at which the code becomes 1 [LSB]: 1 for a cut-off code, 0.5 for a rounded one."""
    quiet: float = 0.0
    """From the release of the data line to select falling [s]."""
    release: float = 0.0
    """Longest time from the last falling clock to that release [s]."""
    acquisition: float
    """Time in which the input must keep still before it is sampled [s]."""
    power_up: float
    """Time after power-up before the first conversion, whose code means nothing [s]."""

    @property
    def maximum(self) -> int:
        """Highest code."""
        return (1 << self.bits) - 1


def _ad5628_headers() -> tuple[int, ...]:
    # Command 0 writes one input register, command 2 also updates all outputs.
    return tuple((2 if channel == 7 else 0) << 4 | channel for channel in range(8))


_AD5628 = DacChip(
    name="AD5628",
    source="Analog Devices, AD5628/AD5648/AD5668 data sheet, timing characteristics",
    port=SerialPort(
        idle=0,
        first=1,
        clock_maximum=50e6,
        high=8e-9,
        low=8e-9,
        setup=4e-9,
        hold=4e-9,
        select_to_clock=13e-9,
        clock_to_deselect=0.0,
        deselected=15e-9,
    ),
    channels=8,
    bits=12,
    frame_bits=32,
    tail_bits=8,
    headers=_ad5628_headers(),
    # All outputs to 0, and only then the reference that drives them.
    setup_frames=(0x03F0_0000, 0x0800_0001),
    reference=2.5,
    settle_time=10e-6,
    power_up=10e-6,
)

_AD5541A = DacChip(
    name="AD5541A",
    source="Analog Devices, AD5541A data sheet, timing characteristics; LDAC tied low",
    port=SerialPort(
        idle=0,
        first=0,
        clock_maximum=50e6,
        high=10e-9,
        low=10e-9,
        setup=10e-9,
        hold=5e-9,
        select_to_clock=5e-9,
        clock_to_deselect=5e-9,
        deselected=15e-9,
    ),
    channels=1,
    bits=16,
    frame_bits=16,
    tail_bits=0,
    headers=(0,),
    setup_frames=(0x0000,),
    reference=2.5,
    settle_time=1e-6,
    power_up=10e-6,
)

_MCP4822 = DacChip(
    name="MCP4822",
    source="Microchip, DS22249, SPI timing; the same table as the MCP4902/4912/4922's DS22250A",
    port=SerialPort(
        idle=0,
        first=0,
        clock_maximum=20e6,
        high=15e-9,
        low=15e-9,
        setup=15e-9,
        hold=10e-9,
        select_to_clock=40e-9,
        clock_to_deselect=15e-9,
        idle_to_select=40e-9,
        deselected=15e-9,
    ),
    channels=2,
    bits=12,
    frame_bits=16,
    tail_bits=0,
    # Gain 1, output on.
    headers=(0x3, 0xB),
    setup_frames=(0x3000, 0xB000),
    reference=2.048,
    settle_time=4.5e-6,
    latch=100e-9,
    latch_setup=40e-9,
    power_up=10e-6,
)

_AD7476A = AdcChip(
    name="AD7476A",
    source="Analog Devices, AD7476A/AD7477A/AD7478A data sheet, Rev. F, table 4",
    port=SerialPort(
        idle=1,
        first=0,
        capture="first",
        clock_maximum=20e6,
        clock_minimum=20e3,
        high=20e-9,
        low=20e-9,
        duty=0.4,
        select_to_clock=10e-9,
        deselected=10e-9,
        access=40e-9,
        keep=7e-9,
        enable=22e-9,
    ),
    channels=1,
    bits=12,
    frame_bits=16,
    headers=(0,),
    header_bits=0,
    sampled_bit=0,
    reference=3.3,
    first_transition=1.0,
    quiet=50e-9,
    release=36e-9,
    acquisition=250e-9,
    power_up=1e-6,
)

_MCP3208 = AdcChip(
    name="MCP3208",
    source="Microchip, DS21298E, timing parameters at a supply of 2.7 V",
    port=SerialPort(
        idle=0,
        first=0,
        capture="second",
        clock_maximum=1e6,
        clock_minimum=10e3,
        high=250e-9,
        low=250e-9,
        setup=50e-9,
        hold=50e-9,
        select_to_clock=100e-9,
        deselected=500e-9,
        access=200e-9,
    ),
    channels=8,
    bits=12,
    frame_bits=19,
    # Start bit, single-ended, channel.
    headers=tuple(0b11000 | channel for channel in range(8)),
    header_bits=5,
    sampled_bit=6,
    reference=3.3,
    first_transition=0.5,
    acquisition=0.0,
    power_up=1e-6,
)

DAC_CHIPS = {chip.name: chip for chip in (_AD5628, _AD5541A, _MCP4822)}
"""By the name of the part."""

ADC_CHIPS = {chip.name: chip for chip in (_AD7476A, _MCP3208)}
"""By the name of the part."""
