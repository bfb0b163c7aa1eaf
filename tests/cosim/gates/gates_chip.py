"""The board and the chip of the test of gates, small, since gates are slow to simulate."""

from dataclasses import replace

from ohmloom_analog.spec import ChipSpec
from ohmloom_hw.boards.board import load_board

BOARD = replace(load_board("icebreaker"), baud=3_000_000)
SPEC = BOARD.fit(
    ChipSpec.parse(
        {
            "tile": [{"count": 3, "rows": 4, "columns": 3, "cell": {"levels": 4}}],
            "weight_bits": 3,
            "input": {"bits": 4, "slice_bits": 2},
            "adc": {"bits": 4, "columns_per_adc": 4},
        }
    )
)
