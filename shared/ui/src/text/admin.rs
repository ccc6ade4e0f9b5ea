//! The console of staff and admins.

use super::texts;

texts! {
    CONSOLE = "Console", "কনসোল";
}
