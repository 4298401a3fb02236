"""The rules and records: knows no chat, no web, no Rasa."""
