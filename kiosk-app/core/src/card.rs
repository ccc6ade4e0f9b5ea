//! Card reader that types like a keyboard.
