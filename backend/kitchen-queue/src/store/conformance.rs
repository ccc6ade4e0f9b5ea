//! What every adapter of the kitchen store must show.
