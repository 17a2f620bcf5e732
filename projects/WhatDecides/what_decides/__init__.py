"""What decides whether relational distillation is ahead of similarity."""
