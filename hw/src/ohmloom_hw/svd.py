"""The registers as CMSIS-SVD, for debuggers and for generators of drivers."""

import xml.etree.ElementTree as ET

from ohmloom_hw.register_model import Access, Field, Register, RegisterTable, Window

__all__ = ["svd_text"]

_ACCESS: dict[Access, str] = {
    "constant": "read-only",
    "ro": "read-only",
    "rw": "read-write",
    "strobe": "write-only",
    "clear": "read-write",
}


def svd_text(table: RegisterTable, *, name: str, description: str) -> str:
    """Return a description of a device with one peripheral, at address 0.

    A window is an array of registers. Elements are in the order that the format asks for.
    """
    device = ET.Element("device", schemaVersion="1.3")
    _fill(
        device,
        name=name,
        version="1.0",
        description=description,
        addressUnitBits=8,
        width=32,
        size=32,
        access="read-write",
        resetValue="0x0",
        resetMask="0xffffffff",
    )
    peripheral = ET.SubElement(ET.SubElement(device, "peripherals"), "peripheral")
    _fill(peripheral, name=name.upper(), description="Registers and windows", baseAddress="0x0")
    spans = [(0, max(register.offset for register in table.registers) + 4, "registers")]
    spans += [(window.base, 4 * window.words, "buffer") for window in table.windows]
    for offset, size, usage in spans:
        block = ET.SubElement(peripheral, "addressBlock")
        _fill(block, offset=hex(offset), size=hex(size), usage=usage)
    registers = ET.SubElement(peripheral, "registers")
    for register in table.registers:
        _register(registers, register)
    for window in table.windows:
        _window(registers, window)
    ET.indent(device)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(device, "unicode") + "\n"


def _register(registers: ET.Element, register: Register) -> None:
    element = ET.SubElement(registers, "register")
    _fill(
        element,
        name=register.name,
        description=register.doc,
        addressOffset=hex(register.offset),
        access=_ACCESS[register.access],
    )
    _fill(element, resetValue=hex(register.reset), resetMask=hex(_reset_mask(register)))
    if register.access == "clear":
        _fill(element, modifiedWriteValues="oneToClear")
    fields = ET.SubElement(element, "fields")
    for field in register.fields:
        _field(fields, field)


def _field(fields: ET.Element, field: Field) -> None:
    element = ET.SubElement(fields, "field")
    _fill(
        element,
        name=field.name,
        description=field.doc,
        bitOffset=field.low,
        bitWidth=field.width,
    )


def _window(registers: ET.Element, window: Window) -> None:
    element = ET.SubElement(registers, "register")
    _fill(
        element,
        dim=window.words,
        dimIncrement="0x4",
        name=f"{window.name}[%s]",
        description=window.doc,
        addressOffset=hex(window.base),
        access=_ACCESS[window.access],
        resetMask="0x0",
    )


def _reset_mask(register: Register) -> int:
    # What the chip drives has no value after reset that a host could count on.
    return 0 if register.access == "ro" else 0xFFFF_FFFF


def _fill(parent: ET.Element, **texts: object) -> None:
    for tag, text in texts.items():
        ET.SubElement(parent, tag).text = str(text)
