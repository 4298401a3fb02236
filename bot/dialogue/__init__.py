"""How the next action is chosen while a task is in focus."""
