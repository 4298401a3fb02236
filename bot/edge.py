"""What is done to a message before anything understands it: cleaning, commands, link codes."""

from __future__ import annotations

import re
import unicodedata

from psl.agents.service import CODE_LETTERS

_LINK = re.compile(
    r"^\W*(?:please\s+)?(?:link|/link|/start)\b"
    r"(?:\s+(?:me|this chat|code|my code(?: is)?))?\s*[:#-]?\s*"
    r"([A-Za-z0-9]{4}[\s-]?[A-Za-z0-9]{4})[\s.!]*$",
    re.IGNORECASE,
)
_THUMBS = {"👍": "yes", "👎": "no", "✅": "done", "❌": "no", "👌": "yes"}
_LEADING_SLASHES = re.compile(r"^[\s/]+")
# What somebody may type with a slash; the payloads behind buttons cannot be typed.
COMMANDS = {
    "start": "/greet",
    "help": "/ask_capabilities",
    "checklist": "/start_before_call",
    "ticket": "/start_ticket",
    "tickets": "/list_tickets",
    "todo": "/show_todo",
    "referrals": "/show_my_referrals",
    "availability": "/show_availability",
    "register": "/start_registration",
    "link": "/ask_how_link",
    "unlink": "/unlink",
    "human": "/ask_human",
    "cancel": "/cancel",
}


def clean(text: str) -> str:
    """The text without control characters, in one Unicode form; tabs become spaces."""
    normal = unicodedata.normalize("NFC", text.replace("\t", " "))
    kept = "".join(
        ch
        for ch in normal
        if ch == "\n" or unicodedata.category(ch) not in {"Cc", "Cs", "Co", "Cn"}
    )
    return kept.strip()


def as_words(text: str) -> str:
    """A lone thumb or tick as the word it stands for."""
    bare = "".join(ch for ch in text if not 0x1F3FB <= ord(ch) <= 0x1F3FF and ch != "\ufe0f")
    return _THUMBS.get(bare.strip(), text)


def has_words(text: str) -> bool:
    """Whether there is a letter or digit to read."""
    return any(ch.isalnum() for ch in text)


def link_code(text: str) -> str | None:
    """The code of "link ABCD-EFGH"; None when the message is anything else."""
    found = _LINK.match(text)
    if found is None:
        return None
    code = found.group(1)
    # "link password" is not a code: codes have no vowels, and people copy capitals and the hyphen.
    spelt = {ch for ch in code.upper() if ch.isalnum()}
    likely = any(ch.isdigit() for ch in code) or code.isupper() or "-" in code
    return code if likely or spelt <= set(CODE_LETTERS) else None


def command(text: str) -> str | None:
    """The payload of a typed slash command; None when it is none of ours."""
    found = re.match(r"^/([a-z_]+)(?:@\w+)?\s*$", text.strip(), re.IGNORECASE)
    return COMMANDS.get(found.group(1).lower()) if found else None


def without_slash(text: str) -> str:
    """Text that Rasa cannot take for a payload: only buttons and commands may start with "/"."""
    # Rasa strips every kind of white space before it looks for the slash, so all of it goes here.
    return _LEADING_SLASHES.sub("", text) or "?"
