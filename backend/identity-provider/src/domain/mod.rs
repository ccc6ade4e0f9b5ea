//! The rules, without I/O: passwords, names, the file of an import, the turns of signing keys.

pub mod import_file;
pub mod kiosk;
pub mod password;
pub mod rotation;
pub mod user;
