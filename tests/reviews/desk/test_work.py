"""Your work: everybody sees what waits for them, in the words of the job."""
