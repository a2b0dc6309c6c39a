"""Second programming of the derivations of ADSL and ADTTE."""
