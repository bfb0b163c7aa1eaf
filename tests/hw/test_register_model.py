import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_hw.register_model import Field, Register, RegisterTable, Window

VALUE = Field(name="value")


def register(name="A", offset=0, fields=(VALUE,), access="rw"):
    return Register(name=name, offset=offset, access=access, fields=tuple(fields), doc="")


def window(name="W", base=0x10000, words=4):
    return Window(name=name, base=base, words=words, access="rw", doc="")


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Field(name="f", low=20, width=13),
            "field f must lie in bits 0 to 31, not 20 to 32",
        ),
        (lambda: Field(name="f", width=0), "field f must lie in bits 0 to 31, not 0 to -1"),
        (
            lambda: Field(name="f", width=3, reset=8),
            "reset of field f must fit 3 bits, not 8",
        ),
        (
            lambda: register(offset=6),
            "offset of A must be a word's, below 0x10000, not 0x6",
        ),
        (
            lambda: register(offset=0x10000),
            "offset of A must be a word's, below 0x10000, not 0x10000",
        ),
        (
            lambda: register(fields=[Field(name="f", width=4), Field(name="g", low=3, width=1)]),
            "field g of A must begin at bit 4 or higher, not 3",
        ),
        (
            lambda: window(base=0x8000),
            "base of W must be a multiple of 0x10000 above 0, not 0x8000",
        ),
        (lambda: window(base=0), "base of W must be a multiple of 0x10000 above 0, not 0x0"),
        (lambda: window(words=6), "words of W must be a power of two, not 6"),
        (
            lambda: RegisterTable(registers=(register(), register(offset=4)), windows=()),
            "A must be declared once, not 2 times",
        ),
        (
            lambda: RegisterTable(registers=(register(), register(name="B")), windows=()),
            "B must begin at 0x4 or higher and end by 2^24, not 0x0",
        ),
        (
            lambda: RegisterTable(
                registers=(), windows=(window(words=2**15), window("V", base=0x20000))
            ),
            "V must begin at 0x30000 or higher and end by 2^24, not 0x20000",
        ),
        (
            lambda: RegisterTable(registers=(), windows=(window(base=0xFF0000, words=2**15),)),
            "W must begin at 0x0 or higher and end by 2^24, not 0xff0000",
        ),
    ],
)
def test_contradiction_is_refused(make, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        make()


@given(low=st.integers(0, 31), width=st.integers(1, 32), rest=st.integers(0, 2**32 - 1))
def test_fields_take_their_bits_out_of_a_word_and_put_them_back(low, width, rest):
    width = min(width, 32 - low)
    field = Field(name="f", low=low, width=width)
    bits = f"{rest:032b}"[::-1][low : low + width][::-1]
    assert field.extract(rest) == int(bits, 2)
    assert f"{field.insert(int(bits, 2)):032b}" == (bits + "0" * low).zfill(32)


def test_value_that_does_not_fit_its_field_is_refused():
    with pytest.raises(ValueError, match=r"^f must be in \[0, 7\], not 8$"):
        Field(name="f", width=3).insert(8)


def test_reset_of_a_register_is_that_of_its_fields():
    fields = [Field(name="f", width=4, reset=5), Field(name="g", low=8, width=8, reset=0x12)]
    assert register(fields=fields).reset == 0x1205


def test_addresses_are_described_by_what_is_there():
    table = RegisterTable(registers=(register(offset=8),), windows=(window(),))
    assert table.describe(8) == "A (0x000008)"
    assert table.describe(0x1000C) == "W[3] (0x01000c)"
    assert table.describe(0x10010) == "0x010010"
