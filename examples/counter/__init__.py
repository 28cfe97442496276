"""A counter that everybody shares: the smallest useful actor and the page that shows it."""
