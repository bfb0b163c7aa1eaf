"""The checksum of the link in gateware."""

from typing import Any

from amaranth.lib.crc.catalog import CRC16_IBM_3740

__all__ = ["checksum_processor"]


def checksum_processor() -> Any:
    """Return an `amaranth.lib.crc.Processor` that takes a byte at a time.

    It is CRC-16 with polynomial 0x1021 and initial value 0xFFFF, neither reflected nor inverted,
    the same as `ohmloom_hw.frame` uses on the host's side.
    """
    return CRC16_IBM_3740(8).create()
