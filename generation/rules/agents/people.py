"""Who appears in an interview: the customer, the owner, the roles that use the system, and the people named in its stories."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from generation.rules import ears
from generation.rules.agents.language import FORMS, MODALS, STOPWORDS, Voice, article, is_finite, plural, singular
from generation.rules.agents.sentences import Sentence, sentences
from generation.rules.content import Evidence

PERSONS = frozenset(
    """
    patient customer client user guest visitor member doctor nurse physician surgeon clinician pharmacist driver
    farmer manager admin administrator moderator player gamer employee worker clerk assistant receptionist
    bookkeeper accountant analyst engineer developer technician operator teacher student pupil parent tenant
    landlord buyer seller supplier courier rider picker packer cashier shopper applicant candidate recruiter
    supervisor boss director auditor inspector officer agent dispatcher planner editor author reader subscriber
    volunteer donor host caregiver therapist vet agronomist foreman mechanic installer scientist grower breeder
    trainer coach colleague hire newcomer lead chief resident citizen passenger traveller renter borrower librarian
    dietician dietitian trader controller janitor waiter cook chef baker butcher tutor nanny surveyor lawyer
    consultant steward admin
    """.split()  # noqa: SIM905
)
COLLECTIVES = frozenset(["people", "staff", "team", "guy", "guys", "lady", "ladies", "folks", "crew", "person", "girls", "boys"])
_NOT_A_MODIFIER = STOPWORDS | frozenset(
    """
    our my a an no old young few many most some several big good bad nine seven five six eight ten three two four
    today usual own group certain different right wrong responsible is was are were older younger if how because
    while by on at in to of as so
    """.split()  # noqa: SIM905
)
_NAMED = re.compile(
    r"\b(?:[Tt]ake|[Ss]ay|[Ii]magine|[Tt]hink of|[Mm]eet|[Pp]icture|[Ll]et's say|[Ff]or example,?|[Ee]xample:?)\s+(?:our |my "
    r"|the )?"
    r"(?:[a-z]+ )?([A-Z][\w'-]+)(?=[\s,.:])|^([A-Z][\w'-]+),? (?:\d{2},|is an? |works |runs |, an? )|\b([A-Z][a-z]+), \d{2},"
)
_OWNER_ROLE = re.compile(
    r"\bI(?:'m| am)(?: the| an?)? ((?:[a-z]+ ){0,2}(?:manager|head of [a-z ]+?|lead|director|founder|farmer|owner|chief|boss|"
    r"coordinator))\b",
    re.I,
)
_CUSTOMER = re.compile(
    r"\b(?:we(?:'re| are)|I(?:'m| am) (?:running|with)|we run|I run|I own|we own|I have|we have|I manage|we operate|here at)\s+"
    r"(?:an? |the |our |my )(?:\w+ing )?((?:[A-Za-z-]+ ){0,3}?[A-Za-z-]+?)(?=[,.;:]| (?:in|with|and|that|of|which|on|for|"
    r"near|who|from|to|at)\b)",
    re.I,
)
_ALIASES = {
    "it guy": "IT administrator",
    "it guys": "IT administrator",
    "it person": "IT administrator",
    "it people": "IT administrator",
    "it staff": "IT administrator",
    "it team": "IT administrator",
    "it admin": "IT administrator",
    "it lady": "IT administrator",
    "data protection lady": "data protection officer",
    "data protection guy": "data protection officer",
    "data protection person": "data protection officer",
    "hr people": "HR employee",
    "hr lady": "HR employee",
    "hr team": "HR employee",
    "hr staff": "HR employee",
    "hr person": "HR employee",
    "protection officer": "data protection officer",
    "admin": "administrator",
    "hire": "new hire",
    "boss": "manager",
}


@dataclass(frozen=True)
class Cast:
    """The people of one interview."""

    customer: str
    """Noun for the organisation: "group practice"."""
    owner: str
    """Role of the person interviewed: "owner", "practice manager"."""
    roles: tuple[str, ...]
    """Singular, the primary one first; the owner is among them when the answers give the owner something to do."""
    non_users: tuple[str, ...]
    voice: Voice
    names: dict[str, str] = field(default_factory=dict)
    """Name in a story to the role that person plays."""

    @property
    def primary(self) -> str:
        return self.roles[0] if self.roles else "user"

    def one(self, role: str) -> str:
        """ "a patient", "the owner"."""
        return f"the {role}" if role == self.owner else article(role)

    def role_in(self, text: str) -> str | None:
        """The first role a text speaks of."""
        found = [(match.start(), role) for role in self.roles if (match := mention(role, text))]
        if self.owner in self.roles and (first := re.search(r"\bI\b|\bme\b", text)):
            found.append((first.start(), self.owner))
        return min(found)[1] if found else None

    def subject_of(self, text: str) -> str | None:
        """The role a sentence starts with, or None."""
        for role in sorted(self.roles, key=len, reverse=True):
            match = mention(role, text)
            if match and not re.search(
                r"\w", re.sub(r"\b(?:the|our|my|a|an|every|each|all|only|and|but)\b", "", text[: match.start()], flags=re.I)
            ):
                return role
        return self.owner if re.match(r"(?:only )?I\b", text, re.I) and self.owner in self.roles else None


_VERBS = (
    "|".join(sorted((form for form in FORMS if not form.endswith("ing")), key=len, reverse=True))
    + "|can|may|must|is|are|has|does"
)


def mention(role: str, text: str) -> re.Match[str] | None:
    """Where a text names a role, in singular or plural, or by the loose words people use for it."""
    words = [role, plural(role)]
    head, _, last = role.rpartition(" ")
    if last == "employee" and head:
        words += [
            f"{head} people",
            f"{head} staff",
            f"people at the {head}s",
            f"people at the {head}",
            f"{head} team",
            f"{head} guys",
        ]
    loose = [word for word, canonical in _ALIASES.items() if canonical == role]
    words += loose + [plural(word) for word in loose]
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    found = re.search(rf"\b(?:{pattern})\b", text, re.I)
    if found:
        return found
    if role == "IT administrator":
        return re.search(r"\bIT\b", text)
    if last in ("employee", "member") and head and head not in ("desk", "team"):
        return re.search(rf"\b{re.escape(head)}(?=$|[,.;]|'s\b| (?:and|or|{_VERBS})\b)", text, re.I)
    if last == "employee" and head:
        return re.search(
            rf"\b[Tt]he {re.escape(head)}s?(?= (?:finds|sees|has|needs|books|gets|opens|checks|marks|enters|calls|looks|"
            r"types)\b)",
            text,
        )
    return None


def cast(evidence: Evidence) -> Cast:
    """Reads customer, owner, roles and names out of the answers."""
    everything = sentences(evidence)
    brief = " ".join(sentence.clean for sentence in everything if sentence.answer == "A-000") or " ".join(
        sentence.clean for sentence in everything[:4]
    )
    customer = _customer(brief)
    owner = _owner(evidence, " ".join(sentence.clean for sentence in everything))
    counted = Counter(role for sentence in everything for role in mentions(sentence.clean))
    groups = departments(everything)
    said = [role for topic in ("R1", "V2", "R2", "") for role in _of(everything, topic, brief)] + groups
    roles = [role for role in dict.fromkeys(said) if counted[role] > 1 or role in groups or role in _of(everything, "R1", "")]
    refused = tuple(role for role in roles if _is_refused(role, everything))
    roles = [
        role for role in roles if role not in refused and not any(role != other and other.endswith(f" {role}") for other in roles)
    ][:7]
    roles = roles or [role for role in dict.fromkeys([*mentions(brief), served(brief)]) if role and role not in refused][:3]
    primary = _primary(everything, brief, roles)
    roles.sort(key=lambda role: role != primary)
    if owner not in roles and any(re.search(r"\b(?:I|me)\b", s.clean) for s in everything if s.topic in ("R1", "V2", "R10")):
        roles.append(owner)
    roles = roles or ["user"]
    names = {name: _role_of_name(name, everything, roles) for name in _names(everything)}
    voice = Voice(owner, customer.split()[-1] if customer else "team", plural(roles[0]), frozenset(proper_nouns(evidence)))
    return Cast(customer, owner, tuple(roles), refused, voice, names)


def mentions(text: str) -> list[str]:
    """Roles a text names, in canonical form, in order."""
    found = []
    places = list(re.finditer(r"[A-Za-z][\w'-]*", text))
    words = [place[0] for place in places]
    joint = [bool(index) and not text[places[index - 1].end() : place.start()].strip() for index, place in enumerate(places)]
    for index, word in enumerate(words):
        low = word.lower().removesuffix("'s")
        before = words[index - 1] if joint[index] else ""
        two = f"{words[index - 2]} {before}".lower() if index > 1 and joint[index] and joint[index - 1] else ""
        if word in ("IT", "HR") and index + 1 < len(words) and is_finite(words[index + 1]):
            found.append("IT administrator" if word == "IT" else "HR employee")
        elif low in COLLECTIVES:
            found.append(_collective(low, before, two, words[index + 1 : index + 4]))
        elif singular(low) in PERSONS:
            noun = singular(low)
            if [following.lower() for following in words[index + 1 : index + 3]] == ["in", "charge"]:
                found.append(f"{noun} in charge")
                continue
            usable = before and before.lower() not in _NOT_A_MODIFIER and not is_finite(before) and before.lower() not in FORMS
            if noun in ("lead", "host", "hire", "chief", "steward") and not usable:
                continue
            modified = f"{before if before.isupper() else before.lower()} {noun}" if usable and not before.istitle() else noun
            found.append(_ALIASES.get(modified.lower(), _ALIASES.get(noun, modified) if modified == noun else modified))
    return [role for role in found if role]


def _collective(word: str, before: str, two: str, after: list[str]) -> str:
    for phrase in (f"{two} {word}", f"{before.lower()} {word}"):
        if phrase in _ALIASES:
            return _ALIASES[phrase]
    if (
        before.lower() not in _NOT_A_MODIFIER
        and before
        and before.lower() not in FORMS
        and before.islower()
        and before not in PERSONS
    ):
        return f"{singular(before)} employee"
    if word == "people" and len(after) == 3 and after[0].lower() in ("at", "in") and after[1].lower() == "the":
        return f"{singular(after[2].lower())} employee"
    return ""


_GROUP = re.compile(
    r"^(?:and |only )?(?:the |our |my )?([A-Za-z]+(?: (?!(?:sees?|reads?|wants?|gets?|can|may|must|is|are|at|of|in|and|from|"
    r"on|with)\b)[a-z]+)?)"
    r"(?:,? (?:sees?|can|may|reads?|gets?|wants?|looks?|installs?|uses?|finds?|decides?|approves?|checks?|asks?|records?|"
    r"orders?|enters?|marks?|writes?|sends?|plans?|runs?|manages?|signs?|does|has|have)\b|, (?:that "
    r"is |about |roughly )?"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|\d+)\b)",
    re.I,
)
_NO_GROUP = frozenset(
    """
    everyone everybody nobody someone somebody anyone anybody we i they it that this he she you there one who people
    others all each every customers both none no yes then only most some many few here time day morning evening week
    month year what whoever whatever something nothing both nights good running
    """.split()  # noqa: SIM905
)


def departments(everything: list[Sentence]) -> list[str]:
    """Groups named like one person ("Controlling can read everything"), each as one of its members."""
    found = []
    for sentence in everything:
        if sentence.topic not in ("V2", "R1") or sentence.unsure:
            continue
        match = _GROUP.match(sentence.clean)
        name = match[1] if match else ""
        low = name.lower()
        if not name or low.split()[0] in _NO_GROUP or mentions(name) or singular(low) in PERSONS or singular(low) != low:
            continue
        if low.split()[0] in FORMS and not low.split()[0].endswith("ing"):
            continue
        if ears.smells(low) or any(word in STOPWORDS or word in MODALS for word in low.split()):
            continue
        label = low if not name.isupper() else name
        if re.search(r"(?:er|or|ist|ian|eer|ant)$", label) and re.match(r"(?:and |only )?the ", sentence.clean, re.I):
            found.append(label)
            continue
        found.append(
            f"{label} member" if label.split()[-1] in ("board", "team", "committee", "council", "crew") else f"{label} employee"
        )
    return found


def _of(everything: list[Sentence], topic: str, brief: str) -> list[str]:
    if not topic:
        return mentions(brief)
    return [
        role for sentence in everything if sentence.topic == topic and not sentence.unsure for role in mentions(sentence.clean)
    ]


def _is_refused(role: str, everything: list[Sentence]) -> bool:
    loose = rf"\b{re.escape(plural(role))}\b(?: (?:and|or) [a-z]+)?,? (?:no\b|not\b|do not\b|will not\b|never\b)"
    return any(re.search(loose, sentence.clean, re.I) for sentence in everything if sentence.topic == "V2")


def _primary(everything: list[Sentence], brief: str, roles: list[str]) -> str:
    wanted = re.search(r"\b(?:want|need|like|let|so that|allow)s? (?:our |my |the )?([a-z ]+?) (?:to|can|could)\b", brief)
    for text in (wanted[1] if wanted else "", *(s.clean for s in everything if s.topic == "V2")):
        for role in mentions(text):
            if role in roles:
                return role
    return roles[0] if roles else "user"


_SERVED = re.compile(
    r"\b(?:for|with|have|has|serve|supply|run|employ|teach|rent to|deliver to|of)\s+(?:about |around |over |our |the )?"
    r"(?:\d[\d,.]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|[a-z]+teen|[a-z]+ty|many|some|our)\s+"
    r"([a-zà-ÿ]{3,}s)\b",
    re.I,
)
_TOGETHER = re.compile(r"\b(?:a|an|our|the) (choir|club|team|band|orchestra|association|society|class|crew|union|league)\b", re.I)
_NO_ONE = STOPWORDS | frozenset(
    """
    hour minute day week month year euro dollar pound time thing kind sort call mail e-mail order
    """.split()  # noqa: SIM905
)


def served(brief: str) -> str:
    """Whom "they" means in a brief without a profession: "eleven cafés" gives "café", "a choir of 48" gives "choir member"."""
    for match in _SERVED.finditer(brief):
        noun = singular(match[1].lower())
        if noun not in _NO_ONE and plural(noun) == match[1].lower():
            after = brief[match.end() :]
            if re.search(r"\b(?:they|them|their)\b", after, re.I):
                return noun
    group = _TOGETHER.search(brief)
    return f"{group[1].lower()} member" if group and re.search(r"\b(?:they|them)\b", brief[group.end() :], re.I) else ""


def _customer(brief: str) -> str:
    found = _CUSTOMER.search(brief)
    noun = found[1].strip().lower() if found else ""
    return (
        noun
        if noun and not any(is_finite(word) and word not in ("practice", "house", "store") for word in noun.split()[:1])
        else ""
    )


def _owner(evidence: Evidence, everything: str) -> str:
    signed = str((evidence.anchor or {}).get("signed_by") or "").strip()
    if signed and "@" not in signed and signed.lower() not in ("owner", "user"):
        return signed
    found = _OWNER_ROLE.search(everything)
    return found[1].strip().lower() if found else "owner"


def _names(everything: list[Sentence]) -> list[str]:
    found = []
    for sentence in everything:
        if sentence.topic in ("R2", "V1"):
            for match in _NAMED.finditer(sentence.clean):
                found += [name for name in match.groups() if name and singular(name.lower()) not in PERSONS]
        if sentence.topic == "R2":
            found += [name for name in _SUBJECT_NAME.findall(sentence.clean) if not _is_a_word(name, everything)]
    return [
        name for name in dict.fromkeys(found) if name.lower() not in STOPWORDS | _NO_GROUP | {"it", "so", "if", "in", "on", "at"}
    ]


_SUBJECT_NAME = re.compile(rf"\b([A-Z][a-z]{{2,}}) (?:from [a-z]+ )?(?:is|{_VERBS})\b")


def _is_a_word(name: str, everything: list[Sentence]) -> bool:
    """Whether a capitalised subject is only the first word of its sentence: used small elsewhere, a role, a group or a verb."""
    low = name.lower()
    used_small = any(re.search(rf"\b(?:{low}|{singular(low)})\b", sentence.clean) for sentence in everything)
    return used_small or bool(mentions(name)) or low in FORMS or low.endswith("ing")


def _role_of_name(name: str, everything: list[Sentence], roles: list[str]) -> str:
    for sentence in everything:
        if name in sentence.clean:
            for role in mentions(sentence.clean):
                if role in roles:
                    return role
    return roles[0]


def proper_nouns(evidence: Evidence) -> list[str]:
    """Capitalised words that stand inside a sentence: names of systems, places, people and products."""
    found: Counter[str] = Counter()
    for sentence in sentences(evidence):
        for match in re.finditer(r"(?<=[a-z,] )([A-Z][\w-]*[a-z][\w-]*|[A-Z]{2,})\b", sentence.clean):
            found[match[1]] += 1
    return [word for word, _ in found.most_common() if word not in ("I", "OK", "And", "Or", "But")]
