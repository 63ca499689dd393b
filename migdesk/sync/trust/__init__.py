"""Who the others are and what they may know or do: senders, scopes, cards, orders."""
