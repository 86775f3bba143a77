"""The walk: everything in the folder, nothing outside, and a word on what was left out."""

from __future__ import annotations

import pytest

from accounts.models import User
from connectors.flows import reading, walking
from connectors.flows.calling import calling
from connectors.troubles import FolderTrouble, NotThere
from tests.connectors.conftest import connected, read, walked
from tests.connectors.google import Google
from tests.connectors.microsoft import OTHER_DRIVE, Microsoft
from tests.connectors.world import UNICODE, Node

pytestmark = pytest.mark.django_db(transaction=True)


def test_what_leads_outside_is_left_out_and_listed(alice: User, microsoft: Microsoft, google: Google) -> None:
    microsoft.decoys()
    google.decoys()
    microsoft.graph.only_inside, google.drive.only_inside = microsoft.chosen.id, google.chosen.id
    said = {one.name: one.skip for one in walked(connected(microsoft, alice))}
    assert {name for name, skip in said.items() if not skip} == {"brief.txt", "prices.txt"}
    assert "points to a folder or file outside" in said["CANARY-SHARED folder"]
    assert "notebook" in said["notes.one"]
    assert "elsewhere" in said["strange.txt"]
    said = {one.name: one.skip for one in walked(connected(google, alice))}
    assert {name for name, skip in said.items() if not skip} == {"brief.txt", "prices.txt", "A page.docx"}
    assert "shortcut" in said["shortcut"]
    assert "several folders" in said["twice.txt"]
    assert "does not allow" in said["locked.txt"]
    assert "hands out to nobody" in said["a form"]


def test_what_was_moved_out_since_is_refused(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor, api in ((microsoft, microsoft.graph), (google, google.drive)):
        row = connected(vendor, alice)
        found = {one.name: one for one in walked(row)}
        inner = next(node for node in vendor.world.children(vendor.chosen.id) if node.is_folder)
        prices, brief = found["prices.txt"], vendor.world.nodes[found["brief.txt"].item]
        assert prices.above == (inner.id,)
        assert read(row, prices.item, above=prices.above)
        api.contents.clear()
        vendor.world.move(inner, vendor.world.nodes[vendor.chosen.parent])
        with pytest.raises(NotThere, match="moved since"):
            read(row, prices.item, above=prices.above)
        vendor.world.move(brief, vendor.world.nodes[vendor.chosen.parent])
        with pytest.raises(NotThere, match="moved since"):
            read(row, brief.id)
        assert not [line for line in api.lines() if line.endswith(vendor.chosen.parent)], "Where it went is not asked."
        outside = next(node for node in vendor.world.nodes.values() if node.name == "CANARY-SIBLING.txt")
        with pytest.raises(NotThere):
            read(row, outside.id)
        assert not api.contents
    microsoft.world.move(brief_of(microsoft), microsoft.world.nodes[microsoft.world.roots[OTHER_DRIVE]])
    with pytest.raises(NotThere):
        read(connected(microsoft, alice), brief_of(microsoft).id)


def brief_of(vendor: Microsoft) -> Node:
    return next(node for node in vendor.world.nodes.values() if node.name == "brief.txt")


def test_a_folder_that_is_gone_is_said(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor in (microsoft, google):
        row = connected(vendor, alice)
        vendor.world.remove(vendor.chosen)
        with pytest.raises(FolderTrouble, match="not there any more"):
            walked(row)


def test_twenty_levels_and_a_ring_come_to_an_end(alice: User, microsoft: Microsoft) -> None:
    folder = microsoft.chosen
    for level in range(20):
        folder = microsoft.world.folder(folder, f"level {level}")
    deep = microsoft.world.file(folder, "deep.txt", b"Deep down.")
    row = connected(microsoft, alice)
    found = {one.name: one for one in walked(row)}
    above = found["deep.txt"].above
    assert found["deep.txt"].path.count("/") == len(above) == 20
    assert read(row, deep.id, above=above) == b"Deep down."
    for level in range(10):
        folder = microsoft.world.folder(folder, f"deeper {level}")
    assert any("deeper than 25" in one.skip for one in walked(row))
    top = microsoft.world.nodes[above[0]]
    top.parent = above[1]  # a ring, which no honest provider has
    with pytest.raises(NotThere, match="moved since"):
        read(row, deep.id, above=above)


@pytest.mark.parametrize("vendor_name", ["microsoft", "google"])
def test_names_are_only_names(alice: User, vendor_name: str, request: pytest.FixtureRequest) -> None:
    vendor = request.getfixturevalue(vendor_name)
    nodes = {vendor.world.file(vendor.chosen, name, name.encode()).id: name for name in UNICODE}
    row = connected(vendor, alice)
    found = {one.item: one.name for one in walked(row)}
    assert {id_: found[id_] for id_ in nodes} == nodes
    for id_, name in nodes.items():
        assert read(row, id_) == name.encode()


def test_two_thousand_files_in_twenty_folders_take_few_calls(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor, api in ((microsoft, microsoft.graph), (google, google.drive)):
        for number in range(20):
            folder = vendor.world.folder(vendor.chosen, f"folder {number}")
            for name in range(100):
                vendor.world.file(folder, f"{name}.txt")
        assert len(walked(connected(vendor, alice))) == 2002
        assert len(api.log) <= 30


def test_ten_thousand_files_are_walked_and_no_more(alice: User, google: Google) -> None:
    for number in range(10_005):
        google.world.file(google.chosen, f"{number}.txt")
    found = walked(connected(google, alice))
    assert len(found) == walking.MAX_FILES + 1
    assert "10,000" in found[-1].skip
    assert len(google.drive.log) == 11


def test_ids_of_another_form_are_never_put_into_an_address(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor, api in ((microsoft, microsoft.graph), (google, google.drive)):
        row = connected(vendor, alice)
        with calling(row) as border:
            for bad in ("../../me/drive", "x' or '1'='1", "a/b", "", "ü" * 12, "a?b=c", "x" * 999):
                with pytest.raises(NotThere):
                    reading.found(row, border, bad, above=(), way=reading.Way())
        assert not api.log
