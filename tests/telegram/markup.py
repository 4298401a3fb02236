"""Formatted text as the Bot API reads it: HTML and MarkdownV2 become plain text and entities."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

Entity = dict[str, Any]

_TAGS: Final = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
}
_NAMED: Final = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
_REFERENCE: Final = re.compile(r"&(?:(lt|gt|amp|quot)|#([0-9]{1,7})|#x([0-9a-fA-F]{1,6}));")
_TAG_NAME: Final = re.compile(r"[A-Za-z0-9-]*")
_ATTRIBUTE: Final = re.compile(
    r"""\s+([A-Za-z0-9-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?"""
)
_ADDRESS: Final = re.compile(
    r"(?:https?|tg)://\S|(?:mailto|tel):\S|[\w-]+(?:\.[\w-]+)+", re.IGNORECASE
)
_RESERVED: Final = frozenset("_*[]()~`>#+-=|{}.!")
_MARKS: Final = {
    "*": "bold",
    "_": "italic",
    "__": "underline",
    "~": "strikethrough",
    "||": "spoiler",
}
_EMOJI_URL: Final = re.compile(r"tg://emoji\?id=([0-9]+)")


class Unreadable(Exception):
    """The text cannot be parsed; the message is what Telegram says after "can't parse entities"."""


@dataclass
class Formatted:
    """Text without markup. ``remarks`` is what the documentation forbids and the server takes."""

    text: str
    entities: list[Entity] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


@dataclass
class _Open:
    name: str
    start: int
    offset: int
    attributes: dict[str, str] = field(default_factory=dict)
    language: str = ""
    inner_end: int = -1


def utf16(text: str) -> int:
    """The length in UTF-16 code units, in which Telegram counts."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(source: str, parse_mode: str) -> Formatted:
    """Read ``source``, without white space around it.

    Args:
        source: the text as sent.
        parse_mode: one of MODES, in any case.

    Raises:
        Unreadable: it is not correct in that mode.
    """
    return _trimmed(MODES[parse_mode.lower()](source).read())


def _trimmed(read: Formatted) -> Formatted:
    kept = read.text.rstrip()
    end = utf16(kept)
    start = end - utf16(kept.lstrip())
    entities = []
    for entity in read.entities:
        first = max(entity["offset"], start)
        length = min(entity["offset"] + entity["length"], end) - first
        if length > 0:
            entities.append({**entity, "offset": first - start, "length": length})
    entities.sort(key=lambda e: (e["offset"], -e["length"]))
    return Formatted(kept.lstrip(), entities, read.remarks)


class _Reader:
    """What all modes share: the place in the source, what was read, what is still open."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.place = 0
        self.length = 0
        self.out: list[str] = []
        self.open: list[_Open] = []
        self.entities: list[Entity] = []
        self.remarks: list[str] = []

    def read(self) -> Formatted:
        while self.place < len(self.source):
            self.step()
        self.finish()
        return Formatted("".join(self.out), self.entities, self.remarks)

    def step(self) -> None:
        raise NotImplementedError

    def finish(self) -> None:
        """Called at the end of the source."""

    def put(self, text: str, consumed: int) -> None:
        self.out.append(text)
        self.length += utf16(text)
        self.place += consumed

    def emit(self, kind: str, start: int, **more: str) -> None:
        if self.length > start:
            length = self.length - start
            self.entities.append({"type": kind, "offset": start, "length": length, **more})

    def remark(self, text: str) -> None:
        if text not in self.remarks:
            self.remarks.append(text)

    def offset(self) -> int:
        return len(self.source[: self.place].encode())

    def fail(self, text: str) -> NoReturn:
        raise Unreadable(f"{text} at byte offset {self.offset()}")


class _Plain(_Reader):
    def step(self) -> None:
        self.put(self.source, len(self.source))


class _Html(_Reader):
    def step(self) -> None:
        char = self.source[self.place]
        if char == "<":
            if self.source.startswith("</", self.place):
                self.end_tag()
            else:
                self.start_tag()
        elif char == "&":
            self.reference()
        else:
            if char == ">":
                self.remark("a > that is not escaped")
            self.put(char, 1)

    def finish(self) -> None:
        if self.open:
            last = self.open[-1]
            raise Unreadable(
                f'Can\'t find end tag corresponding to start tag "{last.name}"'
                f" at byte offset {last.offset}"
            )

    def reference(self) -> None:
        found = _REFERENCE.match(self.source, self.place)
        if found is None:
            self.remark("an & that is not escaped")
            self.put("&", 1)
            return
        name, decimal, hexadecimal = found.groups()
        number = int(decimal or hexadecimal or "0", 10 if decimal else 16)
        if name:
            self.put(_NAMED[name], len(found[0]))
        elif 0 < number <= 0x10FFFF and not 0xD800 <= number < 0xE000:
            self.put(chr(number), len(found[0]))
        else:
            self.put(found[0], len(found[0]))

    def start_tag(self) -> None:
        named = _TAG_NAME.match(self.source, self.place + 1)
        name = named[0].lower() if named else ""
        if name not in _TAGS:
            self.fail(f'Unsupported start tag "{name}"')
        place = self.place + 1 + len(name)
        attributes: dict[str, str] = {}
        while found := _ATTRIBUTE.match(self.source, place):
            attributes[found[1].lower()] = _unescaped(found[2] or found[3] or found[4] or "")
            place = found.end()
        while place < len(self.source) and self.source[place].isspace():
            place += 1
        if not self.source.startswith(">", place):
            self.fail("Unclosed start tag")
        if name == "span" and attributes.get("class") != "tg-spoiler":
            self.fail('Tag "span" must have class "tg-spoiler"')
        if name == "tg-emoji" and not attributes.get("emoji-id", "").isdigit():
            self.fail("Custom emoji identifier is invalid")
        outer = {opened.name for opened in self.open}
        if outer & {"code", "pre"} and not (name == "code" and outer == {"pre"}):
            self.remark(f"<{name}> inside code")
        if name == "blockquote" and "blockquote" in outer:
            self.remark("a quote inside a quote")
        self.open.append(_Open(name, self.length, self.offset(), attributes))
        self.place = place + 1

    def end_tag(self) -> None:
        end = self.source.find(">", self.place)
        if end < 0:
            self.fail("Unclosed end tag")
        if not self.open:
            self.fail("Unexpected end tag")
        name = self.source[self.place + 2 : end].strip().lower()
        tag = self.open[-1]
        if name and name != tag.name:
            raise Unreadable(
                f"Unmatched end tag at byte offset {self.offset()}, "
                f'expected "</{tag.name}>", found "</{name}>"'
            )
        self.open.pop()
        self.place = end + 1
        self.close(tag)

    def close(self, tag: _Open) -> None:
        kind = _TAGS[tag.name]
        if tag.name == "code" and self.open and self.open[-1].name == "pre":
            outer = self.open[-1]
            language = tag.attributes.get("class", "")
            if outer.start == tag.start and language.startswith("language-"):
                outer.language, outer.inner_end = language.removeprefix("language-"), self.length
                return
        if kind == "pre" and tag.inner_end == self.length:
            self.emit(kind, tag.start, language=tag.language)
        elif kind == "text_link":
            url = tag.attributes.get("href", "")
            if url:
                self.emit(kind, tag.start, url=url)
            if not _ADDRESS.match(url):
                self.remark(f"a link that leads nowhere: {url!r}")
        elif kind == "custom_emoji":
            self.emit(kind, tag.start, custom_emoji_id=tag.attributes["emoji-id"])
        elif kind == "blockquote" and "expandable" in tag.attributes:
            self.emit("expandable_blockquote", tag.start)
        else:
            self.emit(kind, tag.start)


def _unescaped(value: str) -> str:
    plain = _Html(value.replace("<", "&lt;"))
    return plain.read().text


class _Markdown(_Reader):
    def step(self) -> None:
        source, place = self.source, self.place
        char = source[place]
        inside = self.open[-1].name if self.open else ""
        if char == "\\" and place + 1 < len(source) and ord(source[place + 1]) < 127:
            self.put(source[place + 1], 2)
        elif inside in ("code", "pre"):
            self.in_code(inside)
        elif self.at_line_start() and self.quote():
            return
        elif char == "\n":
            self.end_of_line()
        elif source.startswith("```", place):
            self.start_pre()
        elif char == "`":
            self.push("code", 1)
        elif char == "[":
            self.push("text_link", 1)
        elif source.startswith("![", place):
            self.push("custom_emoji", 2)
        elif char == "]" and inside in ("text_link", "custom_emoji"):
            self.target()
        elif (mark := source[place : place + 2]) in _MARKS or (mark := char) in _MARKS:
            self.mark(mark)
        elif char in _RESERVED:
            raise Unreadable(
                f"Character '{char}' is reserved and must be escaped with the preceding '\\'"
            )
        else:
            self.put(char, 1)

    def finish(self) -> None:
        self.end_quote()
        if self.open:
            last = self.open[-1]
            name = last.name.replace("_", " ").title().replace(" ", "")
            raise Unreadable(f"Can't find end of {name} entity at byte offset {last.offset}")

    def push(self, name: str, consumed: int) -> None:
        self.open.append(_Open(name, self.length, self.offset()))
        self.place += consumed

    def pop(self, consumed: int, **more: str) -> None:
        opened = self.open.pop()
        self.place += consumed
        self.emit(opened.name, opened.start, **more)

    def mark(self, mark: str) -> None:
        kind = _MARKS[mark]
        if mark == "||" and self.open and self.open[-1].name == "blockquote":
            after = self.source[self.place + 2 : self.place + 3]
            if after in ("", "\n"):
                self.open[-1].name = "expandable_blockquote"
                self.place += 2
                return
        if self.open and self.open[-1].name == kind:
            self.pop(len(mark))
        elif any(opened.name == kind for opened in self.open):
            self.fail(f"Can't find end of the entity before {mark}")
        else:
            self.push(kind, len(mark))

    def in_code(self, inside: str) -> None:
        fence = "`" if inside == "code" else "```"
        if self.source.startswith(fence, self.place):
            language = self.open[-1].language
            self.pop(len(fence), **({"language": language} if language else {}))
        else:
            self.put(self.source[self.place], 1)

    def start_pre(self) -> None:
        found = re.compile(r"```([^\s`]*)(?=\n)\n?").match(self.source, self.place)
        self.push("pre", len(found[0]) if found else 3)
        self.open[-1].language = found[1] if found else ""

    def target(self) -> None:
        if not self.source.startswith("(", self.place + 1):
            self.fail("Can't find the address of a link")
        end = self.place + 2
        while end < len(self.source) and self.source[end] != ")":
            end += 2 if self.source[end] == "\\" else 1
        if end >= len(self.source):
            self.fail("Can't find end of a URL")
        url = re.sub(r"\\(.)", r"\1", self.source[self.place + 2 : end])
        consumed = end + 1 - self.place
        if self.open[-1].name == "text_link":
            self.pop(consumed, url=url)
            return
        emoji = _EMOJI_URL.fullmatch(url)
        if emoji is None:
            self.fail("Custom emoji URL must have an emoji identifier")
        self.pop(consumed, custom_emoji_id=emoji[1])

    def at_line_start(self) -> bool:
        return self.place == 0 or self.source[self.place - 1] == "\n"

    def quoted(self) -> bool:
        return bool(self.open) and self.open[0].name.endswith("blockquote")

    def quote(self) -> bool:
        """A quote's mark at the start of a line is read; False if there is none."""
        if self.source.startswith("**>", self.place) and not self.quoted():
            self.push("blockquote", 3)
        elif self.source.startswith(">", self.place):
            if self.quoted():
                self.place += 1
            else:
                self.push("blockquote", 1)
        else:
            return False
        return True

    def end_of_line(self) -> None:
        if not self.source.startswith(">", self.place + 1):
            self.end_quote()
        self.put("\n", 1)

    def end_quote(self) -> None:
        if len(self.open) == 1 and self.quoted():
            self.pop(0)


# Not "Markdown": it is Telegram's legacy, and a new bot should not use it.
MODES: Final = {"": _Plain, "html": _Html, "markdownv2": _Markdown}
