"""Pictures for tests, good and hostile."""

from __future__ import annotations

import io
from typing import Any

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

SECRET = "502-555-0199 secret"


def drawn(colour: str = "navy", size: tuple[int, int] = (60, 40)) -> Image.Image:
    """A picture with its upper left corner in white."""
    image = Image.new("RGB", size, colour)
    image.paste("white", (0, 0, size[0] // 4, size[1] // 4))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The file of a picture."""
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def screenshot(colour: str = "navy") -> bytes:
    """A plain PNG; another colour is another picture."""
    return encoded(drawn(colour))


def telling(kind: str) -> bytes:
    """A picture on its side that says where and by whom it was taken, in every way its kind has."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.ImageDescription] = SECRET
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = SECRET
    more: dict[str, Any] = {"exif": exif, "xmp": f"<x:xmpmeta>{SECRET}</x:xmpmeta>".encode()}
    if kind == "PNG":
        text = PngInfo()
        text.add_text("Comment", SECRET, zip=False)
        text.add_itxt("XML:com.adobe.xmp", SECRET)
        more = {"exif": exif, "pnginfo": text}
    if kind == "JPEG":
        more["comment"] = SECRET
    return encoded(drawn(), kind, **more) + f"<script>{SECRET}</script>".encode()


def opened(data: bytes) -> Image.Image:
    """The picture, decoded in full."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
