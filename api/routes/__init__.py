"""What can be asked and recorded by HTTP, a file for each part of the record."""
