"""What one sees, as a sheet."""
