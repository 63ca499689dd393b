"""The answering side of an exchange: the central server, and a laptop that serves a room."""
