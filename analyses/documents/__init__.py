"""Documents of appendix 16.1.9 that are made from the plan and the results."""
