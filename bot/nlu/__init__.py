"""Rasa components for understanding what was said."""
