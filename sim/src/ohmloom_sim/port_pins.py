"""Reading pins of Verilog: numbers, times, and refusals that name the port."""

from typing import NoReturn

from cocotb.handle import LogicArrayObject, LogicObject
from cocotb.utils import get_sim_time

from ohmloom_analog.errors import BridgeError

__all__ = ["Pin", "now_ps", "number_at", "refuse"]

Pin = LogicObject | LogicArrayObject


def now_ps() -> int:
    """Return the time of the simulation [ps]."""
    return int(get_sim_time("ps"))


def refuse(port: int, what: str) -> NoReturn:
    """Fail with the port, the time, and what is wrong."""
    message = f"array port {port} at {now_ps()} ps: {what}"
    raise BridgeError(message)


def number_at(port: int, name: str, pin: Pin, when: str) -> int:
    """Return what a pin carries, refused where a bit is unknown."""
    # One conversion from text takes a hundredth of the time of asking bit by bit.
    text = str(pin.value)
    try:
        return int(text, 2)
    except ValueError:
        refuse(port, f"{name} must be known {when}, not {text}")
