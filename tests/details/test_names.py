"""Systems, browsers, devices and languages, as careless thumbs write them."""

from __future__ import annotations

import pytest

NAMES = [
    # browsers
    ("chrome", ["browser=Chrome"]),
    ("in crome", ["browser=Chrome"]),
    ("CHROME", ["browser=Chrome"]),
    ("googel chrome", ["browser=Chrome"]),
    ("fire fox", ["browser=Firefox"]),
    ("fierfox", ["browser=Firefox"]),
    ("firefx", ["browser=Firefox"]),
    ("mozilla", ["browser=Firefox"]),
    ("safari on my iphone", ["browser=Safari", "device=iPhone"]),
    ("microsoft edge", ["browser=Edge"]),
    ("in edge", ["browser=Edge"]),
    ("on the edge browser", ["browser=Edge"]),
    ("edge wont load", ["browser=Edge"]),
    ("Edge", ["browser=Edge"]),
    ("i use edge", ["browser=Edge"]),
    ("edge 131", ["browser=Edge 131"]),
    ("the error is in edge case 118204377", ["browser=Edge", "case_number=118204377"]),
    ("it's an edge case", []),
    ("on the edge of my seat", []),
    ("in brave", ["browser=Brave"]),
    ("a brave client", ["browser=Brave"]),
    ("opera 110", ["browser=Opera 110"]),
    ("she went to the opera", []),
    ("in ie 11", ["browser=Internet Explorer"]),
    ("i.e. the client", []),
    ("samsung internet on android", ["browser=Samsung Internet", "device=Android"]),
    ("arc", []),
    # versions
    ("chrome 131", ["browser=Chrome 131"]),
    ("Chrome v131", ["browser=Chrome 131"]),
    ("chrome version 131.0.6778", ["browser=Chrome 131.0.6778"]),
    ("firefox 128.5", ["browser=Firefox 128.5"]),
    ("chrome131", ["browser=Chrome 131"]),
    ("in edge 2 members", ["browser=Edge", "members=2"]),
    ("tried chrome 3 times", ["tried=tried chrome 3 times"]),
    # devices
    ("ipad safari", ["device=iPad", "browser=Safari"]),
    ("safari on a mac", ["browser=Safari", "device=Mac"]),
    ("chrome on windows 11", ["browser=Chrome", "device=Windows"]),
    ("two windows open", []),
    ("i phone them daily", []),
    # what it is not
    ("not chrome", ["!browser=Chrome"]),
    ("not in chrome", ["!browser=Chrome"]),
    ("isn't edge, it's firefox", ["!browser=Edge", "browser=Firefox"]),
    ("edge not chrome", ["browser=Edge", "!browser=Chrome"]),
    ("firefox instead of chrome", ["browser=Firefox", "!browser=Chrome"]),
    ("i meant firefox not chrome", ["browser=Firefox", "!browser=Chrome"]),
    ("it's not using chrome", ["!browser=Chrome"]),
    ("no, edge", ["browser=Edge"]),
    ("doesn't work in chrome", ["browser=Chrome"]),
    ("cant open it in chrome", ["browser=Chrome"]),
    ("not sure if chrome or edge", ["browser=Chrome", "browser=Edge"]),
    ("not only chrome", ["browser=Chrome"]),
    # systems
    ("agnet portal", ["system=Agent Portal"]),
    ("the agent portal", ["system=Agent Portal"]),
    ("agent protal", ["system=Agent Portal"]),
    ("portal logs me out", ["system=Agent Portal"]),
    ("the portal", ["system=Agent Portal"]),
    ("kynect", ["system=kynect"]),
    ("kinect is down", ["system=kynect"]),
    ("kynect on demand", ["system=kynect On Demand"]),
    ("od tab is gone", ["screen=kynect On Demand tab"]),
    ("kog", ["system=Kentucky Online Gateway (KOG)"]),
    ("kentucky online gateway", ["system=Kentucky Online Gateway (KOG)"]),
    ("the gateway", ["system=Kentucky Online Gateway (KOG)"]),
    ("kynect benefits", ["system=kynect benefits"]),
    ("medicaid portal", ["system=Medicaid portal"]),
    ("anthem portal", ["system=carrier portal"]),
    ("agent portal not kynect", ["system=Agent Portal", "!system=kynect"]),
    ("the issue tracker form", ["system=Open Enrollment Issue Tracker"]),
    ("no portal", []),
    # languages
    ("speaks spanish", ["language=Spanish"]),
    ("spanish and arabic", ["language=Spanish", "language=Arabic"]),
    ("i speak karen", ["language=Karen"]),
    ("karen called me", []),
    ("polish the draft", []),
    ("she prefers polish", ["language=Polish"]),
    ("sign language", ["language=American Sign Language (ASL)"]),
    ("nepali speaking client", ["language=Nepali"]),
]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_names_are_read_and_set_aside(told, text: str, expected: list[str]) -> None:
    assert told(text) == expected
