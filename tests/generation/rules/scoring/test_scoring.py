"""Counted and judged stand side by side; the grade follows from a rule."""

from __future__ import annotations

import pytest

from generation.rules import scorecard, scoring
from generation.rules.checking import schemas
from generation.rules.content import Content, Finding, ReviewPart, Verdict
from generation.rules.rubric import rubric

Files = dict[str, str]
Reviews = dict[str, ReviewPart]

QUOTES = {
    "BRIEF.md": "Each has 30 minutes to say yes.",
    "docs/vision.md": "It fills the empty chair",
    "docs/requirements.md": "Known patients get a code by text; they need no password.",
    "docs/architecture.md": "An arrow means: may call. Nothing else may.",
    "docs/test-plan.md": "No real patient data leaves production.",
    "backlog/backlog.md": "Book one slot, from calendar file to transfer list",
}


def _all(verdict: str) -> Reviews:
    """Three reviewers who give every criterion the same verdict."""
    return {
        role: ReviewPart(
            summary="",
            verdicts=[
                Verdict(
                    document=path,
                    criterion=criterion.criterion,
                    verdict=verdict,
                    section="",
                    quote=QUOTES[path],
                    fix="None.",
                )
                for path, criterion in rubric().asked_of(role)
            ],
            findings=[],
        )
        for role in ("owner-advocate", "implementer", "tester")
    }


def _change(reviews: Reviews, document: str, verdict: str, role: str = "tester") -> None:
    for given in reviews[role].verdicts:
        if given.document == document:
            given.verdict = verdict  # type: ignore[assignment]


def _finding(severity: str, status: str = "open") -> Finding:
    return Finding(
        code="TEST_X",
        severity=severity,
        criterion="c",
        doc="BRIEF.md",
        section="s",
        quote="",
        message="m",
        why="w",
        fix="f",
        cause="text",
        status=status,
        reviewer="tester",
    )


def test_the_rubric_weighs_to_one_and_asks_two_reviewers_what_matters() -> None:
    for row in rubric().documents:
        assert sum(counted.weight for counted in row.counted) == pytest.approx(1)
        assert sum(judged.weight for judged in row.judged) == pytest.approx(1)
        for judged in row.judged:
            assert len(set(judged.by)) == (2 if judged.importance >= 4 else 1)


def test_the_exemplar_counts_full_marks(content: Content, files: Files) -> None:
    scored = scoring.score(content, files, _all("strong"))
    assert {row["deterministic"]["score"] for row in scored["documents"]} == {1.0}
    assert scored["ears_mix"] == {"event": 20, "unwanted": 12, "ubiquitous": 6, "state": 1, "optional": 1}
    counted = {c["criterion"]: (c["hits"], c["total"]) for row in scored["documents"] for c in row["deterministic"]["criteria"]}
    assert counted["evidence quotes verbatim"] == (69, 69)
    assert counted["must with positive and negative test"] == (21, 21)


@pytest.mark.parametrize(
    ("verdict", "grade", "worth"),
    [("strong", "excellent", 1.0), ("adequate", "excellent", 0.75), ("thin", "fair", 0.4), ("broken", "poor", 0.0)],
)
def test_a_verdict_becomes_a_number_and_a_grade(verdict: str, grade: str, worth: float, content: Content, files: Files) -> None:
    scored = scoring.score(content, files, _all(verdict))
    assert scored["package"]["grade"] == grade
    assert {row["judged"]["score"] for row in scored["documents"]} == {worth}


def test_one_thin_verdict_makes_good_and_the_lower_of_two_opinions_counts(content: Content, files: Files) -> None:
    reviews = _all("strong")
    _change(reviews, "docs/vision.md", "thin")
    scored = scoring.score(content, files, reviews)
    assert scored["package"] | {"rule": ""} == {"grade": "good", "rule": "", "thin": 1, "open_errors": 0, "unjudged": 0}
    vision = next(row for row in scored["documents"] if row["document"] == "docs/vision.md")
    measured = next(row for row in vision["judged"]["criteria"] if row["criterion"] == "outcomes can be measured")
    assert measured["verdict"] == "thin"
    assert {opinion["verdict"] for opinion in measured["opinions"]} == {"thin", "strong"}
    assert vision["judged"]["score"] == pytest.approx(0.7)


