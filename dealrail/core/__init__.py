"""Building blocks free of business."""
