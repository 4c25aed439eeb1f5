"""Naming motions from one or five examples: the protocol, baselines, figures."""
