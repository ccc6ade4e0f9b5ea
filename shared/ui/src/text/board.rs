//! Texts of the pick-up board.

use super::texts;

texts! {
    PREPARING = "Preparing", "তৈরি হচ্ছে";
    READY = "Ready to pick up", "নিয়ে যান";
    NOTHING_PREPARING = "Nothing in the kitchen", "রান্নাঘরে কিছু নেই";
    NOTHING_READY = "No order is waiting", "কোনো অর্ডার অপেক্ষায় নেই";
    RECONNECTING = "Reconnecting. Numbers may be old.", "আবার সংযোগ হচ্ছে। নম্বর পুরোনো হতে পারে।";
    MORE = "and {n} more", "আরও {n}টি";
    PAGE_TITLE = "Pick-up board", "খাবার নেওয়ার বোর্ড";
    SOUND_HINT = "Touch the screen once for sound", "শব্দের জন্য একবার পর্দা ছুঁন";
}
