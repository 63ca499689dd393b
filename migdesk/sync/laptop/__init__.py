"""The asking side of an exchange: what goes out, what comes back, with whom and how fast."""
