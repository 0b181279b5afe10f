"""What a member offers: reading, uploading, changing and deleting it."""
