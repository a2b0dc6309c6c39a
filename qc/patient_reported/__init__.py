"""Second programming of the patient-reported outcomes."""
