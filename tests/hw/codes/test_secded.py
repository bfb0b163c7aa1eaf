"""SECDED as arithmetic: every single error corrected, every double error noticed."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ohmloom_hw.codes.secded import Decoded, Secded


@pytest.mark.parametrize(
    ("data", "code"), [(8, 13), (11, 16), (16, 22), (26, 32), (32, 39), (57, 64), (64, 72)]
)
def test_width_is_that_of_the_textbook(data, code):
    assert Secded(data_bits=data).code_bits == code


@pytest.mark.guarantee("G5", "all-data")
@pytest.mark.parametrize("data_bits", [1, 4, 8, 11, 21, 32, 64])
def test_every_single_error_is_corrected_and_every_double_error_noticed(data_bits, figure):
    code = Secded(data_bits=data_bits)
    data = 0x5AC3_96E1_3C7D_F00F % (1 << data_bits)
    word = code.encode(data)
    assert code.decode(word) == Decoded(data=data, fixed=False, failed=False)
    for bit in range(code.code_bits):
        assert code.decode(word ^ 1 << bit) == Decoded(data=data, fixed=True, failed=False)
    pairs = list(combinations(range(code.code_bits), 2))
    for first, second in pairs:
        assert code.decode(word ^ 1 << first ^ 1 << second).failed
    assert len(pairs) == code.code_bits * (code.code_bits - 1) // 2
    figure("pairs of wrong bits noticed by the arithmetic", len(pairs))


@given(st.integers(1, 64), st.data())
def test_codewords_of_different_data_differ_in_four_bits(data_bits, draw):
    code = Secded(data_bits=data_bits)
    numbers = st.integers(0, (1 << data_bits) - 1)
    first, second = draw.draw(numbers), draw.draw(numbers)
    distance = (code.encode(first) ^ code.encode(second)).bit_count()
    assert distance >= 4 or first == second


def test_zero_is_a_codeword_so_that_an_empty_memory_is_clean():
    assert Secded(data_bits=16).encode(0) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Secded(data_bits=0), "data_bits must be at least 1, not 0"),
        (lambda: Secded(data_bits=8).encode(256), r"data must be in \[0, 2\^8\), not 256"),
        (lambda: Secded(data_bits=8).encode(-1), r"data must be in \[0, 2\^8\), not -1"),
        (lambda: Secded(data_bits=8).decode(8192), r"word must be in \[0, 2\^13\), not 8192"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        call()
