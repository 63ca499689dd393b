"""Bytes: frames, batches, columns and the limits of what is accepted. Pure; knows no store and no network."""
