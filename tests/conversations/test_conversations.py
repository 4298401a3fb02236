"""Whole conversations through the real model, real actions and a real database.

Each YAML file beside this one holds conversations of one kind: happy paths, corrections,
cancellations, digressions, invalid input, guards.

    - id: ticket_corrected
      as: agent            # agent | guest
      turns:
        - say: "..."       # or press: "title of a button just offered"
          expect: [regular expressions, all found in the reply, ignoring case]
          never: [regular expressions, none found]
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.stack import Stack

HERE = Path(__file__).parent
CONVERSATIONS = [
    pytest.param(entry, id=f"{path.stem}-{entry['id']}")
    for path in sorted(HERE.glob("*.yml"))
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("conversation", CONVERSATIONS)
async def test_conversation(conversation: dict[str, Any], stack: Stack) -> None:
    chat = stack.new_chat()
    if conversation["as"] == "agent":
        await stack.link(chat)
    offered: dict[str, str] = {}
    for number, turn in enumerate(conversation["turns"], 1):
        if "press" in turn:
            assert turn["press"] in offered, (
                f"turn {number}: no button {turn['press']} in {list(offered)}"
            )
            sent = offered[turn["press"]]
        else:
            sent = str(turn["say"])
        replies = await stack.brain.handle(chat, sent)
        text = "\n".join(reply.text for reply in replies)
        offered = {title: token for reply in replies for title, token in reply.buttons}
        told = f"turn {number}, {turn.get('say') or turn.get('press')!r} was answered:\n{text}"
        for pattern in turn.get("expect", []):
            assert re.search(pattern, text, re.IGNORECASE), f"{pattern} is missing. {told}"
        for pattern in turn.get("never", []):
            assert not re.search(pattern, text, re.IGNORECASE), (
                f"{pattern} must not be there. {told}"
            )
        for title in turn.get("buttons", []):
            assert title in offered, f"no button {title}. {told}\n{list(offered)}"
