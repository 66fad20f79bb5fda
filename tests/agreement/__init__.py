"""One number for one thing: what every surface shows of a case, beside what every other shows, and beside the truth."""
