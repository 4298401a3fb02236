"""The roster of agents, and which chats are theirs."""
