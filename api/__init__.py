"""What the outside calls: HTTP, the command line and the page."""
