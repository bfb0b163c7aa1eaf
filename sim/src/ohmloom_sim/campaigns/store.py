"""The store of a campaign: one SQLite file, to which each chunk is added in one transaction.

============  ===============================================================================
table         what it holds
============  ===============================================================================
campaign      name, hash, description, seeds, the versions it began with, the check of gateware
settings      each combination of factors, with its task and its chip
points        each point that has ended: its id, seed, the run that computed it, its error
results       what was measured, point by point
runs          each time that the campaign was run: when, and on what
============  ===============================================================================

A process that is killed leaves what was committed, and nothing else. Points are only ever inserted,
so that one that ends twice is refused; while a run has the store open no other can open it.
"""

import datetime
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.campaigns.compute import Outcome
from ohmloom_sim.campaigns.plan import Plan
from ohmloom_sim.campaigns.rtl_check import RtlCheck
from ohmloom_sim.campaigns.versions import difference, versions

__all__ = ["CampaignStore", "Run"]

_SCHEMA = """
CREATE TABLE campaign (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE settings (
    setting INTEGER PRIMARY KEY, factors TEXT NOT NULL, task TEXT NOT NULL, chip TEXT NOT NULL
);
CREATE TABLE runs (
    run INTEGER PRIMARY KEY, began TEXT NOT NULL, ended TEXT, workers TEXT NOT NULL
);
CREATE TABLE points (
    point INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
    setting INTEGER NOT NULL REFERENCES settings, seed INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES runs, error TEXT
);
CREATE TABLE results (
    point INTEGER NOT NULL REFERENCES points, measure TEXT NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (point, measure)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One time that the campaign was run."""

    began: str
    """When, in UTC."""
    ended: str | None
    """When it ended by itself; None where it was stopped, or goes on."""
    workers: str
    """What computed."""
    points: int
    """How many points ended in it."""


