"""Plots over time of a video's joints, angles and speeds; each function returns a Matplotlib `Figure`. Extra `plot`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from deeppose.show.palette import hexadecimal
from deeppose.show.trails import track_colour
from deeppose.types import Floats

PANEL = (8.0, 2.0)
"""Inches of one quantity's panel."""


@dataclass(frozen=True, eq=False)
class Curve:
    """One track's values over time: (T,), NaN in gaps; `raw` beside them where they were smoothed."""

    track: int
    values: Floats
    raw: Floats | None = None


def over_time(times: Floats, panels: Mapping[str, Sequence[Curve]]) -> Figure:
    """A panel for each quantity, a line for each track, raw values as dots; gaps stay open.

    Args:
        times: (T,) seconds.
        panels: the curves of each label, such as "left knee, degrees".
    """
    figure = Figure(figsize=(PANEL[0], 0.6 + PANEL[1] * len(panels)), layout="constrained")
    every: list[Axes] = figure.subplots(len(panels), 1, sharex=True, squeeze=False)[:, 0].tolist()
    for axes, (label, curves) in zip(every, panels.items(), strict=True):
        for curve in curves:
            ink = hexadecimal(track_colour(curve.track))
            if curve.raw is not None:
                axes.plot(times, curve.raw, ".", color=ink, alpha=0.35, markersize=3)
            axes.plot(times, curve.values, color=ink, linewidth=1.6, label=f"person {curve.track}")
        axes.set_ylabel(label)
        axes.grid(alpha=0.25)
        if "y, " in label:
            axes.invert_yaxis()  # as in the picture, up is up
    if sum(map(len, panels.values())):
        every[0].legend(loc="upper right", fontsize="small", frameon=False, ncols=4)
    every[-1].set_xlabel("seconds")
    return figure
