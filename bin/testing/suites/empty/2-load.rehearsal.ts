// A file without a single test.
