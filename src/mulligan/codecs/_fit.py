"""A picture of any size to one size: cut the middle, add a border, or stretch."""

from PIL import Image, ImageOps

from mulligan.codecs._modes import color

FITS = ("crop", "pad", "stretch")


def fit(image: Image.Image, size: tuple[int, int], how: str, background: str) -> tuple[Image.Image, list[str]]:
    """Bring a picture of mode L, RGB or RGBA to ``size`` (height, width); return it with a note of what was done."""
    height, width = size
    if image.size == (width, height):
        return image, []
    note = "enlarged" if image.width < width or image.height < height else "made smaller"
    same_proportions = image.width * height == image.height * width
    if how == "stretch" or same_proportions:
        notes = [note] if same_proportions else [note, "stretched"]
        return image.resize((width, height), Image.Resampling.BICUBIC), notes
    if how == "crop":
        return ImageOps.fit(image, (width, height), Image.Resampling.BICUBIC), [note, "cropped"]
    return _pad(image, width, height, background), [note, "padded"]


def _pad(image: Image.Image, width: int, height: int, background: str) -> Image.Image:
    """The whole picture in the middle of a border: of the background's color, or transparent where there is alpha."""
    ratio = min(width / image.width, height / image.height)
    inner = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
    border = Image.new("RGB", (width, height), color(background)).convert(image.mode)
    if image.mode == "RGBA":
        border.putalpha(0)
    border.paste(image.resize(inner, Image.Resampling.BICUBIC), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return border
