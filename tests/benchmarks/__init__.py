"""How fast it is, on the machine at hand; no test, since machines differ."""
