"""Second derivatives of an unstructured covariance matrix by its Cholesky parameters, as R's mmrm takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["cholesky_curvature"]


def cholesky_curvature(sigma: NDArray[np.float64], w: NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Return :math:`\sum_{kl} w^*_{kl}\,\partial^2\Sigma/\partial\theta_k\partial\theta_l`.

    Here :math:`\Sigma = FF^T`, :math:`F = DA`, with the logarithms of the diagonal of :math:`D` and the elements of the
    unit triangle :math:`A` as parameters, and :math:`w^*` is ``w``, the covariance of the elements of the lower
    triangle of :math:`\Sigma` (by rows), brought to them.
    """
    m = len(sigma)
    f = np.linalg.cholesky(sigma)
    diagonal = np.diagonal(f)
    row, column = np.tril_indices(m, -1)
    q = m + len(row)
    index, off = np.arange(m), np.arange(m, q)
    first = np.zeros((q, m, m))
    first[index, index] = f
    first[off, row, column] = diagonal[row]
    second = np.zeros((q, q, m, m))
    second[index, index, index] = f
    second[off, row, row, column] = diagonal[row]
    second[row, off, row, column] = diagonal[row]
    by_first = first @ f.T
    by_first = by_first + by_first.swapaxes(1, 2)
    all_rows, all_columns = np.tril_indices(m)
    to_elements = np.linalg.inv(by_first[:, all_rows, all_columns])
    star = to_elements.T @ w @ to_elements
    half = np.tensordot(star, second, axes=2) @ f.T
    product = np.einsum("kl,kij,lmj->im", star, first, first, optimize=True)
    return np.asarray(half + half.T + 2.0 * product)
