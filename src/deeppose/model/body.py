"""How large a body is in its box: three shares of its longer side, which training, runtime and report must agree on.

Measured on LSP's training poses. Apart from `geometry`, so that rooms without torch can read them.
"""

from __future__ import annotations

from deeppose.skeleton import BODY_SHARE

FALLBACK = BODY_SHARE
"""diam(y) over the longer side of the joints' extent where no pair that tells it is labelled; a skeleton may say its
own."""

FLOOR = 0.15
"""No diameter is taken below this share of the extent: torsos seen end-on have diagonals down to 0.7 px."""

AIR = 0.16
"""Left around a pose on every side, as a share of its longer side: what LSP's whole pictures leave (median)."""
