//! Texts of every surface.

use super::texts;

texts! {
    /// Name of the cafeteria.
    CAFETERIA = "Cafeteria", "ক্যাফেটেরিয়া";
    LOADING = "Loading…", "লোড হচ্ছে…";
    TRY_AGAIN = "Try again", "আবার চেষ্টা করুন";
    CLOSE = "Close", "বন্ধ করুন";
    CANCEL = "Cancel", "বাতিল";
    SAVE = "Save", "সংরক্ষণ";
    UNDO = "Undo", "ফিরিয়ে নিন";
    BACK = "Back", "পেছনে";
    SEARCH = "Search", "খুঁজুন";
    CLEAR_SEARCH = "Clear the search", "খোঁজা মুছুন";
    SKIP_TO_CONTENT = "Skip to the content", "মূল অংশে যান";
    /// State of the socket connection.
    LIVE = "Live", "লাইভ";
    CONNECTING = "Connecting…", "সংযোগ হচ্ছে…";
    RECONNECTING = "Reconnecting…", "আবার সংযোগ হচ্ছে…";
    LIVE_PAUSED = "Live updates paused", "লাইভ আপডেট থেমে আছে";
    OFFLINE = "No connection", "সংযোগ নেই";
    OFFLINE_SENTENCE = "No connection.", "সংযোগ নেই।";
    /// Sign-in form.
    SIGN_IN = "Sign in", "সাইন ইন";
    SIGN_OUT = "Sign out", "সাইন আউট";
    USERNAME = "User name", "ব্যবহারকারীর নাম";
    PASSWORD = "Password", "পাসওয়ার্ড";
    SHOW_PASSWORD = "Show the password", "পাসওয়ার্ড দেখান";
    HIDE_PASSWORD = "Hide the password", "পাসওয়ার্ড লুকান";
    SIGNING_IN = "Signing in…", "সাইন ইন হচ্ছে…";
    ENTER_USERNAME = "Enter your user name.", "আপনার ব্যবহারকারীর নাম লিখুন।";
    ENTER_PASSWORD = "Enter your password.", "আপনার পাসওয়ার্ড লিখুন।";
    RETRY_SIGN_IN_IN = "Too many tries. You can sign in again in {time}.",
        "অনেকবার চেষ্টা হয়েছে। {time} পরে আবার সাইন ইন করতে পারবেন।";
    SESSION_ENDED = "You were signed out. Sign in again to go on; nothing is lost.",
        "আপনি সাইন আউট হয়ে গেছেন। চালিয়ে যেতে আবার সাইন ইন করুন; কিছুই হারায়নি।";
    /// Settings.
    ACCOUNT = "Account and settings", "অ্যাকাউন্ট ও সেটিংস";
    APPEARANCE = "Appearance", "চেহারা";
    THEME_SYSTEM = "As the device", "ডিভাইস অনুযায়ী";
    THEME_LIGHT = "Light", "আলো";
    THEME_DARK = "Dark", "অন্ধকার";
    LANGUAGE = "Language", "ভাষা";
    SOUND = "Sound", "শব্দ";
    SOUND_ON = "On", "চালু";
    SOUND_OFF = "Off", "বন্ধ";
    /// Menu categories.
    MAINS = "Mains", "প্রধান খাবার";
    SIDES = "Sides", "সাথে";
    DRINKS = "Drinks", "পানীয়";
    DESSERTS = "Desserts", "মিষ্টি";
    OTHER_CATEGORY = "More", "আরও";
    /// Order statuses.
    PENDING = "Pending", "অপেক্ষায়";
    IN_KITCHEN = "In Kitchen", "রান্নাঘরে";
    STOCK_VERIFIED = "Stock Verified", "মজুত নিশ্চিত";
    READY = "Ready", "প্রস্তুত";
    COLLECTED = "Collected", "নেওয়া হয়েছে";
    REJECTED = "Rejected", "গৃহীত হয়নি";
    CANCELLED = "Cancelled", "বাতিল";
    /// Relative times.
    JUST_NOW = "just now", "এইমাত্র";
    MINUTES_AGO = "{n} min ago", "{n} মিনিট আগে";
    TODAY = "Today", "আজ";
    YESTERDAY = "Yesterday", "গতকাল";
    NOT_FOUND_TITLE = "There is no such page", "এমন কোনো পাতা নেই";
    NOT_FOUND_HINT = "The address may be old or mistyped.", "ঠিকানাটি পুরোনো বা ভুল হতে পারে।";
    ERROR_REFERENCE = "Reference {id}", "সূত্র {id}";
}
