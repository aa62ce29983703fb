"""Figures beside their baselines in the same run; `make bench` prints ratios and writes JSON."""
