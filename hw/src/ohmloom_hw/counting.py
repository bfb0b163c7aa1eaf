"""Counters that the host reads."""

from typing import Any

from amaranth.hdl import Module, Signal

__all__ = ["count_events"]


def count_events(m: Module, port: Signal, event: Any, clear: Any) -> None:
    """Count events into a register that can be read; it stays at its highest value."""
    counter = Signal.like(port, name=f"count_{port.name}")
    m.d.comb += port.eq(counter)
    with m.If(clear):
        m.d.sync += counter.eq(0)
    with m.Elif(event & ~counter.all()):
        m.d.sync += counter.eq(counter + 1)
