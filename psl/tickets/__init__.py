"""Tickets: one issue each, drafted, numbered, worked and closed."""
