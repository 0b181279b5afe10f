"""What tires and what stands out: questions that are computed of days, beside those that are summed."""
