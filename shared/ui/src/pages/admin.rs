//! The console of staff and admins.
