"""Text to plan: reads pipeline files, checks them and plans a run; no network, no clock, no database."""
