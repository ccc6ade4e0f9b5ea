//! Printing, and the state of the printer.
