"""Screenshots: only pixels are kept, each once, with the ticket they belong to, for its owner."""

from __future__ import annotations

import hashlib
import io
import os
import random
import stat
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import ExifTags, Image
from sqlalchemy import func, select

from bot.purge import purge
from psl.attachments import LEFT_OVER, WAITS, Attachment, Attachments
from psl.errors import BadInput, IllegalMove, NotYours
from psl.pictures import redrawn
from psl.tickets.rules import Actor, Status
from psl.tickets.service import NewIssue, Owner
from tests.pictures import SECRET, drawn, encoded, opened, screenshot, telling

DETAILS = {
    "what_happened": "the page freezes",
    "case_number": "118600001",
    "system": "kynect",
    "screen": "Signature",
    "error": "AP-77",
    "browser": "Edge",
    "members": "1",
    "enrollment": "none",
    "tried": "nothing yet",
}


ENDS = {"image/png": b"IEND\xaeB`\x82", "image/jpeg": b"\xff\xd9"}


def draft_of(world, owner: Owner):
    (draft,) = world.tickets.start(owner, [NewIssue(words="the page freezes", details=DETAILS)])
    return draft


def files(world) -> list[Path]:
    return [path for path in (world.settings.data_dir / "attachments").rglob("*") if path.is_file()]


def rows(world) -> int:
    with world.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Attachment)) or 0


def with_settings(world, **changed: int) -> Attachments:
    return Attachments(world.database, world.settings.model_copy(update=changed), world.tickets)


def small(data: bytes, side: int = 400):
    return redrawn(data, most_bytes=10**7, most_pixels=10**6, side=side)


# What is kept of a picture ------------------------------------------------------------------------


