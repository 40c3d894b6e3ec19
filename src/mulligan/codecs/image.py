"""Pictures: the size, the channels and the rules by which picture files of any kind become equal arrays."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from PIL import Image

from mulligan.codecs._fit import FITS, fit
from mulligan.codecs._modes import MODES, color, to_mode
from mulligan.codecs._picture import open_picture
from mulligan.errors import DataError, RecipeError, nearest

# Part of every fingerprint: raise it when a rule below changes, so that no cache of the old rule is used.
POLICY = 1


@dataclass(frozen=True)
class ImageCodec:
    """Pictures of ``size`` (height, width) with 1 (grey), 3 (RGB) or 4 (RGBA, straight alpha) channels.

    The policy, in this order: first frame; EXIF rotation applied; any mode to 8-bit grey, RGB or RGBA (16-bit scaled,
    not clipped; grey of a color is its ITU-R 601 luma; color profiles are not applied); transparency laid over
    ``background`` (any color name or #rrggbb that Pillow knows) unless four channels are asked for; then ``fit``:
    "crop" cuts the middle, "pad" adds ``background``, "stretch" ignores the proportions. Resampling is bicubic, with
    antialiasing when it makes smaller. Raw pictures are uint8 [n, h, w, c] and ``tensor = raw * scale + offset``.

    >>> ImageCodec(size=(64, 64), channels=3).shape
    (64, 64, 3)
    """

    size: tuple[int, int]
    channels: int = 3
    fit: str = "crop"
    background: str = "white"
    class_names: tuple[str, ...] = ()
    class_counts: tuple[int, ...] = ()

    scale: ClassVar[float] = 1 / 127.5
    offset: ClassVar[float] = -1.0

    def __post_init__(self) -> None:
        size = (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)
        # JSON has lists only: a codec read back from a model file must equal the one that was saved.
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "class_names", tuple(self.class_names))
        object.__setattr__(self, "class_counts", tuple(self.class_counts))
        if len(size) != 2 or min(size) < 1:
            raise RecipeError(f"The picture size is {self.size}; expected a height and a width of at least 1 pixel.")
        if self.channels not in MODES:
            raise RecipeError(f"{self.channels} channels were asked for; expected 1 (grey), 3 (RGB) or 4 (RGBA).")
        if self.fit not in FITS:
            raise RecipeError(f"There is no fit '{self.fit}'; expected crop, pad or stretch.{nearest(self.fit, FITS)}")
        color(self.background)

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape of one raw picture: ``(h, w, c)``."""
        return (*self.size, self.channels)

    @property
    def decoding(self) -> dict[str, object]:
        """The numbers that decide the pixels; part of a data set's fingerprint."""
        numbers = {"codec": "image", "policy": POLICY, "size": list(self.size), "channels": self.channels}
        return {**numbers, "fit": self.fit, "background": list(color(self.background))}

    def picture(self, content: bytes, name: str) -> tuple[np.ndarray, tuple[str, ...]]:
        """Decode one picture file to uint8 [h, w, c] and say what was converted; BadPicture when it cannot be used.

        Detected: whatever breaks the file's structure, anything cut off, a changed byte of a PNG (by its checksums).
        Not detectable: a changed byte inside the body of a JPEG, GIF or WebP, which have no checksums and decode to a
        different picture.
        """
        image, notes = open_picture(content, name)
        image, mode_notes = to_mode(image, MODES[self.channels], self.background, name)
        image, fit_notes = fit(image, self.size, self.fit, self.background)
        return np.asarray(image).reshape(self.shape), (*notes, *mode_notes, *fit_notes)

    def resize(self, raw: np.ndarray) -> np.ndarray:
        """Bring uint8 pictures [n, h0, w0, c0] of a source that holds arrays to this codec's uint8 [n, h, w, c]."""
        if raw.ndim != 4 or raw.dtype != np.uint8 or raw.shape[3] not in MODES:
            raise DataError(f"The data is {raw.dtype} of shape {raw.shape}; expected uint8 pictures [n, h, w, 1|3|4].")
        if raw.shape[1:] == self.shape:
            return raw
        result = np.empty((len(raw), *self.shape), np.uint8)
        for row, pixels in zip(result, raw, strict=True):
            image = Image.fromarray(pixels[..., 0] if raw.shape[3] == 1 else np.ascontiguousarray(pixels))
            image, _ = to_mode(image, MODES[self.channels], self.background, "an array")
            image, _ = fit(image, self.size, self.fit, self.background)
            row[...] = np.asarray(image).reshape(self.shape)
        return result

    def to_float(self, raw: np.ndarray) -> np.ndarray:
        """Raw uint8 pictures to float32 in [-1, 1], the same shape."""
        return raw * np.float32(self.scale) + np.float32(self.offset)

    def to_raw(self, samples: np.ndarray) -> np.ndarray:
        """Float pictures [n, h, w, c] in [-1, 1] to uint8: values beyond are clipped, the rest is rounded."""
        return np.clip(np.rint((samples - self.offset) / self.scale), 0, 255).astype(np.uint8)
