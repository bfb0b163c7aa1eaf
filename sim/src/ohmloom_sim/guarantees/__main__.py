"""From results of tests to the page of guarantees."""

from pathlib import Path
from typing import Annotated

import typer

from ohmloom_analog.errors import OhmloomError
from ohmloom_sim.commands.console import output, show_error
from ohmloom_sim.files import write_text
from ohmloom_sim.guarantees.judged import JudgedGuarantee, judge
from ohmloom_sim.guarantees.marks import marked_tests
from ohmloom_sim.guarantees.page import page
from ohmloom_sim.guarantees.results import read_results
from ohmloom_sim.guarantees.statements import load_guarantees

__all__ = ["guarantees"]


def guarantees(
    results: Annotated[
        list[Path], typer.Argument(metavar="RESULTS.xml...", help="JUnit XML of one run or more.")
    ],
    *,
    tests: Annotated[
        Path, typer.Option("--tests", help="Folder of the tests, marked with what they show.")
    ] = Path("tests"),
    out: Annotated[Path, typer.Option("--out", help="The page, in Markdown.")] = Path(
        "GUARANTEES.md"
    ),
) -> None:
    """Write which guarantees the tests show; fail where one doesn't that should."""
    try:
        cases = read_results(results)
        judged = judge(load_guarantees(), cases, marked_tests(tests.resolve()))
        write_text(out, page(judged, cases))
    except OhmloomError as error:
        show_error(str(error))
        raise typer.Exit(1) from None
    broken = list(_broken(judged))
    for line in broken:
        output().print(f"not shown: {line}", markup=False, soft_wrap=True)
    output().print(f"guarantees are in {out}", soft_wrap=True)
    if broken:
        raise typer.Exit(1)


def _broken(judged: tuple[JudgedGuarantee, ...]) -> list[str]:
    return [
        f"{one.guarantee.key(row.clause)}: {row.clause.text}"
        for one in judged
        for row in one.clauses
        if row.broken
    ]


if __name__ == "__main__":
    typer.run(guarantees)
