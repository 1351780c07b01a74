"""From statements to customers: how others do it, on files in the layout of two competitions."""
