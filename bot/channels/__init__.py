"""The edges through which people talk to the assistant."""
