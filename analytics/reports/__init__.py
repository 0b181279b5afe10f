"""Reports of ad-days as files of comma-separated values: how they are written, and what they say. Reads no file."""
