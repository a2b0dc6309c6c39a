"""Secondary efficacy endpoints."""
