//! What every adapter of the port must show.
