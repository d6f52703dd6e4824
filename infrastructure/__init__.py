"""The keeping and the carrying: databases, files, foreign formats, networks."""
