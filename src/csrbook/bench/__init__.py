"""Speed and memory: of the stages of a study, and of the statistics beside R and lifelines."""
