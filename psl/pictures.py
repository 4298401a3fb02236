"""Pictures from strangers: read by content, redrawn, and written anew without anything hidden."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from psl.errors import BadInput

PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
SUFFIXES: Final = {PNG: "png", JPEG: "jpg"}
# No vector, document or script format is ever tried.
_READ: Final = ("PNG", "JPEG", "WEBP", "GIF")
# A progressive JPEG has about ten scans; thousands of tiny ones each cost a pass over all pixels.
_SCAN: Final = b"\xff\xda"
_SCANS: Final = 100
_QUALITY: Final = 90
_PART: Final = "Please send a screenshot of the part that matters."


@dataclass(frozen=True)
class Picture:
    """A picture that this process wrote itself: pixels and nothing else."""

    data: bytes
    media_type: str


def redrawn(data: bytes, *, most_bytes: int, most_pixels: int, side: int) -> Picture:
    """The picture upright, at most ``side`` long, without metadata or trailing bytes.

    A JPEG stays one; everything else becomes a PNG, of an animation its first frame.

    Raises:
        BadInput: it is empty, too large, damaged, or no picture of a kind that is taken.
    """
    if not data:
        raise BadInput("That file is empty. Please send the picture again.")
    if len(data) > most_bytes:
        raise BadInput(f"That file is larger than I can take ({_megabytes(most_bytes)}). {_PART}")
    try:
        with Image.open(io.BytesIO(data), formats=_READ) as image:
            if image.width * image.height > most_pixels:
                raise BadInput(f"That picture has more pixels than I can take. {_PART}")
            # Some phones write several pictures into one JPEG, which has a name of its own.
            media_type = JPEG if image.format in {"JPEG", "MPO"} else PNG
            if media_type == JPEG and data.count(_SCAN) > _SCANS:
                raise BadInput(_DAMAGED)
            return Picture(_written(_pixels(image, side), media_type), media_type)
    except BadInput:
        raise
    except UnidentifiedImageError as error:
        raise BadInput(
            "I cannot read that file as a picture. Please send a screenshot as PNG, JPEG, WebP or "
            "GIF; of a PDF or another document, a screenshot of the part that matters."
        ) from error
    except Image.DecompressionBombError as error:
        raise BadInput(f"That picture has more pixels than I can take. {_PART}") from error
    except Exception as error:
        # What decoders raise for bytes made to break them is not one family of errors.
        raise BadInput(_DAMAGED) from error


_DAMAGED: Final = (
    "That picture is damaged or incomplete. Please take the screenshot again and send it."
)


def _pixels(image: Image.Image, side: int) -> Image.Image:
    # A large JPEG is decoded at a fraction of its size; the others ignore this.
    image.draft(None, (side, side))
    mode = "RGBA" if image.has_transparency_data else "RGB"
    drawn = image if image.mode == mode else image.convert(mode)
    drawn.thumbnail((side, side), Image.Resampling.LANCZOS)
    ImageOps.exif_transpose(drawn, in_place=True)
    # Writers fall back to what was read: comments, profiles, text.
    drawn.info.clear()
    return drawn


def _written(image: Image.Image, media_type: str) -> bytes:
    out = io.BytesIO()
    if media_type == JPEG:
        image.save(out, "JPEG", quality=_QUALITY)
    else:
        image.save(out, "PNG")
    return out.getvalue()


def _megabytes(size: int) -> str:
    return f"{size / 1024**2:.3g} MB"
