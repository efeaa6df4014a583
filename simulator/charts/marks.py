"""What charts are made of: colours that are told apart in grey, labels beside what they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulator.fonts import legible

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, MUTED, FAINT = "#1A1A1A", "#5F5F5F", "#D4D4D4"
MAIN, LIGHT, PALE = "#0B4F8A", "#8DB9DC", "#DCE9F4"
ALERT = "#C4480A"  # what is exceeded or missed; darker than LIGHT, lighter than MAIN when printed in grey
# Layers of a stack, told apart in grey as well: dark and light take turns, a white line between.
LAYERS = ("#0B4F8A", "#F0C75E", "#5B8C5A", "#C9DDF0", "#8C4A2F", "#A9D3C2", "#3D3D5C", "#E8B79A")
HATCH = "////"  # an amount that is assumed


def label_end(axes: Axes, x: float, y: float, text: str, *, colour: str = INK, size: float, offset: tuple[float, float] = (4, 0),
              align: str = "left", vertical: str = "center", halo: bool = True) -> Any:
    """A label beside a point, in the colour of what it names, offset in points; it may stand outside of the axes."""
    from matplotlib.patheffects import withStroke

    effects = [withStroke(linewidth=size / 4, foreground="white", alpha=0.8)] if halo else None
    return axes.annotate(legible(text), (x, y), offset, textcoords="offset points", color=colour, fontsize=size, ha=align, va=vertical,
                         annotation_clip=False, path_effects=effects)


def grid_lines(axes: Axes, direction: str = "y") -> None:
    """Faint lines to read values by."""
    axes.grid(True, axis=direction)  # type: ignore[arg-type]


def spread(positions: list[float], least: float) -> list[float]:
    """Positions of labels moved apart as little as needed to keep this distance, in their order."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    placed: list[list[int]] = []
    centres: list[float] = []
    for i in order:
        placed.append([i])
        centres.append(positions[i])
        while len(placed) > 1 and centres[-1] - centres[-2] < least * (len(placed[-1]) + len(placed[-2])) / 2:
            both = placed[-2] + placed[-1]
            # the centre of a group that keeps every label as near to its place as it can be
            centre = sum(positions[k] - least * j for j, k in enumerate(both)) / len(both) + least * (len(both) - 1) / 2
            placed[-2:], centres[-2:] = [both], [centre]
    found = [0.0] * len(positions)
    for group, centre in zip(placed, centres, strict=True):
        for j, k in enumerate(group):
            found[k] = centre + least * (j - (len(group) - 1) / 2)
    return found
