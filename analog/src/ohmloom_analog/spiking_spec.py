"""What a chip is built with to run spiking networks: neurons behind its columns, and events."""

from typing import Annotated, Literal

from pydantic import Field

from ohmloom_analog.spec_part import SpecPart

__all__ = ["SpikingSpec"]


class SpikingSpec(SpecPart):
    """The spiking mode; a chip that only multiplies has no such section."""

    neurons: Annotated[int, Field(ge=2, le=4096)] = 128
    """Neurons of all layers together."""
    state_bits: Annotated[int, Field(ge=12, le=24)] = 16
    """Width of a membrane potential, and of a synaptic current, with its sign [bit]."""
    synapses: bool = False
    """Whether neurons may have a synaptic current that decays too (CubaLIF)."""
    fifo: Literal[16, 32, 64, 128, 256, 512, 1024, 2048, 4096] = 512
    """Events that each of the two queues holds, to the chip and from it."""
    pins: bool = False
    """Whether events also come and go over pins, word by word with a four-phase handshake."""
