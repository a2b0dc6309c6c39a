"""Random allocation to arms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["permuted_blocks", "position_within"]


def position_within(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position (0, 1, …) of each element among those of its group, in the order given."""
    order = np.argsort(group, kind="stable")
    ordered = group[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]] if len(group) else np.zeros(0, dtype=bool)
    start = np.maximum.accumulate(np.where(first, np.arange(len(group)), 0))
    position = np.empty(len(group), dtype=np.int64)
    position[order] = np.arange(len(group)) - start
    return position


def permuted_blocks(
    rng: np.random.Generator, stratum: NDArray[np.int64], strata: int, arms: int = 2, block: int = 4
) -> NDArray[np.int64]:
    """Stratified permuted-block randomisation with equal allocation.

    Parameters
    ----------
    rng : numpy.random.Generator
    stratum : array of int
        Stratum (0 to ``strata`` − 1) of each subject in the order of randomisation.
    strata, arms, block : int
        ``block`` must be a multiple of ``arms``.

    Returns
    -------
    array of int
        Arm (0 to ``arms`` − 1) of each subject. Within a stratum the arms differ by at most ``block / arms``.

    Notes
    -----
    SAS: ``PROC PLAN`` with one ``FACTORS`` statement a stratum; R: ``blockrand::blockrand``.
    """
    if block % arms:
        msg = f"a block of {block} cannot hold {arms} arms equally often"
        raise ValueError(msg)
    place = position_within(stratum)
    blocks = int(place.max(initial=0)) // block + 1
    keys = rng.random((strata, blocks, block))
    arm = np.argsort(keys, axis=2) % arms
    return np.asarray(arm[stratum, place // block, place % block], dtype=np.int64)
