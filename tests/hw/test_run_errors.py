from ohmloom_hw.run_errors import ERROR_MEANINGS, ErrorCode


def test_every_error_code_has_a_meaning():
    assert set(ERROR_MEANINGS) == set(ErrorCode)
