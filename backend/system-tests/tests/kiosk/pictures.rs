//! Pictures of the kiosk for the README, when asked for.

use system_tests::pictures_folder;

use crate::counter::Counter;

#[tokio::test(flavor = "multi_thread")]
async fn the_kiosk_can_be_seen_in_the_readme() {
    let Some(folder) = pictures_folder() else { return };
    let counter = Counter::opens().await;
    let visit = counter.starts().await;
    let save = async |name: &str| std::fs::write(folder.join(name), visit.0.picture().await).unwrap();
    save("kiosk-attract.png").await;
    visit.signs_in().await;
    visit.puts("burger").await;
    visit.puts("cola").await;
    save("kiosk-menu.png").await;
    visit.places().await;
    visit.gets_a_number().await;
    save("kiosk-number.png").await;
    visit.0.closes().await;
    counter.closes().await;
}
