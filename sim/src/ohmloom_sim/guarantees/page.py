"""The page: every guarantee once, with the tests that show it and their figures."""

from collections.abc import Iterable, Sequence

import jinja2

from ohmloom_sim.guarantees.judged import JudgedGuarantee, Tested
from ohmloom_sim.guarantees.results import Case

__all__ = ["page"]


def page(judged: Sequence[JudgedGuarantee], cases: Iterable[Case]) -> str:
    """Return the page in Markdown; the same results give the same bytes.

    Parameters
    ----------
    judged
        Guarantees as the run left them.
    cases
        What ran, for its commit and versions.
    """
    environment = jinja2.Environment(
        # Markdown, in which nothing is escaped: all of it comes from the tree.
        loader=jinja2.PackageLoader("ohmloom_sim.guarantees", "."),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    origins = [dict(origin) for origin in sorted({case.origin for case in cases})]
    template = environment.get_template("page.md.j2")
    return template.render(judged=judged, origins=origins, ended=_ended)


def _ended(test: Tested) -> str:
    counts = ((test.passed, "passed"), (test.failed, "failed"), (test.skipped, "skipped"))
    return ", ".join(f"{count} {word}" for count, word in counts if count) or "not run"
