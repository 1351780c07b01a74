"""Speed and memory, always as a ratio to the same job written plainly, in the same run."""
