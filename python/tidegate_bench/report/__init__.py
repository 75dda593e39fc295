"""What comes out of a run: tables, pictures, how fair it was."""
