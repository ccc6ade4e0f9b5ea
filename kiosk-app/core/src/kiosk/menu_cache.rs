//! Menu of the last run, for a start without network.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};
use wire::{Time, stock::StockItem};

use crate::files::replace;

/// File of the menu, in the data folder.
const MENU_FILE: &str = "menu.json";
/// Longest file that is read, in bytes.
const MAX_FILE: u64 = 4 * 1024 * 1024;

/// Menu as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct StoredMenu {
    /// Time of the refresh.
    pub(super) as_of: Time,
    /// Dishes.
    pub(super) dishes: Vec<StockItem>,
}

/// Loads the stored menu; `None` if there is none that can be read.
pub(super) async fn load(folder: &Path) -> Option<StoredMenu> {
    let file = folder.join(MENU_FILE);
    let length = tokio::fs::metadata(&file).await.ok()?.len();
    if length > MAX_FILE {
        return None;
    }
    serde_json::from_slice(&tokio::fs::read(file).await.ok()?).ok()
}

/// Stores the menu in place of an earlier one.
///
/// # Errors
/// The disk cannot be written.
pub(super) async fn save(folder: &Path, menu: &StoredMenu) -> io::Result<()> {
    let (folder, bytes) = (folder.to_owned(), serde_json::to_vec(menu)?);
    let write = move || replace(&folder, &folder.join(MENU_FILE), &bytes);
    tokio::task::spawn_blocking(write).await.map_err(io::Error::other)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_damaged_file_is_no_menu() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        assert_eq!(load(folder).await, None);
        let menu = StoredMenu { as_of: Time::from_millis(7), dishes: Vec::new() };
        save(folder, &menu).await.unwrap();
        assert_eq!(load(folder).await, Some(menu));
        std::fs::write(folder.join(MENU_FILE), "{").unwrap();
        assert_eq!(load(folder).await, None);
    }
}
