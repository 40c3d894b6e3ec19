"""Any picture mode to 8-bit grey, RGB or RGBA, by one documented rule each."""

import numpy as np
from PIL import Image, ImageColor

from mulligan.errors import BadPicture, RecipeError, nearest

MODES = {1: "L", 3: "RGB", 4: "RGBA"}

# What a mode is called in the notes, where that is not its own name (CMYK, YCbCr, LAB ...).
WORDS = {"P": "palette", "PA": "palette"}


def color(name: str) -> tuple[int, int, int]:
    """The RGB of a color that Pillow knows by name or as #rrggbb; RecipeError for any other."""
    try:
        red, green, blue = ImageColor.getrgb(name)[:3]
    except ValueError as error:
        guess = nearest(name, ImageColor.colormap)
        raise RecipeError(f"There is no color '{name}'; expected a name like white, or #rrggbb.{guess}") from error
    return red, green, blue


def to_mode(image: Image.Image, mode: str, background: str, name: str) -> tuple[Image.Image, list[str]]:
    """Convert a loaded picture to mode L, RGB or RGBA; return it with notes of what was converted."""
    image, notes = _to_eight_bits(image, name)
    if image.mode not in ("1", "L", "LA", "RGB", "RGBA"):
        notes.append(f"{WORDS.get(image.mode, image.mode)} to RGB")
    image, alpha = _split_alpha(image)
    if mode == "RGBA":
        return _join_alpha(image, alpha, background), notes
    if alpha is not None:
        notes.append(f"transparency over {background}")
        # In RGB even for grey pictures: the background may have a color.
        ground = Image.new("RGB", image.size, color(background))
        ground.paste(image.convert("RGB"), mask=alpha)
        image = ground
    elif image.mode != mode:
        notes.append("color to grey" if mode == "L" else "grey to RGB")
    return image.convert(mode), notes


def _to_eight_bits(image: Image.Image, name: str) -> tuple[Image.Image, list[str]]:
    """Bring modes of other depth to 8 bits per channel, full range to full range."""
    if image.mode == "1":
        return image, ["1-bit to 8-bit"]
    if image.mode.startswith("I;16"):
        return _sixteen_bits(image), ["16-bit to 8-bit"]
    if image.mode == "I":
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise BadPicture(f"{name} holds whole numbers from {values.min()} to {values.max()}; expected 0 to 65535.")
        return _scaled(values, 65535), ["32-bit to 8-bit"]
    if image.mode == "F":
        values = np.asarray(image)
        # NaN fails every comparison, so it is refused here as well.
        if not (values.min() >= 0 and values.max() <= 255):
            raise BadPicture(f"{name} holds floats from {values.min()} to {values.max()}; expected 0 to 1 or 0 to 255.")
        return _scaled(values, 1 if values.max() <= 1 else 255), ["float to 8-bit"]
    return image, []


def _sixteen_bits(image: Image.Image) -> Image.Image:
    values = np.asarray(image)
    grey = _scaled(values, 65535)
    key = image.info.get("transparency")
    if key is None:
        return grey
    return Image.merge("LA", (grey, Image.fromarray(np.where(values == key, 0, 255).astype(np.uint8))))


def _scaled(values: np.ndarray, white: float) -> Image.Image:
    return Image.fromarray(np.rint(values * (255.0 / white)).astype(np.uint8))


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """The opaque part as L or RGB, and the alpha channel, which is None where nothing is transparent."""
    grey = image.mode in ("1", "L", "LA", "La")
    opaque = "L" if grey else "RGB"
    if not image.has_transparency_data:
        return image.convert(opaque), None
    image = image.convert("LA" if grey else "RGBA")
    alpha = image.getchannel("A")
    return image.convert(opaque), None if alpha.getextrema()[0] == 255 else alpha


def _join_alpha(image: Image.Image, alpha: Image.Image | None, background: str) -> Image.Image:
    """RGBA whose fully transparent pixels have the background's color: what nobody sees must not be learned."""
    if alpha is None:
        return image.convert("RGBA")
    visible = alpha.point(lambda value: 255 if value else 0)
    joined = Image.new("RGB", image.size, color(background))
    joined.paste(image.convert("RGB"), mask=visible)
    joined.putalpha(alpha)
    return joined
