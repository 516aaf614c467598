"""Who answers the stage hooks: one module a backend."""
