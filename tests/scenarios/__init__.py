"""One file a treaty: its story, told through the doors that callers use."""
