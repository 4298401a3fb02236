"""The assistant: brain, Rasa components, channels, app and command line."""