def test_the_file_is_what_the_row_says_and_for_its_user_alone(each_world) -> None:
    kept = each_world.attachments.add(
        each_world.robin, "C:\\Users\\me/desk\u202etop.png", screenshot()
    )
    path = each_world.attachments.path(kept)
    data = path.read_bytes()
    assert path == (
        each_world.settings.data_dir / "attachments" / kept.sha256[:2] / f"{kept.sha256}.png"
    )
    assert (kept.sha256, kept.size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert (kept.name, kept.media_type) == ("desktop.png", "image/png")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert files(each_world) == [path]
    assert opened(data).size == (60, 40)


@pytest.mark.parametrize(
    "name, kept",
    [("", "screenshot"), ("a/b/", "screenshot"), ("ä" * 300, "ä" * 120)],
    ids=["none", "folders only", "long"],
)
def test_names(world, name: str, kept: str) -> None:
    assert world.attachments.add(world.robin, name, screenshot()).name == kept


@pytest.mark.parametrize(
    "kind, media_type", [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/png")]
)
def test_upright_and_without_a_word(kind: str, media_type: str) -> None:
    sent = telling(kind)
    assert SECRET.encode() in sent and Image.open(io.BytesIO(sent)).getexif()
    picture = small(sent)
    shown = opened(picture.data)
    assert picture.media_type == media_type and shown.format == media_type[6:].upper()
    assert shown.size == (40, 60), "turned as the camera was held"
    red, green, blue = shown.convert("RGB").getpixel((38, 2))
    assert min(red, green, blue) > 200, "the white corner is at the upper right"
    exif = shown.getexif()
    assert not exif and not exif.get_ifd(ExifTags.IFD.GPSInfo)
    assert set(shown.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    for trace in (SECRET, "script", "xmp", "Exif"):
        assert trace.encode() not in picture.data
    assert picture.data.endswith(ENDS[media_type]), "nothing behind it"


def test_a_large_one_is_made_smaller(world) -> None:
    attachments = with_settings(world, attachment_side=30)
    kept = attachments.add(world.robin, "a.png", encoded(drawn(size=(60, 40))))
    assert opened(attachments.path(kept).read_bytes()).size == (30, 20)
    kept = attachments.add(world.robin, "b.png", encoded(drawn(size=(20, 10))))
    assert opened(attachments.path(kept).read_bytes()).size == (20, 10), "never larger"


def test_see_through_grey_and_printers_colours() -> None:
    clear = drawn().convert("RGBA")
    clear.putalpha(0)
    assert opened(small(encoded(clear)).data).getpixel((30, 30))[3] == 0
    assert opened(small(encoded(drawn().convert("P"), transparency=1)).data).mode == "RGBA"
    for mode, kind in (
        ("L", "PNG"),
        ("1", "PNG"),
        ("I;16", "PNG"),
        ("CMYK", "JPEG"),
        ("L", "JPEG"),
    ):
        assert opened(small(encoded(drawn().convert(mode), kind)).data).mode == "RGB"


def test_of_an_animation_the_first_frame() -> None:
    moving = encoded(drawn("red"), "GIF", save_all=True, append_images=[drawn("blue")])
    still = opened(small(moving).data)
    assert still.format == "PNG" and getattr(still, "n_frames", 1) == 1
    red, _, blue = still.convert("RGB").getpixel((50, 30))
    assert red > 200 > blue


def test_what_it_is_is_read_from_it_and_not_from_its_name(world) -> None:
    kept = world.attachments.add(world.robin, "report.pdf", encoded(drawn(), "JPEG"))
    assert kept.media_type == "image/jpeg" and world.attachments.path(kept).suffix == ".jpg"
    with pytest.raises(BadInput, match="as a picture"):
        world.attachments.add(world.robin, "picture.png", b"<script>alert(1)</script>")


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


def many_scans() -> bytes:
    """A JPEG of a few kilobytes that takes a decoder many seconds."""
    data = encoded(Image.new("RGB", (900, 900)), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    return data[:-2] + last * 200 + data[-2:]


HOSTILE = {
    "nothing": (b"", "empty"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "as a picture"),
    "PDF": (b"%PDF-1.7\n1 0 obj\n", "as a picture"),
    "Office": (zipped(), "as a picture"),
    "TIFF": (encoded(drawn(), "TIFF"), "as a picture"),
    "PostScript": (encoded(drawn(), "EPS"), "as a picture"),
    "only a beginning": (screenshot()[:20], "damaged|as a picture"),
    "half a PNG": (encoded(Image.effect_noise((200, 200), 50))[:9_000], "damaged"),
    "half a JPEG": (encoded(Image.effect_noise((200, 200), 50), "JPEG")[:4_000], "damaged"),
    "half a WebP": (encoded(Image.effect_noise((200, 200), 50), "WEBP")[:2_000], "damaged|as a pic"),
    "bomb": (encoded(Image.new("1", (20_000, 20_000))), "more pixels"),
    "just too many pixels": (encoded(Image.new("1", (1_001, 1_000))), "more pixels"),
    "many scans": (many_scans(), "damaged"),
    "too many bytes": (encoded(Image.effect_noise((400, 400), 90)), "larger than I can take"),
}  # fmt: skip


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused_and_leave_nothing(world, case: str) -> None:
    data, why = HOSTILE[case]
    attachments = with_settings(world, attachment_bytes=100_000, attachment_pixels=1_000_000)
    with pytest.raises(BadInput, match=why):
        attachments.add(world.robin, "a.png", data)
    assert not files(world) and not rows(world)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_broken_bytes_are_a_picture_or_refused(kind: str) -> None:
    chance = random.Random(kind)
    whole = encoded(drawn(), kind)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 8)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            picture = small(bytes(data))
        except BadInput:
            continue
        shown = opened(picture.data)
        assert max(shown.size) <= 400 and shown.format in {"PNG", "JPEG"}


# With tickets -------------------------------------------------------------------------------------


def test_with_a_draft_and_on_with_the_ticket(each_world) -> None:
    attachments, robin = each_world.attachments, each_world.robin
    draft = draft_of(each_world, robin)
    kept = attachments.add(robin, "a.png", screenshot())
    assert [a.id for a in attachments.unbound(robin)] == [kept.id]
    bound = attachments.bind(robin, kept.id, draft.id)
    assert (bound.again, bound.first) == (False, True)
    assert attachments.unbound(robin) == []
    ticket = each_world.tickets.submit(robin, draft.id)
    assert [a.id for a in attachments.of_ticket(ticket.id)] == [kept.id]
    assert attachments.counts([ticket.id, ticket.id + 1]) == {ticket.id: 1}
    events = each_world.tickets.history(ticket.id)
    assert [e.action for e in events] == ["drafted", "screenshot attached", "submitted"]
    assert not each_world.tickets.notes(ticket.id)


def test_a_submitted_ticket_takes_it_with_a_note_and_answers_a_question(each_world) -> None:
    attachments, tickets, robin = each_world.attachments, each_world.tickets, each_world.robin
    ticket = tickets.submit(robin, draft_of(each_world, robin).id)
    tickets.move(robin, ticket.id, Status.WAITING_ON_AGENT, Actor.REP, "needs a screenshot")
    bound = attachments.bind(robin, attachments.add(robin, "a.png", screenshot()).id, ticket.id)
    assert bound.ticket.status == Status.IN_PROGRESS
    assert [note.text for note in tickets.notes(ticket.id)] == ["Screenshot added: a.png"]
    attachments.remove(robin, bound.attachment.id)
    assert tickets.notes(ticket.id)[-1].text == "Screenshot removed: a.png"
    assert tickets.history(ticket.id)[-2].action == "screenshot removed"
    assert not files(each_world) and not attachments.of_ticket(ticket.id)


def test_not_with_a_closed_or_dropped_one(each_world) -> None:
    attachments, tickets, robin = each_world.attachments, each_world.tickets, each_world.robin
    dropped, closed = draft_of(each_world, robin), draft_of(each_world, robin)
    tickets.discard(robin, dropped.id)
    tickets.submit(robin, closed.id)
    tickets.move(robin, closed.id, Status.CLOSED, Actor.AGENT, "done")
    kept = attachments.add(robin, "a.png", screenshot())
    for ticket in (dropped, closed):
        with pytest.raises(IllegalMove):
            attachments.bind(robin, kept.id, ticket.id)
        assert attachments.of_ticket(ticket.id) == []
    assert [a.id for a in attachments.unbound(robin)] == [kept.id]


def test_the_same_picture_is_with_a_ticket_once(each_world) -> None:
    attachments, robin = each_world.attachments, each_world.robin
    draft = draft_of(each_world, robin)
    first = attachments.add(robin, "a.png", screenshot())
    assert attachments.add(robin, "again.png", screenshot()).id == first.id, "it waits already"
    attachments.bind(robin, first.id, draft.id)
    second = attachments.add(robin, "b.png", screenshot())
    bound = attachments.bind(robin, second.id, draft.id)
    assert bound.again and bound.attachment.id == first.id
    assert attachments.bind(robin, first.id, draft.id).again, "a button pressed twice"
    assert [a.id for a in attachments.of_ticket(draft.id)] == [first.id]
    assert rows(each_world) == 1 and len(files(each_world)) == 1
    other = draft_of(each_world, robin)
    third = attachments.add(robin, "c.png", screenshot())
    assert not attachments.bind(robin, third.id, other.id).again
    assert rows(each_world) == 2 and len(files(each_world)) == 1, "one file for both"
    attachments.remove(robin, first.id)
    assert attachments.path(third).is_file()
    attachments.remove(robin, third.id)
    assert not files(each_world)


def test_so_many_a_ticket_and_so_many_waiting(each_world) -> None:
    robin, attachments = each_world.robin, with_settings(each_world, attachments_per_ticket=2)
    draft = draft_of(each_world, robin)
    for colour in ("red", "green"):
        attachments.bind(robin, attachments.add(robin, colour, screenshot(colour)).id, draft.id)
    third = attachments.add(robin, "blue", screenshot("blue"))
    with pytest.raises(BadInput, match="2 screenshots"):
        attachments.bind(robin, third.id, draft.id)
    attachments.add(robin, "black", screenshot("black"))
    with pytest.raises(BadInput, match="wait for a ticket"):
        attachments.add(robin, "pink", screenshot("pink"))
    assert len(attachments.of_ticket(draft.id)) == 2 and len(files(each_world)) == 4


def test_it_waits_an_hour_for_a_ticket_of_its_chat(each_world) -> None:
    attachments, robin = each_world.attachments, each_world.robin
    kept = attachments.add(robin, "a.png", screenshot())
    assert attachments.unbound(Owner("web:other", robin.agent_id)) == []
    each_world.clock.advance(seconds=WAITS.total_seconds() - 1)
    assert [a.id for a in attachments.unbound(robin)] == [kept.id]
    each_world.clock.advance(seconds=1)
    assert attachments.unbound(robin) == []


def test_it_goes_over_from_draft_to_draft_but_not_out_of_a_ticket(each_world) -> None:
    attachments, robin = each_world.attachments, each_world.robin
    one, other = draft_of(each_world, robin), draft_of(each_world, robin)
    kept = attachments.add(robin, "a.png", screenshot())
    attachments.bind(robin, kept.id, one.id)
    attachments.bind(robin, kept.id, other.id)
    assert attachments.counts([one.id, other.id]) == {other.id: 1}
    each_world.tickets.submit(robin, other.id)
    with pytest.raises(IllegalMove, match="submitted"):
        attachments.bind(robin, kept.id, one.id)


def test_what_a_replaced_draft_had_goes_to_the_other(each_world) -> None:
    robin, attachments = each_world.robin, with_settings(each_world, attachments_per_ticket=2)
    one, other = draft_of(each_world, robin), draft_of(each_world, robin)
    for draft, colours in ((one, ("red", "green")), (other, ("green", "blue"))):
        for colour in colours:
            attachments.bind(robin, attachments.add(robin, colour, screenshot(colour)).id, draft.id)
    attachments.move(robin, other.id, one.id)
    assert sorted(a.name for a in attachments.of_ticket(one.id)) == ["blue", "green", "red"]
    assert attachments.of_ticket(other.id) == [] and len(files(each_world)) == 3


# Whose it is --------------------------------------------------------------------------------------


def test_nobody_reaches_what_is_not_theirs(each_world) -> None:
    attachments = each_world.attachments
    robin, sam, guest = each_world.robin, each_world.sam, each_world.guest
    mine, theirs = draft_of(each_world, robin), draft_of(each_world, sam)
    kept = attachments.add(robin, "a.png", screenshot())
    for stranger in (sam, guest, Owner(robin.chat)):
        assert attachments.unbound(stranger) == []
        for reach in (attachments.get, attachments.remove):
            with pytest.raises(NotYours):
                reach(stranger, kept.id)
        with pytest.raises(NotYours):
            attachments.bind(stranger, kept.id, mine.id)
        with pytest.raises(NotYours):
            attachments.move(stranger, mine.id, theirs.id)
    with pytest.raises(NotYours):
        attachments.bind(sam, kept.id, theirs.id)
    with pytest.raises(NotYours):
        attachments.bind(robin, kept.id, theirs.id)
    attachments.bind(robin, kept.id, mine.id)
    with pytest.raises(NotYours):
        attachments.move(robin, mine.id, theirs.id)
    with pytest.raises(NotYours):
        attachments.move(sam, mine.id, theirs.id)
    # The same picture sent by another is another's.
    assert attachments.add(sam, "a.png", screenshot()).id != kept.id
    assert [a.id for a in attachments.of_ticket(mine.id)] == [kept.id]


def test_a_guests_pictures_are_the_agents_from_the_link_on(each_world) -> None:
    attachments, guest = each_world.attachments, each_world.guest
    draft = draft_of(each_world, guest)
    bound = attachments.bind(
        guest, attachments.add(guest, "a.png", screenshot("red")).id, draft.id
    ).attachment
    waiting = attachments.add(guest, "b.png", screenshot("blue"))
    each_world.roster.link(guest.chat, each_world.roster.issue_code("700100"))
    linked = Owner(guest.chat, each_world.robin.agent_id)
    assert [a.id for a in attachments.unbound(linked)] == [waiting.id]
    assert attachments.get(each_world.robin, bound.id).id == bound.id
    with pytest.raises(NotYours):
        attachments.get(guest, bound.id)


# Files and rows stay together ---------------------------------------------------------------------


def test_the_same_picture_added_and_removed_at_once(each_world) -> None:
    """A file goes only with its last row, also while another row for it is being written."""
    attachments = each_world.attachments
    data = screenshot()

    def coming_and_going(number: int) -> None:
        owner = Owner(f"web:{number}")
        for _ in range(8):
            kept = attachments.add(owner, "a.png", data)
            assert attachments.path(kept).is_file()
            attachments.remove(owner, kept.id)
        attachments.sweep()
        attachments.add(owner, "a.png", data)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(coming_and_going, range(4)))
    assert rows(each_world) == 4 and len(files(each_world)) == 1


def test_files_that_no_row_names_are_swept(each_world) -> None:
    kept = each_world.attachments.add(each_world.robin, "a.png", screenshot())
    path = each_world.attachments.path(kept)
    orphan = path.with_name("0" * 64 + ".png")
    fresh, stale = (path.with_name(f".{path.name}.{n}") for n in ("aa", "bb"))
    for left in (orphan, fresh, stale):
        left.write_bytes(b"left over")
    long_ago = time.time() - LEFT_OVER.total_seconds() - 60
    os.utime(stale, (long_ago, long_ago))
    os.utime(path, (long_ago, long_ago))
    assert each_world.attachments.sweep() == 2
    assert sorted(files(each_world)) == sorted([fresh, path])


def test_purge_takes_what_no_ticket_needs(world) -> None:
    attachments, tickets, robin = world.attachments, world.tickets, world.robin
    settings = world.settings.model_copy(
        update={"database_url": world.database.url.render_as_string(hide_password=False)}
    )
    world.clock.time = datetime.now(UTC) - timedelta(days=settings.discarded_draft_days + 1)
    kept, dropped = draft_of(world, robin), draft_of(world, robin)
    for draft, colour in ((kept, "red"), (dropped, "green")):
        attachments.bind(robin, attachments.add(robin, colour, screenshot(colour)).id, draft.id)
    tickets.discard(robin, dropped.id)
    attachments.add(robin, "blue", screenshot("blue"))
    world.clock.time = datetime.now(UTC)
    waiting = attachments.add(robin, "black", screenshot("black"))
    removed = purge(settings)
    assert removed["screenshots of discarded drafts"] == removed["discarded drafts"] == 1
    assert removed["screenshots without a ticket"] == 1 and removed["files of screenshots"] == 2
    left = [*attachments.of_ticket(kept.id), waiting]
    assert sorted(files(world)) == sorted(attachments.path(a) for a in left)
    assert rows(world) == 2
