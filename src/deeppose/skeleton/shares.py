"""How large a body is in its box: shares of its longer side that training, runtime and report must agree on.

Measured on LSP's training poses.
"""

from __future__ import annotations

BODY_SHARE = 0.42
"""diam(y) over the longer side of the joints' extent, where no pair that tells it is labelled: LSP's median torso
diagonal. A skeleton may say its own."""

DIAMETER_FLOOR = 0.15
"""No diameter is taken below this share of the extent: torsos seen end-on have diagonals down to 0.7 px."""

AIR = 0.16
"""Left around a pose on every side: what LSP's whole pictures leave (median)."""
