"""The lint of infrastructure: what an incident taught, found before launch in files, cases and scenarios."""