class CampaignStore:
    """An open store.

    Parameters
    ----------
    path
        The file; it is made if it isn't there.
    plan
        The campaign whose points it holds.

    Raises
    ------
    OhmloomError
        Where the file is no store, is that of another campaign or in use, or can't be written.
    """

    def __init__(self, path: Path, plan: Plan) -> None:
        self.path = path
        self._plan = plan
        with _refusing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=0, isolation_level=None)
        try:
            with _refusing(path):
                self._prepare()
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; its log is merged into it."""
        self._db.close()

    def done(self) -> frozenset[int]:
        """Return which points have ended, well or not."""
        return frozenset(row[0] for row in self._db.execute("SELECT point FROM points"))

    def failed(self) -> dict[int, str]:
        """Return which points failed, and why."""
        found = self._db.execute(
            "SELECT point, error FROM points WHERE error IS NOT NULL ORDER BY point"
        )
        return dict(found.fetchall())

    def values(self) -> dict[int, dict[str, float]]:
        """Return what was measured at each point that didn't fail, in their order."""
        found: dict[int, dict[str, float]] = {}
        order = "SELECT point, measure, value FROM results ORDER BY point"
        for point, measure, value in self._db.execute(order):
            found.setdefault(point, {})[measure] = value
        return {
            point: {name: values[name] for name in self._plan.spec.measures}
            for point, values in found.items()
        }

    def runs(self) -> tuple[Run, ...]:
        """Return all runs, the first one first."""
        found = self._db.execute(
            "SELECT began, ended, workers, (SELECT count(*) FROM points p WHERE p.run = r.run)"
            " FROM runs r ORDER BY run"
        )
        return tuple(Run(began=b, ended=e, workers=w, points=n) for b, e, w, n in found)

    def versions(self) -> dict[str, str]:
        """Return the versions that the campaign began with, by name."""
        found: dict[str, str] = json.loads(self._facts()["versions"])
        return found

    def begin_run(self, workers: str) -> int:
        """Note that a run begins, and return its number.

        Parameters
        ----------
        workers
            What computes, in words.

        Raises
        ------
        OhmloomError
            Where what computes now would compute otherwise than what began the campaign.
        """
        other = difference(self.versions(), versions())
        if other is not None:
            msg = f"store '{self.path}' must be gone on with {other}; name another by --store"
            raise OhmloomError(msg)
        with self._transaction():
            cursor = self._db.execute(
                "INSERT INTO runs (began, workers) VALUES (?, ?)", (_now(), workers)
            )
        return int(cursor.lastrowid or 0)

    def end_run(self, run: int) -> None:
        """Note that a run has ended by itself."""
        with self._transaction():
            self._db.execute("UPDATE runs SET ended = ? WHERE run = ?", (_now(), run))

    def add(self, run: int, outcomes: Sequence[Outcome]) -> None:
        """Add what came of points; all of them are there afterwards, or none.

        Raises
        ------
        OhmloomError
            Where one is there already, or the file can't be written.
        """
        points = self._plan.points
        with self._transaction():
            self._db.executemany(
                "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        one.index,
                        points[one.index].id,
                        one.index // self._plan.spec.seeds.count,
                        points[one.index].seed,
                        run,
                        one.error,
                    )
                    for one in outcomes
                ),
            )
            self._db.executemany("INSERT INTO results VALUES (?, ?, ?)", _rows(outcomes))

    def check(self) -> RtlCheck | None:
        """Return the check of the gateware that was noted, if it is the one that is asked for."""
        noted = json.loads(self._facts().get("check", "{}"))
        if noted.get("asked") != self._plan.spec.check.model_dump(mode="json"):
            return None
        return RtlCheck.from_json(noted["found"])

    def note_check(self, found: RtlCheck) -> None:
        """Note a check of the gateware, in place of one that was noted before."""
        asked = self._plan.spec.check.model_dump(mode="json")
        text = json.dumps({"asked": asked, "found": found.to_json()})
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO campaign VALUES ('check', ?)", (text,))

    def forget_failed(self) -> None:
        """Take out the points that failed, so that they run again."""
        with self._transaction():
            self._db.execute("DELETE FROM points WHERE error IS NOT NULL")

    def _prepare(self) -> None:
        self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            tables = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if tables == 0:
                self._create()
        facts = self._facts()
        if facts.get("hash") != self._plan.hash:
            msg = (
                f"store '{self.path}' must be that of campaign '{self._plan.spec.name}' with the "
                f"hash {self._plan.hash[:16]}, not of '{facts.get('name')}' with "
                f"{str(facts.get('hash'))[:16]}; name another by --store"
            )
            raise OhmloomError(msg)

    def _create(self) -> None:
        for statement in _SCHEMA.split(";"):
            self._db.execute(statement)
        spec = self._plan.spec
        facts = {
            "name": spec.name,
            "hash": self._plan.hash,
            "description": self._plan.text,
            "seeds": json.dumps(spec.seeds.model_dump(mode="json")),
            "versions": json.dumps(versions()),
        }
        self._db.executemany("INSERT INTO campaign VALUES (?, ?)", facts.items())
        self._db.executemany(
            "INSERT INTO settings VALUES (?, ?, ?, ?)",
            (
                (
                    number,
                    json.dumps(one.settings),
                    json.dumps(one.task.model_dump(mode="json")),
                    json.dumps(one.chip),
                )
                for number, one in enumerate(self._plan.settings)
            ),
        )

    def _facts(self) -> Mapping[str, str]:
        try:
            return dict(self._db.execute("SELECT key, value FROM campaign").fetchall())
        except sqlite3.OperationalError:
            msg = f"store '{self.path}' must be that of a campaign, not another database"
            raise OhmloomError(msg) from None

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with _refusing(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def _rows(outcomes: Iterable[Outcome]) -> Iterator[tuple[int, str, float]]:
    return ((one.index, name, value) for one in outcomes for name, value in one.values.items())


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            msg = f"store '{path}' must not be in use, but another run has it open"
            raise OhmloomError(msg) from None
        msg = f"store '{path}' can't be written: {error}"
        raise OhmloomError(msg) from None
    except sqlite3.IntegrityError as error:
        msg = f"store '{path}' must get each point once: {error}"
        raise OhmloomError(msg) from None
    except sqlite3.DatabaseError as error:
        msg = f"store '{path}' must be a database of a campaign, not another file: {error}"
        raise OhmloomError(msg) from None
    except OSError as error:
        msg = f"store '{path}' can't be written: {error.strerror or error}"
        raise OhmloomError(msg) from None
