//! Commands of receipt printers.
