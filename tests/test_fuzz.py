"""A short, seeded part of the fuzzing; `make fuzz` goes on with other seeds."""

from __future__ import annotations

import pytest

import fuzzing


@pytest.mark.parametrize("target", fuzzing.TARGETS)
def test_whatever_is_damaged_gives_numbers_or_an_error_of_ours(target: str) -> None:
    count = 12 if target in ("predictions", "commands") else 40  # a command takes longer than a reader
    outcomes = {fuzzing.case(target, seed) for seed in (*range(count), *fuzzing.SEEDS[target])}
    assert outcomes == {"ok", "refused"}  # both happen, or the damage is none, or too much


def test_a_failure_is_seen() -> None:
    with pytest.raises(AssertionError, match="nan"):
        fuzzing.finite([1.0, float("nan")])
