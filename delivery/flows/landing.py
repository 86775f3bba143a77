"""How a package gets into a repository, the same at every forge: one commit on a branch of ours, then a request for it.

What a forge calls things and how it is asked stands in ``delivery/kinds``; this module decides. It asks for nothing but metadata,
branch references and our own requests (N-22); the content of the repository is not read. Everything is found out again at the
forge at each delivery; the receipt of the last one is only a hint.
"""

from __future__ import annotations

import json

from delivery.contract import DeliveryFailed, Receipt, Shipment
from delivery.repositories import Berth, Cargo, Forge, Head, Moved, Repository, RepositoryPlace, Request, RequestExists, Unfit
from delivery.rules import repository_names as names
from delivery.rules.forge_answers import Words

TRIES = 3
"""How often a rival commit is put up with before the delivery says so."""
NAMES = 20
"""How many branch names are tried."""


def deliver(forge: Forge, place: RepositoryPlace, shipment: Shipment, before: Receipt | None) -> Receipt:
    """Bring the shipment there. Raises ``DeliveryFailed``."""
    words = forge.words
    before = before if before and before.facts.get("repository") == (words.address or words.repository) else None
    cargo = prepare(place, shipment, before)
    repository = forge.repository()
    _check_repository(repository, words)
    unfit: set[str] = set()
    moved = 0
    while moved < TRIES:
        found = _Search(forge, place, cargo, before, unfit).run(repository)
        if isinstance(found, Receipt):
            return found
        try:
            return _land(forge, place, cargo, found)
        except Moved:
            moved += 1
        except Unfit:
            if found.is_new:
                raise DeliveryFailed(
                    f"Some files of the package stand in {place.folder} of {place.base} already and others do not. Remove the "
                    "folder there or choose another one, then send again.",
                    permanent=True,
                ) from None
            unfit.add(found.branch)
    raise DeliveryFailed(
        f"Others write to our branch in {words.repository} at the same time. We try again by ourselves.", wait=60
    )


def prepare(place: RepositoryPlace, shipment: Shipment, before: Receipt | None = None) -> Cargo:
    """The shipment as it stands in the repository. Raises ``DeliveryFailed`` for a path outside the folder."""
    try:
        files = {names.path_under(place.folder, path): content for path, content in sorted(shipment.files.items())}
    except ValueError as error:
        raise DeliveryFailed(str(error), permanent=True) from None
    if not files:
        raise DeliveryFailed("The package has no files, so there is nothing to deliver.", permanent=True)
    key = names.content_key(place.folder, shipment.digest)
    facts = before.facts if before else {}
    return Cargo(
        files=files,
        key=key,
        message=names.commit_message(shipment, key),
        title=names.request_title(shipment),
        shipment=shipment,
        before=_paths(facts.get("paths")),
        on_base=_paths(facts.get("on_base")),
    )


def _paths(stored: str | None) -> frozenset[str]:
    return frozenset(json.loads(stored)) if stored else frozenset()


def _check_repository(repository: Repository, words: Words) -> None:
    """Raises what can be known before anything is written."""
    if repository.is_archived:
        raise DeliveryFailed(
            f"{words.repository} is archived, so nothing can be written there. Unarchive it or choose another repository.",
            permanent=True,
        )
    if repository.is_empty:
        raise DeliveryFailed(
            f"{words.repository} is empty, so there is no branch to start from. Make a first commit there, then send again.",
            permanent=True,
        )
    if repository.may_write is False:
        raise DeliveryFailed(
            f"The credential may read {words.repository} but not write to it. It needs {words.permissions}.", permanent=True
        )


