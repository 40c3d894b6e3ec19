"""What a file is, by its first bytes; and the licence that lies beside it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

# Long enough for every signature below.
START = 512

SIGNATURES: tuple[bytes, ...] = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"\xff\x4f\xff\x51",
)
SIGNATURES = (*SIGNATURES, b"\x00\x00\x00\x0cjP  ", *(b"P%d" % number for number in range(1, 7)))

SUFFIXES: tuple[str, ...] = (
    ".png",
    ".apng",
    ".jpg",
    ".jpeg",
    ".jpe",
    ".jfif",
    ".gif",
    ".webp",
    ".bmp",
    ".dib",
    ".tif",
    ".tiff",
)
SUFFIXES = (*SUFFIXES, ".pbm", ".pgm", ".ppm", ".pnm", ".jp2", ".j2k", ".jpx", ".avif", ".avifs")

# No picture below the pixel limit of the image codec takes more, even uncompressed with 16 bits per channel.
FILE_LIMIT = 512 * 1024 * 1024


class Below(Mapping[str, Path]):
    """The files of a folder by their names relative to it; a path, ten times as large, is made when it is asked for."""

    def __init__(self, folder: Path, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def __getitem__(self, name: str) -> Path:
        return self.folder / name

    def __contains__(self, name: object) -> bool:
        return name in self.names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


def is_picture_name(name: str) -> bool:
    """Whether the name says that this is meant to be a picture."""
    return name.lower().endswith(SUFFIXES)


def is_picture_start(start: bytes) -> bool:
    """Whether a file that begins so is a picture of a kind that is read."""
    if start.startswith(b"BM"):
        return start[6:10] == bytes(4) and len(start) > 14
    if start.startswith(b"RIFF"):
        return start[8:12] == b"WEBP"
    if start[4:8] == b"ftyp":
        return start[8:12] in (b"avif", b"avis")
    if start[:1] == b"P" and start[2:3] not in (b" ", b"\n", b"\r", b"\t", b"#"):
        return False
    return start.startswith(SIGNATURES)


def is_hidden(name: str) -> bool:
    """Whether a file or one of its folders is the system's business (.DS_Store, __MACOSX, .git ...)."""
    return any(part.startswith(".") or part == "__MACOSX" for part in name.split("/"))


def suffix(name: str) -> str:
    """How files that are left out are counted."""
    return Path(name).suffix.lower() or "(no suffix)"


def read_start(path: Path) -> bytes:
    """The first bytes of a file; none where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(START)
    except OSError:
        return b""


def licence_beside(place: Path) -> str:
    """``NAME: first line`` of the first licence file in a folder, or beside a file."""
    folder = place if place.is_dir() else place.parent
    try:
        names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    except OSError:
        return "not stated"
    for name in names:
        if name.upper().startswith(("LICENSE", "LICENCE", "COPYING")):
            lines = read_start(folder / name).decode(errors="replace").splitlines()
            first = next((line.strip() for line in lines if line.strip()), "")
            return f"{name}: {first[:200]}" if first else name
    return "not stated"
