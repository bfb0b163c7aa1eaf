"""Clipping of signed values, so that nothing wraps."""

from amaranth.hdl import Mux, Value

__all__ = ["saturate"]


def saturate(value: Value, bits: int) -> Value:
    """Return a signed value clipped to what `bits` bits hold in two's complement."""
    top = (1 << (bits - 1)) - 1
    return Mux(value > top, top, Mux(value < -top - 1, -top - 1, value))
