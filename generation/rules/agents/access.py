"""Who may do what, out of the answers about actors and permissions."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generation.rules.agents.clauses import clauses, core, is_comment
from generation.rules.agents.language import base_of, third_person, trim
from generation.rules.agents.people import Cast, mention
from generation.rules.agents.sentences import Sentence
from generation.rules.content import PermissionRow, Permissions

_MODAL = re.compile(
    r"^(?:(?:can|may|could|should|must|will|would|to|is|are|be|also|then|just|get|gets|need|needs|has|have|allowed|able|"
    r"supposed|really|all|always)\b\s+)+",
    re.I,
)
_NEGATION = re.compile(
    r"^(?:(?:do|does|can|may|must|will|should|is|are)\s+)?(?:not|never|cannot)\b\s*(?:(?:be )?(?:allowed|able) to\s+)?|"
    r"^cannot\s+",
    re.I,
)
_OWN = re.compile(r"\b(?:their|his|her|its) own\b|\bown\b", re.I)
_ANYONE = re.compile(r"\bfor (?:anyone|anybody|everyone|everybody|all|others)\b", re.I)


@dataclass(frozen=True)
class Grant:
    """One thing a role may or may not do."""

    role: str
    verb: str
    """Base form: "see"."""
    rest: str
    """What follows the verb, in the third person: "the figures"."""
    cell: str
    """yes, no, own or anyone."""
    exclusive: bool
    """Whether nobody else may."""
    sentence: Sentence

    @property
    def capability(self) -> str:
        return f"{self.verb} {self.rest}".strip()


def grants(everything: list[Sentence], people: Cast) -> list[Grant]:
    """Every permission that was stated, in order."""
    found: list[Grant] = []
    for sentence in everything:
        if sentence.topic == "R1" and not sentence.unsure and not is_comment(sentence) and sentence.english:
            found += _of_sentence(sentence, people)
    return found


def _of_sentence(sentence: Sentence, people: Cast) -> list[Grant]:
    text = trim(core(trim(sentence.clean))[0])
    found: list[Grant] = []
    role: str | None = None
    exclusive = False
    for clause in clauses(text):
        subject = people.subject_of(clause)
        if subject:
            exclusive = bool(re.match(r"(?:only|nobody (?:but|except))\b", clause, re.I))
            role, clause = subject, _without_subject(clause, subject, people)
        if role is None:
            continue
        if re.match(r"only\b", clause, re.I) and not subject:
            clause = clause[4:].strip()
        found += [_grant(role, part, exclusive, sentence, people) for part in [clause] if part]
    return [grant for grant in found if grant.verb and len(grant.capability.split()) <= 14]


def _without_subject(clause: str, role: str, people: Cast) -> str:
    clause = re.sub(r"^(?:only|just)\s+", "", clause, flags=re.I)
    if role == people.owner and re.match(r"I\b", clause):
        return clause[1:].strip()
    found = mention(role, clause)
    rest = clause[found.end() :].strip(" ,:") if found else clause
    return re.sub(r"^(?:of|at|in|from|on) (?:the |our |their )?[a-z]+ ", "", rest)


def _grant(role: str, clause: str, exclusive: bool, sentence: Sentence, people: Cast) -> Grant:
    denied = bool(_NEGATION.match(clause))
    text = _NEGATION.sub("", clause)
    text = _MODAL.sub("", re.sub(r"^only\s+", "", text.strip(), flags=re.I))
    text = re.sub(r"^only\s+", "", text, flags=re.I)
    words = text.split()
    verb = base_of(words[0].strip(",")) if words else None
    if verb is None and words and re.match(r"(?:only\s+)?(?:can|may|must|might)\b", clause, re.I) and words[0].isalpha():
        verb = words[0].lower()
    if verb in (None, "be", "have", "want", "do"):
        return Grant(role, "", "", "no", exclusive, sentence)
    rest = third_person(" ".join(words[1:]), people.voice)
    rest = re.sub(r"\bstuff\b|\bthings\b", "data", rest)
    rest = re.split(r",\s+(?:no|not|nothing)\b", rest)[0]
    nothing = re.match(r"(?:no|nothing|not any|none of)\b\s*", rest, re.I)
    if nothing:
        denied, rest = True, rest[nothing.end() :] or "data"
    cell = "no" if denied else "own" if _OWN.search(rest) else "anyone" if _ANYONE.search(rest) else "yes"
    return Grant(role, str(verb), rest.strip(" ,."), cell, exclusive and not denied, sentence)


def permissions(everything: list[Sentence], people: Cast) -> Permissions:
    """The matrix of roles and capabilities. Whoever was not named for a capability gets "no"; the assumption says so."""
    roles = list(people.roles)
    rows: dict[str, list[str]] = {}
    for grant in grants(everything, people):
        if grant.role in roles:
            cells = rows.setdefault(grant.capability, ["no"] * len(roles))
            cells[roles.index(grant.role)] = grant.cell
    return Permissions(roles=roles, rows=[PermissionRow(capability=name, cells=cells) for name, cells in rows.items()][:16])
