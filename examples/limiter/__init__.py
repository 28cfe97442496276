"""A rate limiter: one actor for each caller, in front of an ordinary Django view."""
