"""The journal of a programming job: which cells are done, and how worn they are.

It is an SQLite file. Rows of cells are noted as soon as they are known, each time in one
transaction that has reached the disk when it returns, so that whatever ends the host loses
nothing: opened again for the same chip and the same targets, it tells what is left to do.

Wear adds up over sessions. The chip counts pulses from its reset, so that a count is the
continuation of the one before if the chip wasn't reset in between, and counts from 0 if it was;
the *life* of the chip, a number that `ohmloom_sim.host.programming` leaves in SCRATCH, tells.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ohmloom_analog.errors import StateError
from ohmloom_analog.write_verify import Outcome, WriteStatus
from ohmloom_hw.program_words import Wear

__all__ = ["Journal", "is_done"]

_FORMAT = "1"

_TABLES = """
CREATE TABLE job (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cell (
    tile INTEGER, row INTEGER, line INTEGER,
    status INTEGER NOT NULL, code INTEGER NOT NULL, pulses INTEGER NOT NULL,
    flips INTEGER NOT NULL, relapsed INTEGER NOT NULL, session INTEGER NOT NULL,
    PRIMARY KEY (tile, row, line)
) WITHOUT ROWID;
CREATE TABLE wear (
    tile INTEGER, row INTEGER, line INTEGER, life INTEGER NOT NULL,
    seen_set INTEGER NOT NULL, seen_reset INTEGER NOT NULL,
    total_set INTEGER NOT NULL, total_reset INTEGER NOT NULL,
    PRIMARY KEY (tile, row, line)
) WITHOUT ROWID;
"""

_OUTCOME = ("status", "code", "pulses", "flips", "relapsed")

_ADD_CELL = """
INSERT OR REPLACE INTO cell
VALUES (:tile, :row, :line, :status, :code, :pulses, :flips, :relapsed, :session)
"""

_ADD_WEAR = """
INSERT INTO wear VALUES (:tile, :row, :line, :life, :set, :reset, :set, :reset)
ON CONFLICT DO UPDATE SET
    total_set = total_set + :set - iif(life = :life, seen_set, 0),
    total_reset = total_reset + :reset - iif(life = :life, seen_reset, 0),
    seen_set = :set, seen_reset = :reset, life = :life
"""


def is_done(outcome: Outcome) -> bool:
    """Return whether a cell was written or given up, rather than cut short or left alone."""
    return outcome.status is WriteStatus.WRITTEN or outcome.status.failed


class Journal:
    """What is known of a job; a context manager, which closes the file.

    Parameters
    ----------
    path
        The file, made if it isn't there; None for a journal that is forgotten.
    chip_hash, target_hash
        Of the chip's description, and of all that is to be written.
    tolerance
        Of the cells, in levels.

    Raises
    ------
    StateError
        Where the file is something else, damaged, in use, or the journal of another job.
    """

    def __init__(
        self, path: Path | None, *, chip_hash: str, target_hash: str, tolerance: float
    ) -> None:
        self._name = "in memory" if path is None else f"'{path}'"
        job = {
            "format": _FORMAT,
            "chip": chip_hash,
            "targets": target_hash,
            "tolerance": repr(float(tolerance)),
        }
        with self._refusing():
            place = ":memory:" if path is None else str(path)
            self._file = sqlite3.connect(place, isolation_level=None, timeout=1.0)
            try:
                # Two hosts with one journal would write cells twice.
                self._file.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._file.execute("PRAGMA synchronous = FULL")
                self._begin(job)
            except BaseException:
                self._file.close()
                raise

    def _begin(self, job: dict[str, str]) -> None:
        with self._transaction():
            names = self._file.execute("SELECT name FROM sqlite_master").fetchall()
            if not names:
                for statement in _TABLES.split(";"):
                    self._file.execute(statement)
                self._file.executemany("INSERT INTO job VALUES (?, ?)", job.items())
            elif ("job",) not in names:
                msg = f"journal {self._name} must be one of ohmloom, not another database"
                raise StateError(msg)
            held = dict(self._file.execute("SELECT name, value FROM job"))
            for name, value in job.items():
                if held.get(name) != value:
                    what = {"chip": "chip hash", "targets": "hash of the targets"}.get(name, name)
                    msg = (
                        f"journal {self._name} must be of this job, with the {what} "
                        f"{value[:16]}, not {str(held.get(name))[:16]}"
                    )
                    raise StateError(msg)
            self.session = int(held.get("sessions", 0)) + 1
            """Number of this session, from 1."""
            self._set("sessions", str(self.session))

    def __enter__(self) -> Self:
        """Give the journal."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file."""
        self._file.close()

    def begin_tile(self, tile: int, life: int) -> None:
        """Note that a tile is about to be written, by a chip in its `life`."""
        with self._refusing(), self._transaction():
            self._set("tile", str(tile))
            self._set("life", str(life))

    def end_tile(self) -> None:
        """Note that all that the chip knows of the tile is known here, too."""
        with self._refusing(), self._transaction():
            self._file.execute("DELETE FROM job WHERE name IN ('tile', 'life')")

    def under_way(self, life: int) -> int | None:
        """Return the tile that was being written last; None if the chip was reset since."""
        with self._refusing():
            held = dict(self._file.execute("SELECT name, value FROM job"))
        return int(held["tile"]) if held.get("life") == str(life) else None

    def note(
        self,
        tile: int,
        rows: range,
        outcomes: Sequence[Sequence[Outcome]],
        wear: Sequence[Sequence[Wear]],
        *,
        life: int,
    ) -> None:
        """Note what became of rows of a tile, and how worn they are now.

        Cells that weren't finished, or that are locked, are noted only with their wear.
        """
        places = [(row, line) for row in rows for line in range(len(outcomes[0]))]
        cells = [cell for row in outcomes for cell in row]
        worn = [cell for row in wear for cell in row]
        with self._refusing(), self._transaction():
            self._file.executemany(
                _ADD_CELL,
                [
                    {"tile": tile, "row": row, "line": line, "session": self.session}
                    | {name: int(getattr(cell, name)) for name in _OUTCOME}
                    for (row, line), cell in zip(places, cells, strict=True)
                    if is_done(cell)
                ],
            )
            self._file.executemany(
                _ADD_WEAR,
                [
                    {"tile": tile, "row": row, "line": line, "life": life}
                    | {"set": cell.set, "reset": cell.reset}
                    for (row, line), cell in zip(places, worn, strict=True)
                ],
            )

    def forget_failures(self) -> int:
        """Forget the cells that were given up, so that they are tried again; return how many."""
        failed = [int(status) for status in WriteStatus if status.failed]
        marks = ", ".join("?" * len(failed))
        with self._refusing(), self._transaction():
            done = self._file.execute(f"DELETE FROM cell WHERE status IN ({marks})", failed)
            # The chip remembers them, too, which is not to be taken over again.
            self._file.execute("DELETE FROM job WHERE name IN ('tile', 'life')")
        return done.rowcount

    def outcomes(self, tile: int) -> dict[tuple[int, int], Outcome]:
        """Return what became of the cells of a tile that are done, by row and line."""
        with self._refusing():
            found = self._file.execute(
                "SELECT row, line, status, code, pulses, flips, relapsed FROM cell WHERE tile = ?",
                (tile,),
            ).fetchall()
        return {
            (row, line): Outcome(
                status=WriteStatus(status),
                code=code,
                pulses=pulses,
                flips=flips,
                relapsed=bool(relapsed),
            )
            for row, line, status, code, pulses, flips, relapsed in found
        }

    def wear(self, shape: tuple[int, int, int]) -> NDArray[np.int64]:
        """Return SET and RESET pulses of all cells over all sessions, (*shape, 2).

        Parameters
        ----------
        shape
            (tiles, R, lines + 1).
        """
        total = np.zeros((*shape, 2), dtype=np.int64)
        with self._refusing():
            for tile, row, line, raised, lowered in self._file.execute(
                "SELECT tile, row, line, total_set, total_reset FROM wear"
            ):
                total[tile, row, line] = raised, lowered
        return total

    def _set(self, name: str, value: str) -> None:
        self._file.execute("INSERT OR REPLACE INTO job VALUES (?, ?)", (name, value))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._file.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._file.execute("ROLLBACK")
            raise
        self._file.execute("COMMIT")

    @contextmanager
    def _refusing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            reason = str(error)
            if "locked" in reason:
                reason = "another session has it open"
            msg = f"journal {self._name} can't be used: {reason}"
            raise StateError(msg) from None
