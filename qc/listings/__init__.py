"""Second programming of listings and documents."""
