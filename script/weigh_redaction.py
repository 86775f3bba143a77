"""Learn the weights of llm/redaction/weighing.py from the texts of the tests and from what is installed; write weights.json.

    .venv/bin/python script/weigh_redaction.py                  # about a minute
    .venv/bin/python script/weigh_redaction.py --without sixth  # how well it does on a set it has not seen

Logistic regression with a penalty on large weights, by AdaGrad in plain Python. A run that is a secret counts for it; one beside
it, in a text without secrets or in an installed file against it. Each template weighs about the same, however often it is drawn.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from llm.redaction import find_secrets, naming, weighing  # noqa: E402
from llm.redaction.engine import best  # noqa: E402
from tests.llm.redaction import heldout, templates  # noqa: E402
from tests.llm.redaction.heldout import Item  # noqa: E402

ENDINGS = (".py", ".md", ".txt", ".rst", ".json", ".js", ".po", ".html", ".toml", ".yaml", ".yml", ".css", ".cfg", ".ini")
SEEDS = ("", "one", "two", "three")
LEAST = 1.1
"""How much must speak for a secret: chosen on sets that were left out of the learning."""
ROUNDS, PENALTY, STEP = 12, 2e-5, 0.25


class Sample(NamedTuple):
    template: str
    true: bool
    features: list[str]
    group: str


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--without", help="a set of texts that is not learned from but measured")
    left_out = arguments.parse_args().without
    weighing.secrets = lambda *_: iter(())  # What only the weights find would otherwise not be learned from.
    samples = [*_from_tests(), *_from_installed()]
    learned = [sample for sample in samples if not left_out or not sample.template.startswith(left_out)]
    weights = learn(learned)
    if left_out:
        for true in (True, False):
            sums = [total(weights, one) for one in samples if one.template.startswith(left_out) and one.true == true]
            taken = sum(one >= LEAST for one in sums)
            print(f"{left_out}: {taken} of {len(sums)} runs taken that are {'' if true else 'no '}secrets")
    else:
        write(weights, samples)


def _from_tests() -> Iterator[Sample]:
    for which in ("sixth", "seventh", "eighth", "ninth"):
        for seed in SEEDS:
            for kind in ("with", "without"):
                for item in templates.texts(f"{which}_{kind}", seed):
                    yield from _samples(item, item.name)
    parts: tuple[heldout.Part, ...] = ("A", "B")
    for part in parts:
        for number in range(2):
            for item in heldout.part(part, number):
                yield from _samples(item, f"heldout {part} {item.name.rpartition(' / ')[2]}")


def _from_installed() -> Iterator[Sample]:
    dice, size = random.Random(4), 0
    files = sorted(
        path for path in (ROOT / ".venv/lib").rglob("*") if path.name.endswith(ENDINGS) and "redaction" not in str(path)
    )
    dice.shuffle(files)
    for path in files:
        try:
            text = path.read_text(encoding="utf-8")[:60_000]
        except (OSError, UnicodeDecodeError):
            continue
        size += len(text)
        if size > 40e6:
            return
        found = [(secret.start, secret.end, secret.kind) for secret in find_secrets(text)]
        yield from _samples(Item(str(path), text, (), tuple(place[:2] for place in found)), "installed " + path.parts[-2])


ENGINE = best([], (*naming.TRIGGERS, *weighing.TRIGGERS), naming.MIXED)


def _samples(item: Item, template: str) -> Iterator[Sample]:
    events = ENGINE.events(item.text)
    for run in weighing.weighed(item.text, events.names, ENGINE.runs(events) if events.names else []):
        near = [span for span in item.spans if run.start < span[1] and span[0] < run.end]
        true = any(abs(run.start - start) <= 1 and abs(run.end - end) <= 1 for start, end in near)
        if true or not any(run.start < end and start < run.end for start, end in (*item.spans, *item.ignore)):
            yield Sample(
                template, true, [*run.alone, *run.together, *(f"{run.group}: {of}" for of in ("", *run.together))], run.group
            )


def learn(samples: list[Sample]) -> dict[str, float]:
    """The weight of each feature that stands in several samples."""
    dice, often, count = (
        random.Random(7),
        Counter(of for one in samples for of in one.features),
        Counter(one.template for one in samples),
    )
    common = {of for of, times in often.items() if times >= 8}
    mean = sum(1 / math.sqrt(count[one.template]) for one in samples) / len(samples)
    rows = [([of for of in one.features if of in common], one.true, 1 / math.sqrt(count[one.template]) / mean) for one in samples]
    weights: dict[str, float] = defaultdict(float)
    seen: dict[str, float] = defaultdict(lambda: 1e-6)
    for _ in range(ROUNDS):
        dice.shuffle(rows)
        for features, true, much in rows:
            guess = 1 / (1 + math.exp(-max(-30.0, min(30.0, sum(weights[of] for of in features)))))
            slope = (guess - true) * much
            for of in features:
                slip = slope + PENALTY * len(rows) * weights[of] / often[of]
                seen[of] += slip * slip
                weights[of] -= STEP * slip / math.sqrt(seen[of])
    return dict(weights)


def total(weights: dict[str, float], sample: Sample) -> float:
    return sum(weights.get(of, 0.0) for of in sample.features)


def write(weights: dict[str, float], samples: list[Sample]) -> None:
    """As ``weighing`` reads them: what a word says is summed with what it says beside a word of its group."""
    groups = sorted({one.group for one in samples})
    beside = {of.partition(": ")[2] for of in weights if of.partition(": ")[0] in groups}
    alone = {of: round(weight, 2) for of, weight in weights.items() if of.partition(": ")[0] not in groups and of not in beside}
    together = {
        group: {of: round(weights.get(of, 0) + weights.get(f"{group}: {of}", 0), 2) for of in sorted(beside)} for group in groups
    }
    read = {
        "least": LEAST,
        "alone": {of: weight for of, weight in sorted(alone.items()) if abs(weight) >= 0.03},
        "together": {
            group: {of: one for of, one in of_group.items() if abs(one) >= 0.03 or not of} for group, of_group in together.items()
        },
    }
    path = ROOT / "llm/redaction/weights.json"
    path.write_text(json.dumps(read, ensure_ascii=False, indent=0, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(samples)} runs, {len(alone) + sum(map(len, together.values()))} weights")


if __name__ == "__main__":
    main()
