//! Encryption of everything that is stored of a student.
