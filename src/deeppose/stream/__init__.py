"""One stream: source -> frames -> people -> poses -> tracks -> records, tables, drawings."""
