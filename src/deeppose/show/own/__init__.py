"""Pages on own labels: before training what was read, after it what was learned."""

from deeppose.show.own.card import render_card
from deeppose.show.own.check import Checked, render_check

__all__ = ["Checked", "render_card", "render_check"]
