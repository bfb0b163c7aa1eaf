"""Layers of defence that don't go together, or not with a chip, are refused by name."""

import re

import pytest

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec

EXACT = {"tile": [{"rows": 4, "columns": 4, "cell": {"levels": 4}}], "adc": {"bits": 12}}


@pytest.mark.parametrize("modulus", [3, 7, 15])
def test_residues_are_checked_where_reads_are_exact(modulus):
    spec = ChipSpec.parse({**EXACT, "ecc": {"residue": modulus}})
    assert spec.defence.residue == modulus
    assert spec.defence.judges


@pytest.mark.parametrize(
    ("chip", "ecc", "message"),
    [
        (EXACT, {}, "ecc must ask for something, or be left out"),
        (EXACT, {"residue": 5}, "must be 0, 3, 7 or 15, not 5"),
        (
            EXACT,
            {"residue": 7, "an": "an"},
            "ecc.residue must be 0 with ecc.an, which finds more, not 7",
        ),
        (
            EXACT,
            {"residue": 3, "checksums": True},
            "ecc.residue must be 0 with ecc.checksums, which finds more, not 3",
        ),
        (
            {**EXACT, "adc": {"bits": 12, "noise": 0.3}},
            {"residue": 7},
            "reads must be exact for ecc.residue: adc.noise must be at most 0.17 LSB, not 0.3",
        ),
        (
            EXACT,
            {"residue": 7, "reissue": True},
            "ecc.reissue must be off for ecc.residue, whose reads never clip",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(chip, ecc, message):
    with pytest.raises(SpecError, match=re.escape(message)):
        ChipSpec.parse({**chip, "ecc": ecc})
