"""Which picture sizes can be made by doubling a small map, and which of them lie next to a wish."""

Size = tuple[int, int]

# Points of a base map per axis: 4 makes 32, 64, 128; 7 makes 28; 5 makes 40, 80; 6 makes 48, 96; 3 serves 24x32.
SMALLEST, LARGEST = 3, 7
DOUBLINGS = range(1, 12)


def doublings(size: Size) -> tuple[Size, int] | None:
    """The base map and how often it doubles to give ``size`` (the fewest doublings win), or None where it cannot."""
    for times in DOUBLINGS:
        base = (size[0] >> times, size[1] >> times)
        exact = (base[0] << times, base[1] << times) == size
        if exact and all(SMALLEST <= side <= LARGEST for side in base):
            return base, times
    return None


def largest_within(size: Size) -> Size:
    """The workable size of the largest area that fits into ``size``, or the smallest of all where none fits."""
    fitting = []
    for times in DOUBLINGS:
        base = (min(size[0] >> times, LARGEST), min(size[1] >> times, LARGEST))
        if min(base) >= SMALLEST:
            fitting.append((base[0] << times, base[1] << times))
    return max(fitting, key=lambda side: side[0] * side[1], default=(SMALLEST << 1, SMALLEST << 1))


def smallest_around(size: Size) -> Size | None:
    """The workable size of the smallest area that covers ``size``, or None where its axes are too different."""
    covering = []
    for times in DOUBLINGS:
        base = (max(-(-size[0] >> times), SMALLEST), max(-(-size[1] >> times), SMALLEST))
        if max(base) <= LARGEST:
            covering.append((base[0] << times, base[1] << times))
    return min(covering, key=lambda side: side[0] * side[1], default=None)
