"""What a machine does wrong: a full disk, a broken one, no more descriptors or memory. No command may make it worse."""
