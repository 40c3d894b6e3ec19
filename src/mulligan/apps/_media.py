"""Writing walks: an animation, a film or a sheet of frames, each marked as generated."""

import importlib.util
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from mulligan.codecs import Provenance, enlarge, grid, picture, save_png
from mulligan.disk import whole_file, write_whole
from mulligan.errors import MulliganError, missing_extra, nearest

SMALLEST = 256  # pixels; frames are enlarged to at least this, as players blur small films
COLUMNS = 12


def save_walk(path: Path, frames: np.ndarray, provenance: Provenance | None, fps: int = 24) -> Path:
    """Write raw frames [n, h, w, c] as what ``path`` ends in: .gif, .mp4 or .png (all of them on one sheet)."""
    path = Path(path)
    if path.suffix.lower() not in WRITERS:
        raise MulliganError(
            f"'{path.name}' does not say what to write; expected a name that ends in .gif, .mp4 or .png."
            f"{nearest(path.suffix.lower(), WRITERS)}"
        )
    return WRITERS[path.suffix.lower()](path, frames, provenance, fps)


def save_gif(path: Path, frames: np.ndarray, provenance: Provenance | None, fps: int = 24) -> Path:
    """Write frames [n, h, w, c] as an animation that repeats for ever; a GIF counts time in hundredths of a second."""
    first, *others = (picture(frame).convert("L" if frame.shape[2] == 1 else "RGB") for frame in _large(frames))
    file = io.BytesIO()
    comment = {"comment": provenance.sentence()} if provenance else {}
    duration = max(10 * round(100 / fps), 20)  # browsers slow down what is faster
    first.save(file, "GIF", save_all=True, append_images=others, duration=duration, loop=0, **comment)
    content = file.getvalue()
    if provenance:
        content = content[:-1] + _gif_block(provenance) + content[-1:]
    write_whole(path, content)
    return Path(path)


def save_mp4(path: Path, frames: np.ndarray, provenance: Provenance | None, fps: int = 24) -> Path:
    """Write frames [n, h, w, c] as an H.264 film in yuv420p, which every player shows; needs the extra ``video``."""
    if importlib.util.find_spec("av") is None:
        raise missing_extra("PyAV", "video")
    with whole_file(path) as temporary:
        _encode(temporary, _even(_large(frames)), provenance, fps)
        if provenance:
            with temporary.open("ab") as file:
                file.write(_mp4_box(provenance))
    return Path(path)


def save_sheet(path: Path, frames: np.ndarray, provenance: Provenance | None, fps: int = 24) -> Path:
    """Write frames [n, h, w, c] in rows on one PNG; ``fps`` says nothing there."""
    return save_png(path, grid(frames, columns=min(len(frames), COLUMNS)), provenance)


WRITERS: dict[str, Callable[[Path, np.ndarray, Provenance | None, int], Path]] = {
    ".gif": save_gif,
    ".mp4": save_mp4,
    ".png": save_sheet,
}


def _encode(path: Path, frames: np.ndarray, provenance: Provenance | None, fps: int) -> None:
    import av

    options = {"movflags": "+faststart"}  # so that a browser can begin before it has all of it
    with av.open(str(path), "w", format="mp4", options=options) as film:
        if provenance:
            film.metadata["comment"] = provenance.sentence()
        stream: Any = film.add_stream("libx264", rate=fps, options={"crf": "18"})
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            film.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        film.mux(stream.encode())


def _large(frames: np.ndarray) -> np.ndarray:
    return enlarge(frames, SMALLEST)


def _even(frames: np.ndarray) -> np.ndarray:
    """RGB frames of even height and width, which yuv420p needs: the last row and column are repeated, alpha is cut."""
    rgb = frames.repeat(3, axis=3) if frames.shape[3] == 1 else frames[..., :3]
    return np.pad(rgb, ((0, 0), (0, rgb.shape[1] % 2), (0, rgb.shape[2] % 2), (0, 0)), mode="edge")


def _gif_block(provenance: Provenance) -> bytes:
    """The XMP packet as an application extension (XMP specification part 3, 1.1.2).

    A reader that does not know it takes the packet's characters for block lengths; wherever it arrives in the 256
    falling numbers that follow, they lead it to the end.
    """
    landing = bytes([1, *range(255, -1, -1), 0])
    return b"\x21\xff\x0bXMP DataXMP" + provenance.packet() + landing


def _mp4_box(provenance: Provenance) -> bytes:
    """The XMP packet as a box of its own at the end of the file (XMP specification part 3, 1.2.6)."""
    content = bytes.fromhex("BE7ACFCB97A942E89C71999491E3AFAC") + provenance.packet()
    return (len(content) + 8).to_bytes(4, "big") + b"uuid" + content