def test_an_open_error_makes_fair_and_a_fixed_one_does_not(content: Content, files: Files) -> None:
    reviews = _all("strong")
    reviews["tester"].findings = [_finding("error", "fixed"), _finding("warning")]
    assert scoring.score(content, files, reviews)["package"]["grade"] == "excellent"
    reviews["tester"].findings.append(_finding("error"))
    assert scoring.score(content, files, reviews)["package"] | {"rule": ""} == {
        "grade": "fair",
        "rule": "",
        "thin": 0,
        "open_errors": 1,
        "unjudged": 0,
    }


def test_a_verdict_whose_quote_is_not_in_the_document_does_not_count(content: Content, files: Files) -> None:
    reviews = _all("strong")
    for review in reviews.values():
        for verdict in review.verdicts:
            if verdict.document == "BRIEF.md":
                verdict.quote = "Each has forty minutes to say yes."
    scored = scoring.score(content, files, reviews)
    brief = scored["documents"][0]
    assert brief["verdict"] == "unjudged"
    assert brief["judged"]["score"] is None
    assert "is not in the document" in brief["judged"]["criteria"][0]["reason"]
    assert scored["package"]["grade"] == "good"
    assert scored["package"]["unjudged"] == 2


def test_a_quote_may_run_over_a_line_break(files: Files) -> None:
    verdict = _all("strong")["tester"].verdicts[0]
    verdict.quote = "Lindenhof has nine  doctors\nat three sites"
    assert scoring.verified(verdict, files)
    verdict.quote = "  "
    assert not scoring.verified(verdict, files)


def test_a_failed_blocking_count_caps_a_document_at_thin(content: Content, files: Files) -> None:
    files["docs/vision.md"] = files["docs/vision.md"].replace("## Why now", "## Why")
    scored = scoring.score(content, files, _all("strong"))
    vision = next(row for row in scored["documents"] if row["document"] == "docs/vision.md")
    assert vision["deterministic"]["blocked"]
    assert vision["judged"]["score"] == 1.0
    assert vision["verdict"] == "thin"
    assert scoring.verdict([{"verdict": "broken"}], blocked=True) == "broken"
    assert scoring.verdict([{"verdict": "unjudged"}], blocked=True) == "thin"


def test_nobody_judged_is_not_a_grade(content: Content, files: Files, reviews: Reviews) -> None:
    scored = scoring.score(content, files, reviews)
    assert scored["package"]["grade"] == "unjudged"
    assert {row["verdict"] for row in scored["documents"]} == {"unjudged"}
    reasons = {c["reason"] for row in scored["documents"] for c in row["judged"]["criteria"]}
    assert reasons == {scoring.WITHOUT_A_MODEL}
    page = scorecard.page(scored, "")
    assert page.startswith("# Scorecard\n\n**Not graded:** everything a program can count"), "the answer stands first"


def test_an_open_error_lowers_the_grade_also_when_nobody_judged(content: Content, files: Files, reviews: Reviews) -> None:
    changed = {role: review.model_copy(deep=True) for role, review in reviews.items()}
    changed["tester"].findings.append(_finding("error"))
    scored = scoring.score(content, files, changed)
    assert scorecard.in_words(scored) == "fair: 0 thin verdicts, 1 open error; nobody who can judge has read it"


def test_a_criterion_that_cannot_apply_is_left_out_of_the_score(content: Content, files: Files) -> None:
    reviews = _all("strong")
    content.outcomes = []
    for role in ("tester", "owner-advocate"):
        for verdict in reviews[role].verdicts:
            if verdict.criterion == "outcomes can be measured":
                verdict.verdict = "n-a"
    scored = scoring.score(content, files, reviews)
    vision = next(row for row in scored["documents"] if row["document"] == "docs/vision.md")
    assert [c["criterion"] for c in vision["deterministic"]["criteria"]] == ["sections present", "sections with a source"]
    assert sum(c["weight"] for c in vision["deterministic"]["criteria"]) == pytest.approx(1, abs=0.001)
    assert vision["judged"]["score"] == 1.0


def test_the_scorecard_fits_its_schema_and_shows_each_quote(content: Content, files: Files) -> None:
    scored = scoring.score(content, files, _all("adequate"))
    assert list(schemas.misfits("scorecard", scored, "x")) == []
    page = scorecard.page(scored, "")
    for quote in QUOTES.values():
        assert quote in page
    assert page.count("\n## ") == 7
