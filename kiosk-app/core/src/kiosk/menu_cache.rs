//! Menu of the last run, for a start without network.

use std::{io, path::Path};

use serde::{Deserialize, Serialize};
use wire::{Time, stock::StockItem};

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
pub(super) async fn load(file: &Path) -> Option<StoredMenu> {
    let length = tokio::fs::metadata(file).await.ok()?.len();
    if length > MAX_FILE {
        return None;
    }
    serde_json::from_slice(&tokio::fs::read(file).await.ok()?).ok()
}

/// Stores the menu in place of an earlier one: written beside it first, so that a power cut leaves one of the two.
///
/// # Errors
/// The disk cannot be written.
pub(super) async fn save(file: &Path, menu: &StoredMenu) -> io::Result<()> {
    let beside = file.with_extension("json.new");
    let mut written = tokio::fs::File::create(&beside).await?;
    tokio::io::AsyncWriteExt::write_all(&mut written, &serde_json::to_vec(menu)?).await?;
    written.sync_all().await?;
    drop(written);
    tokio::fs::rename(&beside, file).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_damaged_file_is_no_menu() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("menu.json");
        assert_eq!(load(&file).await, None);
        let menu = StoredMenu { as_of: Time::from_millis(7), dishes: Vec::new() };
        save(&file, &menu).await.unwrap();
        assert_eq!(load(&file).await, Some(menu));
        std::fs::write(&file, "{").unwrap();
        assert_eq!(load(&file).await, None);
    }
}
