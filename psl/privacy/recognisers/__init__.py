"""Our Presidio recognisers, one subject a module."""
