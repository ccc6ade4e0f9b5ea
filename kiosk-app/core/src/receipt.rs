//! Slip as a bitmap.
