import ast
import re
from pathlib import Path

import pytest

from ohmloom_sim.guarantees.marks import marked_tests
from ohmloom_sim.guarantees.statements import Guarantee, load_guarantees

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "GUARANTEES.md").read_text(encoding="utf-8")


def test_there_are_fifteen_guarantees_in_order():
    assert [one.id for one in load_guarantees()] == [f"G{number}" for number in range(1, 16)]


def test_clauses_of_a_guarantee_have_names_of_their_own():
    keys = [one.key(clause) for one in load_guarantees() for clause in one.clause]
    assert len(keys) == len(set(keys))


def test_a_clause_is_marked_at_a_test_or_says_why_it_has_none():
    marked = set(marked_tests(ROOT / "tests"))
    expected = {one.key(c) for one in load_guarantees() for c in one.clause if c.gap is None}
    assert marked == expected


def test_the_committed_page_has_each_guarantee_once_with_its_statement():
    assert re.findall(r"^## (\w+)$", PAGE, re.M) == [f"G{number}" for number in range(1, 16)]
    for one in load_guarantees():
        (section,) = re.findall(rf"^## {one.id}\n(.*?)(?=^## |\Z)", PAGE, re.M | re.S)
        assert section.count(one.statement) == 1
        assert re.findall(r"^- \*\*([a-z-]+)\*\*: ", section, re.M) == [c.name for c in one.clause]
        assert all(f"**{c.name}**: {c.text}" in section for c in one.clause)


def test_the_committed_page_names_only_tests_that_are_there_and_marked():
    lines = re.findall(r"^  - \[(\S+)\]\((\S+)\) `(\w+)`: ", PAGE, re.M)
    assert all(shown == link for shown, link, _ in lines)
    named = {(file, test) for file, _, test in lines}
    marked = set().union(*marked_tests(ROOT / "tests").values())
    assert {f"{file}::{test}" for file, test in named} <= marked
    assert len(named) > 100
    for file, test in named:
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"id": "G"}, "id"),
        ({"clause": []}, "clause"),
        ({"statement": ""}, "statement"),
        ({"proof": "by hand"}, "proof"),
    ],
)
def test_a_statement_that_lacks_something_is_refused(change, place):
    clause = {"name": "all", "text": "It holds."}
    plain = {"id": "G1", "title": "It", "statement": "It holds.", "clause": [clause]}
    with pytest.raises(ValueError, match=rf"^1 validation error for Guarantee\n{place}\n"):
        Guarantee.model_validate(plain | change)
