"""Webhooks: who is told of what is recorded, how it gets there, and what becomes of what does not."""
