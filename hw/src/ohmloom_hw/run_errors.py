"""Why a run ends before its last step."""

import enum

__all__ = ["ERROR_MEANINGS", "ErrorCode"]


class ErrorCode(enum.IntEnum):
    """Why a run ended before its last step; content of ERROR."""

    NONE = 0
    ARRAY_TIMEOUT = 1
    ARRAY_PROTOCOL = 2
    NO_SUCH_TILE = 3
    EMPTY_TABLE = 4
    LONG_TABLE = 5
    ABORTED = 6
    HOST_LOST = 7
    WRITING = 8
    NOT_INJECTIVE = 9
    COLUMN_MISSING = 10
    MEMORY = 11


ERROR_MEANINGS = {
    ErrorCode.NONE: "no error",
    ErrorCode.ARRAY_TIMEOUT: "a conversion took longer than TIMEOUT",
    ErrorCode.ARRAY_PROTOCOL: "an array answered without being asked",
    ErrorCode.NO_SUCH_TILE: "a step names a tile that the chip doesn't have",
    ErrorCode.EMPTY_TABLE: "STEPS is 0",
    ErrorCode.LONG_TABLE: "STEPS is more than the step table holds",
    ErrorCode.ABORTED: "CTRL.abort was written",
    ErrorCode.HOST_LOST: "the host accessed nothing for HOST_TIMEOUT clock cycles",
    ErrorCode.WRITING: "a job on cells was under way, so that the run wasn't begun",
    ErrorCode.NOT_INJECTIVE: "a map names a column or row twice, or one that isn't there",
    ErrorCode.COLUMN_MISSING: "a step uses a column that no physical one stands for",
    ErrorCode.MEMORY: "a word of a memory has two wrong bits",
}
"""What each error code says, for the manual."""
