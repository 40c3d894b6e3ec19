"""What one does with a trained model: one file per use."""
