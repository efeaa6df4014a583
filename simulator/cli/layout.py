"""Sentences and tables laid out within the width of the screen: no number is ever cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simulator.cli.common import WIDTH, console, screen_width, table, wrapped

_HEAD = 14  # columns that a head may take where its numbers are narrower
_NARROWEST = 12  # columns to which a text is broken at most


def say(text: str, indent: str = "", style: str | None = None) -> None:
    """Print a sentence, broken where a reader would."""
    out = console()
    for i, line in enumerate(wrapped(text, min(out.width, WIDTH) - len(indent) - 4)):  # signs hang over the end of a line
        out.print((indent if i == 0 else " " * len(indent)) + line, style=style, soft_wrap=True)


def show_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, left: int = 1, last_is_total: int = 0) -> None:
    """Print a table; what is too wide for the screen goes on below, with the first columns again. No number is ever cut."""
    out = console()
    width = min(out.width, WIDTH)
    cells = [[str(row[i]) for row in rows] for i in range(len(columns))]
    heads = [_broken(name, max([_HEAD, *map(_wide, cells[i])]), even=True) for i, name in enumerate(columns)]
    widths = [max([_wide(heads[i]), *map(_wide, cells[i])]) for i in range(len(columns))]
    numbers = sum(each + 3 for each in widths[left:])
    room = width - 2 - 3 * (left - 1) - min(numbers, max(width // 2, max((each + 3 for each in widths[left:]), default=0)))
    while sum(widths[:left]) > room and max(widths[:left]) > _NARROWEST:
        widest = max(range(left), key=lambda i: widths[i])
        widths[widest] -= 1
        cells[widest] = [_broken(str(row[widest]), widths[widest]) for row in rows]
        heads[widest] = _broken(columns[widest], widths[widest])
    if title:
        say(title, style="bold")
    for some in _side_by_side(widths, left, width):
        out.print(table("", [heads[i] for i in some], [[cells[i][j] for i in some] for j in range(len(rows))], left=left,
                        last_is_total=last_is_total))


def _side_by_side(widths: Sequence[int], left: int, width: int) -> Iterator[list[int]]:
    """Which columns fit beside each other, always behind the first ones."""
    first = list(range(left))
    taken = 2 + sum(widths[:left]) + 3 * (left - 1)
    some, used = list(first), taken
    for i in range(left, len(widths)):
        if used + widths[i] + 3 > width and len(some) > left:
            yield some
            some, used = list(first), taken
        some.append(i)
        used += widths[i] + 3
    yield some


def _wide(cell: str) -> int:
    return max(screen_width(line) for line in cell.split("\n"))


def _broken(text: str, width: int, *, even: bool = False) -> str:
    """In lines of at most this many columns, the lines that are there already kept; a long name is broken where it must be."""
    lines: list[str] = []
    for line in (line for part in text.split("\n") for line in wrapped(part, _even(part, width) if even else width) if line):
        rest = line
        while screen_width(rest) > max(width, _NARROWEST):
            fits = next(n for n in range(len(rest), 0, -1) if screen_width(rest[:n]) <= max(width, _NARROWEST))
            place = max(rest.rfind(sign, 1, fits) for sign in "._/ ") + 1 or fits
            lines.append(rest[:place])
            rest = rest[place:]
        lines.append(rest)
    return "\n".join(lines)


def _even(text: str, width: int) -> int:
    """The width at which the lines of a Chinese text are about equally long: no character is left alone."""
    if screen_width(text) <= width or " " in text:
        return width
    return -(-screen_width(text) // (2 * -(-screen_width(text) // width))) * 2 + 1