class _Search:
    """The branch to write to. Foreign branches and those whose request is finished are passed by under a new name."""

    def __init__(self, forge: Forge, place: RepositoryPlace, cargo: Cargo, before: Receipt | None, unfit: set[str]) -> None:
        self.forge, self.place, self.cargo, self.unfit = forge, place, cargo, unfit
        self.wanted = place.branch or names.branch_for(cargo.shipment.title)
        is_ours = before is not None and (not place.branch or names.is_numbered(before.branch, place.branch))
        self.last = before.branch if before and is_ours else ""
        """The branch of the last delivery."""
        self.stood = bool(before and before.facts.get("content") == cargo.key)
        """Whether the last delivery was of this very content."""
        self.on_base = cargo.on_base

    def run(self, repository: Repository) -> Berth | Receipt:
        branch = self.last or self.wanted
        for _ in range(NAMES):
            if branch in (repository.default, self.place.base):
                raise DeliveryFailed(
                    f"{branch} is the default or the base branch of {self.forge.words.repository}, and SpecStep never writes "
                    "there. Choose another branch.",
                    permanent=True,
                )
            head = self.forge.head(branch)
            found = self._gone(branch) if head is None else self._there(branch, head)
            if found is not None:
                return found
            branch = names.next_branch(branch)
        raise DeliveryFailed(
            f"{self.forge.words.repository} holds {NAMES} branches named like {self.wanted}. Remove those no longer needed.",
            permanent=True,
        )

    def _gone(self, branch: str) -> Berth | Receipt:
        """There is no such branch: it is made from the base, unless it went because its request was merged with this content."""
        if branch == self.last:
            merged = self._merged(self.forge.requests(branch))
            if merged and self.stood:
                return self._receipt("", merged.sha, merged)
        base = self.forge.head(self.place.base)
        if base is None:
            raise _no_base(self.place, self.forge.words)
        return Berth(branch, base, is_new=True, known=self.on_base)

    def _there(self, branch: str, head: Head) -> Berth | Receipt | None:
        """None: somebody else's, or done with."""
        carries = names.carries(head.message, self.cargo.key)
        if branch in self.unfit or not (branch == self.last or carries):
            return None
        requests = self.forge.requests(branch)
        merged = self._merged(requests)
        live = next((request for request in requests if request.state == "open"), None)
        if merged and carries and live is None and merged.ends_with(head):
            return self._receipt(branch, head.sha, merged)
        # A branch that was made anew under the name of a finished one, and whose request is still to come.
        is_fresh = carries and not any(request.ends_with(head) for request in requests)
        if live is None and requests and not is_fresh:
            return None
        has_content = carries or (branch == self.last and self.stood)
        known = self.cargo.before if branch == self.last else frozenset[str]()
        return Berth(branch, head, is_new=False, known=known, has_content=has_content, request=live)

    def _merged(self, requests: list[Request]) -> Request | None:
        merged = next((request for request in requests if request.state == "merged"), None)
        if merged:
            self.on_base |= self.cargo.before
        return merged

    def _receipt(self, branch: str, commit: str, request: Request) -> Receipt:
        on_base = frozenset(self.cargo.files)
        return _receipt(self.forge, self.place, self.cargo, branch, commit, request, on_base, unchanged=True)


def _no_base(place: RepositoryPlace, words: Words) -> DeliveryFailed:
    return DeliveryFailed(
        f"{words.repository} has no branch {place.base}. Put in the name of the branch that requests go to.", permanent=True
    )


def _land(forge: Forge, place: RepositoryPlace, cargo: Cargo, berth: Berth) -> Receipt:
    """Commit and request. What stands there already is not written again."""
    commit: str | None = None
    if not berth.has_content:
        commit = forge.commit(cargo, berth)
        if commit is None and berth.is_new:
            return _receipt(forge, place, cargo, "", berth.parent.sha, None, frozenset(cargo.files), unchanged=True)
    request = berth.request
    if request is None:
        try:
            request = forge.open(cargo, berth.branch)
        except RequestExists:
            live = [found for found in forge.requests(berth.branch) if found.state == "open"]
            if not live:
                raise DeliveryFailed(
                    f"{forge.words.forge} says that a {forge.words.request} exists, but does not show it. We try again.", wait=60
                ) from None
            request = forge.renew(live[0], cargo)
    else:
        request = forge.renew(request, cargo)
    on_base = berth.known if berth.is_new else cargo.on_base
    return _receipt(forge, place, cargo, berth.branch, commit or berth.parent.sha, request, on_base, unchanged=commit is None)


def _receipt(
    forge: Forge,
    place: RepositoryPlace,
    cargo: Cargo,
    branch: str,
    commit: str,
    request: Request | None,
    on_base: frozenset[str],
    *,
    unchanged: bool,
) -> Receipt:
    words = forge.words
    where = f"{words.repository}, {place.base}: the same files stand there already"
    if branch:
        where = f"Branch {branch} in {words.repository}"
    if request and request.number:
        where = f"{words.request.capitalize()} {request.number} in {words.repository}"
    facts = {
        "repository": words.address or words.repository,
        "content": cargo.key,
        "paths": json.dumps(sorted(cargo.files), ensure_ascii=False),
        "on_base": json.dumps(sorted(on_base), ensure_ascii=False),
    }
    if request and request.number:
        facts["request"] = request.number
    return Receipt(
        where=where,
        address=request.address if request else "",
        branch=branch,
        commit=commit,
        files=len(cargo.files),
        unchanged=unchanged,
        facts=facts,
    )


def look(forge: Forge, place: RepositoryPlace) -> list[str]:
    """Test access without writing. Sentences of what was found; raises ``DeliveryFailed`` for what would stop a delivery."""
    words = forge.words
    repository = forge.repository()
    _check_repository(repository, words)
    if place.branch and place.branch == repository.default:
        raise DeliveryFailed(
            f"{place.branch} is the default branch of {words.repository}; SpecStep never writes there. Choose another branch.",
            permanent=True,
        )
    if forge.head(place.base) is None:
        raise _no_base(place, words)
    found = [f"Repository {words.repository} found.", f"Base branch {place.base} found."]
    found.append(
        "May write."
        if repository.may_write
        else f"Whether it may write shows at the first delivery; {words.forge} tells only then."
    )
    if words.request:
        forge.requests(place.branch or f"{names.PREFIX}check")
        if repository.may_request is False:
            raise DeliveryFailed(
                f"{words.request.capitalize()}s are switched off in {words.repository}. Switch them on.", permanent=True
            )
        can = (
            f"Can open {words.request}s."
            if repository.may_request
            else f"Can see {words.request}s; whether it may open them shows at the first delivery."
        )
        found.append(can)
    return found
