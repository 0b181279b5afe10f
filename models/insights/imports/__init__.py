"""Ad-days that come from files: which days may be written, and their storing beside what refreshes have read."""
