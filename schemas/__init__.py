"""The schemas of the trial's fourteen datasets, and the rules across them (:mod:`.consistency`)."""

from __future__ import annotations

from .adae import ADAE
from .adbm import ADBM
from .adcm import ADCM
from .addv import ADDV
from .adeg import ADEG
from .adex import ADEX
from .adlb import ADLB
from .admh import ADMH
from .adqs import ADQS
from .adrs import ADRS
from .adsl import ADSL
from .adtr import ADTR
from .adtte import ADTTE
from .advs import ADVS

__all__ = ["SCHEMAS"]

SCHEMAS = {
    model.Config.name: model
    for model in (ADSL, ADTTE, ADRS, ADTR, ADAE, ADLB, ADEX, ADQS, ADBM, ADCM, ADDV, ADMH, ADVS, ADEG)
}
"""Model by dataset name, in the order of a transfer."""
