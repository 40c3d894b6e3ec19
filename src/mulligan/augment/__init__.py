"""What may be done to a sample before a critic sees it: specs without a framework, and twins differentiable twice."""
