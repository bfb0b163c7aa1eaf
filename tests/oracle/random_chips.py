"""Descriptions of small chips of many kinds, drawn from a generator; all are quick to simulate."""

from typing import Any

import numpy as np

from ohmloom_analog.errors import SpecError
from ohmloom_analog.spec import ChipSpec

DEFENCES: tuple[dict[str, Any], ...] = (
    {},
    {"average": 4},
    {},
    {"vote": 3},
    {"secded": True},
    {"average": 2, "vote": 3},
    {},
    {"reissue": True},
    {"checksums": True, "average": 2, "rereads": 2, "block": 3},
    {"row_scale": True},
    {},
    {"reissue": True, "average": 2, "secded": True},
    {"checksums": True, "rereads": 1, "vote": 3},
    {},
    {"residue": 7, "rereads": 1},
    {},
    {"an": "an"},
    {},
    {"an": "abn", "average": 2},
    {},
)
"""What is built against errors, chip by chip."""

EFFECTS: tuple[dict[str, Any], ...] = (
    {},
    {"read_noise": 0.01},
    {"telegraph": {"fraction": 0.3, "amplitude": 0.05}},
    {"flicker": {"q": 0.01}, "shot": True},
    {"johnson": True, "shot": True, "bandwidth": 1e11},
    {"p_stuck_hrs": 0.05, "p_stuck_lrs": 0.05},
    {"broken_word": 0.05, "broken_bit": 0.05},
)
"""What cells and lines suffer from."""


def random_chip(number: int, rng: np.random.Generator) -> ChipSpec:
    """Return a chip with the defence of that number; what can't be together is drawn anew."""
    refused = ""
    for _ in range(100):
        try:
            return ChipSpec.parse(_drawn(number, rng), source=f"chip {number}")
        except SpecError as error:
            refused = str(error)
    raise AssertionError(refused)


def _drawn(number: int, rng: np.random.Generator) -> dict[str, Any]:
    ecc = DEFENCES[number % len(DEFENCES)]
    exact = "an" in ecc or "residue" in ecc
    bits = int(rng.integers(1, 8, endpoint=True))
    slice_bits = int(rng.integers(1, min(bits, 3 if exact else 6), endpoint=True))
    rows = int(rng.integers(3, 7 if exact else 12, endpoint=True))
    return {
        "name": f"random-{number}",
        "tile": [
            {
                "count": 6,
                "rows": rows,
                "columns": int(rng.integers(2, 6, endpoint=True)),
                "cell": {
                    "levels": int(rng.choice([2, 4] if exact else [2, 4, 8, 16])),
                    "spread": 0.0 if exact else float(rng.choice([0.0, 0.02])),
                },
                "wires": {} if exact else _wires(rng),
                "effects": {} if exact else EFFECTS[int(rng.integers(len(EFFECTS)))],
            }
        ],
        "encoding": str(rng.choice(["diff_pair", "offset_column"])),
        "weight_bits": int(rng.integers(2, 5, endpoint=True)),
        "input": {
            "bits": bits,
            "slice_bits": slice_bits,
            "signed": bool(rng.integers(2)) and bits > 1,
        },
        "dac": {"settle_time": 1e-7, **({} if exact else _dac(rng))},
        "tia": {} if exact else _tia(rng),
        "adc": {
            "bits": int(rng.integers(8 if exact else 4, 11, endpoint=True)),
            "range": 1.0 if exact else float(rng.choice([1.0, 0.4])),
            "columns_per_adc": int(rng.integers(1, 8, endpoint=True)),
            "conversion_time": 1e-7,
            **({"noise": 0.05} if exact else _adc(rng)),
        },
        "activation": "relu",
        "baud": 3_000_000,
        **({"ecc": ecc} if ecc else {}),
    }


def _wires(rng: np.random.Generator) -> dict[str, float]:
    if rng.random() < 0.2:
        return {}
    return {
        "r_word": float(rng.uniform(0, 4)),
        "r_bit": float(rng.uniform(0, 4)),
        "r_source": float(rng.uniform(0, 80)),
        "r_sense": float(rng.uniform(0, 30)),
    }


def _dac(rng: np.random.Generator) -> dict[str, float]:
    noise = float(rng.choice([0.0, 1e-3]))
    return {"noise": noise, "inl": float(rng.choice([0.0, 0.3])), "offset": noise}


def _tia(rng: np.random.Generator) -> dict[str, float]:
    spread = float(rng.choice([0.0, 0.02]))
    noise = float(rng.choice([0.0, 2e-3]))
    return {"noise": noise, "gain_spread": spread, "offset_spread": spread / 4}


def _adc(rng: np.random.Generator) -> dict[str, float]:
    return {
        "noise": float(rng.choice([0.0, 0.4])),
        "inl": float(rng.choice([0.0, 0.4])),
        "gain_error": float(rng.choice([0.0, 0.01])),
        "offset": float(rng.choice([0.0, 3.0])),
    }
