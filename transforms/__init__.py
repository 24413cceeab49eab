"""What happens to an article: pure functions, and one PTransform for each."""
