from importlib import resources

from cmsis_svd.parser import SVDParser
from lxml import etree

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.registers import register_table
from ohmloom_hw.svd import svd_text

TABLE = register_table(ChipSpec.parse({"tile": [{"rows": 4, "columns": 4}]}))
TEXT = svd_text(TABLE, name="ohmloom", description="a chip")


def test_description_satisfies_the_schema_of_the_format():
    newest = resources.files("cmsis_svd") / "schemas" / "CMSIS-SVD_1_3_11.xsd"
    schema = etree.XMLSchema(etree.fromstring(newest.read_bytes()))
    schema.assertValid(etree.fromstring(TEXT.encode()))


def test_another_reader_finds_every_register_and_field():
    device = SVDParser(etree.ElementTree(etree.fromstring(TEXT.encode()))).get_device()
    (peripheral,) = device.get_peripherals()
    found = {register.name: register for register in peripheral.get_registers()}
    for register in TABLE.registers:
        other = found[register.name]
        assert other.address_offset == register.offset
        assert other.reset_value == register.reset
        assert {(f.name, f.bit_offset, f.bit_width) for f in other.get_fields()} == {
            (f.name, f.low, f.width) for f in register.fields
        }
    for window in TABLE.windows:
        assert found[f"{window.name}[0]"].address_offset == window.base
        last = found[f"{window.name}[{window.words - 1}]"]
        assert last.address_offset == window.base + 4 * window.words - 4
