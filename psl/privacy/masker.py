"""Mask a message before anything is stored, logged or understood.

Source: 45 CFR 155.260 binds kynect agents (PUBLIC); what is removed, and that the person is told
once and plainly, is this product's rule. Built on Presidio's ``AnalyzerEngine`` with our own
recognisers only: deterministic, no model, no network.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from psl.privacy.folding import fold
from psl.privacy.kinds import DOUBTFUL, MARKS, NAMES, RANK

#: What the assistant can have asked for; any of them keeps a bare 9-digit number.
IDENTIFIERS: Final = frozenset(
    {"case_number", "application_number", "doi_number", "npn", "ticket_number", "phone"}
)

#: Masking looks again at its own result until nothing more is found; more rounds than this have
#: never been seen to matter.
_ROUNDS: Final = 12


@dataclass(frozen=True, slots=True)
class Masked:
    """A message as it may be stored.

    ``removed`` names what was removed, each kind once, in the order of the message.
    ``doubtful_number``: a bare 9-digit number went only because nothing said what it was.
    """

    text: str
    removed: tuple[str, ...] = ()
    doubtful_number: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything was removed."""
        return bool(self.removed) or self.doubtful_number


class Masker:
    """Removes private values from messages. Make one and keep it; it holds no message."""

    def __init__(self) -> None:
        # Presidio and spaCy take a second to import: only who masks pays for it, not who logs.
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry

        from psl.privacy.reading import CueEngine
        from psl.privacy.recognisers.all import NoEnhancer, all_recognisers

        self._engine = AnalyzerEngine(
            registry=RecognizerRegistry(all_recognisers(), supported_languages=["en"]),
            nlp_engine=CueEngine(),
            supported_languages=["en"],
            context_aware_enhancer=NoEnhancer(),
        )

    def mask(self, text: str, *, expecting: Collection[str] = frozenset()) -> Masked:
        """``text`` with every private value replaced by its mark; all else is untouched.

        ``expecting``: the identifiers which the assistant has just asked for.
        """
        context = sorted(IDENTIFIERS.intersection(expecting))
        kinds: list[tuple[int, str]] = []
        for _ in range(_ROUNDS):
            spans = self._find(text, context)
            if not spans:
                break
            text, kinds = _replace(text, spans, kinds)
        found = [kind for _, kind in sorted(kinds)]
        return Masked(
            text,
            tuple(dict.fromkeys(kind for kind in found if kind != DOUBTFUL)),
            DOUBTFUL in found,
        )

    def _find(self, text: str, context: list[str]) -> list[tuple[int, int, str]]:
        """Stretches of ``text`` to remove, in order, none touching another."""
        folded = fold(text)
        if not folded.text:
            return []
        results = self._engine.analyze(folded.text, language="en", context=context)
        spans = sorted(
            (*folded.original_span(result.start, result.end), result.entity_type)
            for result in results
        )
        merged: list[tuple[int, int, str]] = []
        for start, end, kind in spans:
            if merged and start < merged[-1][1]:
                last_start, last_end, last_kind = merged[-1]
                merged[-1] = (
                    last_start,
                    max(end, last_end),
                    min(kind, last_kind, key=RANK.__getitem__),
                )
            else:
                merged.append((start, end, kind))
        return merged


def _replace(
    text: str, spans: list[tuple[int, int, str]], earlier: list[tuple[int, str]]
) -> tuple[str, list[tuple[int, str]]]:
    """The text with marks, and where each mark (old and new) now stands."""
    parts: list[str] = []
    places: list[tuple[int, str]] = []
    done = length = 0
    queue = sorted(earlier)
    for start, end, kind in spans:
        while queue and queue[0][0] < start:
            place, old = queue.pop(0)
            places.append((length + place - done, old))
        mark = MARKS[kind]
        parts += (text[done:start], mark)
        length += start - done
        places.append((length, kind))
        length += len(mark)
        done = end
    places += [(length + place - done, old) for place, old in queue]
    parts.append(text[done:])
    return "".join(parts), places


def notice(masked: Masked) -> str | None:
    """One plain, kind line about what was removed; ``None`` if nothing was."""
    if not masked.changed:
        return None
    names = [NAMES[kind] for kind in masked.removed]
    if masked.doubtful_number:
        names.append("a 9-digit number that could be a Social Security number")
    listed = names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
    them = "it" if len(names) == 1 else "them"
    line = f"I removed {listed} before anything was stored; PSL and this chat don't need {them}."
    if masked.doubtful_number:
        if not masked.removed:
            line = f"I removed {listed} before anything was stored."
        line += " If that was a case number, send it as: case 123456789"
    return line
