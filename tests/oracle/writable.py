"""Small chips that are written."""

from typing import Any

from ohmloom_analog.spec import ChipSpec

CELLS = {
    "1t1r": {"device": "skywater", "access": "1t1r", "r_access": 5e3, "levels": 4},
    "1r": {"device": "vteam-b", "levels": 4, "g_min": 4e-6, "g_max": 50e-6},
}
WRITE: dict[str, dict[str, Any]] = {
    "1t1r": {
        "gate_read": 1.2,
        "curve": 0.6,
        "set": {
            "drive": {"start": 2.4, "stop": 2.4},
            "gate": {"start": 0.74, "stop": 1.1, "step": 0.01},
        },
        "set_top": {
            "drive": {"start": 2.4, "stop": 2.4},
            "gate": {"start": 1.5, "stop": 1.9, "step": 0.01},
        },
        "reset": {
            "drive": {"start": 1.4, "stop": 2.6, "step": 0.05},
            "gate": {"start": 3.0, "stop": 3.0},
            "width": {"start": 84e-9, "stop": 84e-9},
        },
    },
    "1r": {
        "scheme": "v/2",
        "half_select": 1.5,
        "half_select_reset": 0.3,
        "set": {
            "drive": {"start": 1.56, "stop": 1.9, "step": 0.01},
            "width": {"start": 84e-9, "stop": 84e-9},
        },
        "reset": {
            "drive": {"start": 0.36, "stop": 0.59, "step": 0.02},
            "width": {"start": 84e-9, "stop": 84e-9},
        },
    },
}


def writable(
    access: str = "1t1r", *, rows: int = 3, columns: int = 2, parts: Any = None, **changes: Any
) -> ChipSpec:
    """Return a chip of one tile; changes are those of cell, wires, effects and write."""
    tile = {
        "rows": rows,
        "columns": columns,
        "cell": CELLS[access] | changes.get("cell", {}),
        "wires": changes.get("wires", {}),
        "effects": changes.get("effects", {}),
        "write": WRITE[access] | changes.get("write", {}),
    }
    data = {
        "tile": [tile],
        "encoding": "offset_column",
        "weight_bits": 2,
        "input": {"bits": 4, "slice_bits": 4},
        "adc": {"bits": 10},
    }
    return ChipSpec.parse(data | (parts or {}))
