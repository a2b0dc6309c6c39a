"""The simulated ADaM database of the trial, made from ``sap/simulation.yaml`` before any patient data exist."""
