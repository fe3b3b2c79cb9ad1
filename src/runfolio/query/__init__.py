"""Questions to a store: the only room that speaks SQL."""
