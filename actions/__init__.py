"""Rasa custom actions, a module a conversation area: read the turn, call ``psl``, say the result."""
