"""tidegate beside every peer that is installed: verified, then timed in turns. See README.md."""
