"""Named random streams: one seed, one independent generator a name."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np

__all__ = ["Streams"]


@dataclass(frozen=True)
class Streams:
    """Random streams that depend on the seed and their own name only.

    Parameters
    ----------
    seed : int
        Entropy of the root :class:`numpy.random.SeedSequence`; not negative.

    Notes
    -----
    The spawn key is the CRC-32 of each part of the name: the same on every platform and Python version (``hash`` is
    not), and a stream that is added or asked for in another order changes no other. The bit generator is Philox
    (Salmon et al. 2011), counter based. SAS: ``call streaminit('Philox', seed, key)``. R has no equivalent; the
    nearest is ``RNGkind("L'Ecuyer-CMRG")`` with ``parallel::nextRNGStream``.
    """

    seed: int

    def generator(self, *name: str) -> np.random.Generator:
        """The generator of this name, always from its beginning."""
        key = tuple(zlib.crc32(part.encode("utf-8")) for part in name)
        return np.random.Generator(np.random.Philox(np.random.SeedSequence(self.seed, spawn_key=key)))
