"""What harec says of real clips, beside what is in them."""
