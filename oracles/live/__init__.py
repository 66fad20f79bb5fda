"""Cases as a live account holds them, and how one that was collected from it is compared with them."""
