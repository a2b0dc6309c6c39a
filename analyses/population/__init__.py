"""Who took part: disposition, analysis sets, demography."""
