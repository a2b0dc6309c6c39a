"""Primary endpoint and decision."""
