"""The document about faults says what the table says."""

from __future__ import annotations

from pathlib import Path

import pytest

from llm import errors
from tests.llm.faults import matrix
from tests.wire_stub import FAULTS

DOCUMENT = (Path(__file__).parents[3] / "docs" / "model-faults.md").read_text(encoding="utf-8")
KINDS = {"passing": "tries again", "lasting": "stops at once", "repaired": "asks once to mend it"}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_document_names_the_fault_with_its_end(fault: str) -> None:
    [row] = [line for line in DOCUMENT.splitlines() if line.startswith(f"| `{fault}` |")]
    right = matrix.table()[fault]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[2:4] == [KINDS[right["kind"]], str(right["sends"])]
    assert all(f"`{end}`" in cells[4] for end in right["end"])


def test_every_end_in_the_table_is_an_error_of_ours() -> None:
    ends = {end for row in matrix.table().values() for end in row["end"]}
    assert all(issubclass(getattr(errors, end), errors.ModelFailed) for end in ends)
    assert all(f"| `{end}` |" in DOCUMENT for end in ends)
