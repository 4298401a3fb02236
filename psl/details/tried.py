"""Troubleshooting already attempted, each step a phrase: "cleared cache; logged out and back in"."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from psl.details.bags import bag
from psl.details.candidate import Candidate, candidate
from psl.details.extent import ends_clause
from psl.details.words import Words

# group "step": how a step begins
STEP_PATTERNS: tuple[str, ...] = (
    "cleared|deleted|emptied|wiped|dumped out? all? {a}? browser|chrome|edge? cache|cookies|history|browsing|temp",
    "cleared everything|data|browser|all",
    "clearing|deleting|emptying {a}? cache|cookies|history",
    "cache|cookies cleared|deleted",
    "restarted|refreshed|reloaded|relogged|reinstalled|uninstalled|unplugged",
    "hard refresh|refreshed|reset|restart",
    "did a hard? refresh|restart|reset|reload",
    "logged|signed|logging|signing out|off and|& back",
    "logged|signed out|off",
    "logged|signed back in|on",
    "relogged in",
    "tried|retried|trying",
    "used incognito|inprivate|private|another|different|2|3|4|both",
    "used a different|private|second",
    "went incognito|private",
    "in incognito|inprivate too|also|as",
    "switched browsers|browser|to|from|computers|devices|computer",
    "changed browsers|computers|networks",
    "updated {a}? browser|chrome|edge|firefox|safari|windows|computer",
    "reset {a}? browser|password|modem|router|internet|connection|chrome",
    "disabled|removed {a}? extension|extensions|popup|pop|adblock|ad|vpn|blocker",
    "turned|turn off {a}? popup|pop|vpn|adblock|ad|extensions|blocker",
    "allowed popups|pop",
    "closed and reopened|opened",
    "closed out|everything|all",
    "closed {a}? browser|chrome|edge|firefox|safari|tab|window|app and reopened|opened|restarted",
    "reopened it|{a}",
    "waited",
    "resubmitted|reuploaded|resaved|reentered",
    "re submitted|uploaded|saved|entered|did|logged|tried|started|booted",
    "deleted and re|readded|reentered|entered",
    "removed and readded|added|re",
    "started over",
    "double checked",
    "checked {a}? internet|connection|wifi|spelling|dates|popup",
    "same in|on|with chrome|edge|firefox|safari|incognito|another",
    "asked a colleague|coworker|client to try",
    "had her|him|them|client try|clear|log|restart",
)
# group "untried": nothing was attempted
UNTRIED_PATTERNS: tuple[str, ...] = (
    "haven't|didn't|hasn't|not try|tried anything|any|much yet|else?",
    "have|has|did not try|tried anything|any|much yet?",
    "nothing tried yet|so?",
    "no troubleshooting yet|done|so|tried|attempted",
    "no troubleshooting",
    "tried nothing",
    "haven't troubleshot|troubleshooted yet?",
    "haven't done any troubleshooting",
    "did no troubleshooting",
)
NOTHING = "nothing yet"

# Systems and pages do things too: "the portal restarted", "it logged out".
_THINGS = bag(
    """
    it portal system kynect page screen site gets is keeps kog me her him them automatically
    randomly kynect's that which website browser app session tab auto
    """
)
_NEVER_BEFORE = frozenset({"get", "gets", "getting", "being", "to", "if", "or"})
_BEGINNINGS = bag("and & , . ; : - ! ? then + / not didn't haven't never • after tried trying") | {
    "",
    "\n",
}
_LEADS = bag("already i we i've we've have has also even just then both us had so far did")
_DEVICES = bag(
    """
    browser browsers computer computers laptop device devices phone machine tablet ipad iphone
    chrome edge firefox safari opera brave explorer mac windows vpn wifi hotspot network mobile
    internet
    """
)
# "tried to …" tells the task, unless it goes on with one of these.
_REMEDIES = _DEVICES | bag(
    """
    again different another refresh refreshing clear clearing cleared cache cookies restart
    restarting restarted refreshed reset resetting incognito inprivate private reload reloading
    reinstall reinstalling twice times disabling
    """
)
_HELPFUL = _REMEDIES | bag(
    """
    other both log logging sign signing login everything once several multiple everywhere
    turning closing
    """
)
# A step that could be another's doing, unless one of these, or a clause, begins before it.
_DONE_BY_AGENT = frozenset({"logged", "signed", "logging", "signing", "reset", "closed", "waited"})
_DONE_BY_AGENT |= {"switched", "removed"}
_BREAKS = bag(
    """
    but still same no nothing when whenever because and which where while so luck issue result
    however didn't doesn't won't can't neither none every it's though now as since what
    """
) - {
    "and",
    "as",
    "no",
}
_GO_ON = bag(
    """
    cookies cache history back restarted restarting tried retried then edge chrome firefox
    safari another different other incognito inprivate private computer laptop phone ipad again
    logged signed even browsing opened reopened refreshed re reentered readded resubmitted
    reuploaded cleared clearing deleted used switched rebooted computers devices in on out from
    my both reset updated temp files restart on waited with mobile closed hotspot opera mac
    """
)
_BROWSERS = frozenset({"chrome", "edge", "firefox", "safari", "opera"})
_CACHES = frozenset({"cookies", "cache", "history"})
_LONGEST = 14


def read_tried(words: Words, stops: Collection[int]) -> Iterator[Candidate]:
    """What was attempted; steps told one after another are one detail."""
    for hit in words.longest("untried"):
        j = hit.j
        while words.norm(j) in ("yet", "so", "far", "else"):
            j += 1
        yield candidate(words, "tried", NOTHING, hit.i, j, lead=hit.i)
    run: list[tuple[int, int]] = []
    negated = False
    free = 0
    for hit in words.longest("step"):
        if hit.i < free:
            continue
        step = _step(words, hit.i, hit.j, stops)
        if step is None:
            continue
        i, j, no = step
        if run and (not _joined(words, run[-1][1], i) or no != negated):
            yield _detail(words, run, negated)
            run = []
        run.append((i, j))
        negated, free = no, j
    if run:
        yield _detail(words, run, negated)


def _detail(words: Words, run: list[tuple[int, int]], negated: bool) -> Candidate:
    parts = []
    for i, j in run:
        start = i
        while start < j - 1 and words.norm(start) in _LEADS:
            start += 1
        parts.append(words.written(start, j))
    first, last = run[0][0], run[-1][1]
    return candidate(words, "tried", "; ".join(parts), first, last, lead=first, negated=negated)


def _joined(words: Words, j: int, i: int) -> bool:
    """Whether nothing but a comma, "and" or the like stands between two steps."""
    between = words.norms[j:i]
    return len(between) <= 4 and all(
        norm
        in (
            ",",
            "and",
            "&",
            "then",
            ";",
            "/",
            "+",
            "also",
            "plus",
            "i",
            "we",
            "even",
            "or",
            "•",
            "-",
        )
        for norm in between
    )


def _step(words: Words, i: int, j: int, stops: Collection[int]) -> tuple[int, int, bool] | None:
    """The step that begins at ``i``: its first word, its end, and whether it was *not* done."""
    head, before = words.norm(i), words.norm(i - 1)
    if before in _NEVER_BEFORE or words.norm(i - 2) in ("is", "are", "gets"):
        return None
    if head in _DONE_BY_AGENT and not (before in _LEADS or before in _BEGINNINGS):
        return None
    if head in ("restarted", "refreshed", "reloaded") and before in _THINGS:
        return None
    end = _end(words, i, j, stops)
    rest = set(words.norms[i + 1 : end])
    if head in ("tried", "retried", "trying"):
        # "tried to submit and got an error" is no remedy
        if not rest & (_REMEDIES if words.norm(i + 1) == "to" else _HELPFUL):
            return None
    elif head in ("logged", "signed"):
        if rest & {"me", "us"} or "the" in words.norms[j : j + 2]:
            return None
    elif head == "waited":
        if not any(norm.isdecimal() for norm in rest):
            return None
    elif head == "switched" and rest & {"to", "from"} and not rest & _DEVICES:
        return None
    start = i
    if words.norm(start - 1) in ("tried", "trying"):
        start -= 1
    while start > 0 and words.norm(start - 1) in _LEADS and not ends_clause(words, start - 1):
        start -= 1
    negated = words.norm(start - 1) in ("haven't", "didn't", "hasn't", "never", "not")
    while start < i and words.norm(start) in ("then", "so", "far", "us", "both"):
        start += 1
    return start, end, negated


def _end(words: Words, i: int, j: int, stops: Collection[int]) -> int:
    end = j
    names = {k for k in stops if k < len(words)}
    while end < len(words) and end - i < _LONGEST:
        norm = words.norm(end)
        if ends_clause(words, end) or norm in (",", "(", ")", "—", "/"):
            after = words.norm(end + 1) if norm == "," else ""
            browsers = words.norm(i) in ("tried", "used") and after in _BROWSERS
            if not (browsers or after in _CACHES):
                break
        if norm in _BREAKS or (
            norm == "no" and words.norm(end + 1) in ("luck", "change", "difference", "good", "help")
        ):
            break
        if end in names and end > j:
            break
        if norm in ("and", "&") and words.norm(end + 1) not in _GO_ON:
            break
        if norm in ("and", "&", "then", "also") and words.beginning("step", end + 1) is not None:
            break
        if (
            end > i
            and words.beginning("step", end) is not None
            and end >= j
            and norm not in ("in", "on")
        ):
            break
        if norm in ("-", "–") and not words.glued(end):
            break
        end += 1
    end = max(end, j)
    while end > j and words.norm(end - 1) in (
        ",",
        "and",
        "&",
        "the",
        "on",
        "in",
        "also",
        "already",
        "then",
        "i",
        "we",
        "-",
    ):
        if words.norm(end - 1) in ("on", "in") and words.norm(end - 2) == "back":
            break
        end -= 1
    return end
