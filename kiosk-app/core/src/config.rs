//! Configuration files, each fault with its file and line.
