// A module that fails while it is imported.
throw new RangeError("a configuration is missing");
