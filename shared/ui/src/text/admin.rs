//! Texts of the console of staff and admins.

use super::texts;

texts! {
    CONSOLE = "Console", "কনসোল";
    NAVIGATION = "Parts of the console", "কনসোলের অংশগুলো";
    WELCOME = "Console of the cafeteria", "ক্যাফেটেরিয়ার কনসোল";
    WELCOME_HINT = "For the people of the kitchen and for admins.", "রান্নাঘরের কর্মী ও অ্যাডমিনদের জন্য।";
    NOT_STAFF = "This part is for the staff", "এই অংশ কর্মীদের জন্য";
    NOT_STAFF_HINT = "With your account you can order food, and follow your orders.",
        "আপনার অ্যাকাউন্ট দিয়ে খাবার অর্ডার করতে ও অর্ডারের খবর দেখতে পারবেন।";
    GO_TO_CAFETERIA = "To the cafeteria", "ক্যাফেটেরিয়ায় যান";
    ADMINS_ONLY = "This page is for admins", "এই পাতা অ্যাডমিনদের জন্য";
    ADMINS_ONLY_HINT = "Choose one of the pages beside it.", "পাশের পাতাগুলোর একটি বেছে নিন।";
    KITCHEN = "Kitchen", "রান্নাঘর";
    STOCK = "Stock", "মজুত";
    HEALTH = "Health", "অবস্থা";
    KIOSKS = "Kiosks", "কিয়স্ক";
    USERS = "Users", "ব্যবহারকারী";
    DEAD_LETTERS = "Dead letters", "অপঠিত বার্তা";
    AUDIT = "Audit", "কাজের খাতা";
    ACTIONS = "Actions", "কাজ";
    CHANGE = "Change", "বদলান";
    MORE = "and {n} more", "আরও {n}টি";
    SHOW_OLDER = "Show older", "আরও পুরোনো দেখান";
    REFRESH = "Refresh", "নতুন করে দেখুন";
    SHOW_MORE = "Show more", "আরও দেখান";
    /// Password of the signed-in user.
    YOUR_PASSWORD = "Your password", "আপনার পাসওয়ার্ড";
    CURRENT_PASSWORD = "Current password", "বর্তমান পাসওয়ার্ড";
    NEW_PASSWORD = "New password", "নতুন পাসওয়ার্ড";
    PASSWORD_HINT = "8 to 128 characters", "৮ থেকে ১২৮ অক্ষর";
    CHANGE_PASSWORD = "Change the password", "পাসওয়ার্ড বদলান";
    PASSWORD_CHANGED = "The password is changed.", "পাসওয়ার্ড বদলানো হয়েছে।";
    INVALID_PASSWORD = "Enter 8 to 128 characters.", "৮ থেকে ১২৮ অক্ষর লিখুন।";
    /// Kitchen page.
    RECEIVED = "Received", "এসেছে";
    COOKING = "Cooking", "রান্না হচ্ছে";
    READY = "Ready", "প্রস্তুত";
    CHECKING_STOCK = "Checking the stock…", "মজুত দেখা হচ্ছে…";
    MARK_READY = "Ready", "প্রস্তুত";
    MARK_COLLECTED = "Collected", "নিয়ে গেছে";
    BACK_TO_COOKING = "Back to cooking", "রান্নায় ফেরান";
    CANCEL_TICKET = "Cancel ticket {n}", "টিকিট {n} বাতিল করুন";
    CANCEL_TICKET_TITLE = "Cancel ticket {n}?", "টিকিট {n} বাতিল করবেন?";
    CANCEL_TICKET_HINT = "The student is told, and the portions go back into the stock. This cannot be undone.",
        "শিক্ষার্থীকে জানানো হবে এবং খাবার মজুতে ফিরে যাবে। এটি আর ফেরানো যাবে না।";
    KEEP_TICKET = "Keep it", "রেখে দিন";
    TICKET = "Ticket {n}", "টিকিট {n}";
    TICKET_IS_READY = "Ticket {n} is ready.", "টিকিট {n} প্রস্তুত।";
    TICKET_IS_COLLECTED = "Ticket {n} was collected.", "টিকিট {n} নিয়ে গেছে।";
    TICKET_IS_CANCELLED = "Ticket {n} is cancelled.", "টিকিট {n} বাতিল হয়েছে।";
    TICKET_RESTORED = "Ticket {n} is back where it was.", "টিকিট {n} আগের জায়গায় ফিরেছে।";
    TICKET_MOVED = "Ticket {n} has already moved on. The board shows where it is now.",
        "টিকিট {n} আগেই এগিয়ে গেছে। এখন কোথায় আছে বোর্ডে দেখুন।";
    EMPTY_COLUMN = "Nothing here", "এখানে কিছু নেই";
    PORTIONS_TO_COOK = "To make in all", "মোট যা বানাতে হবে";
    NO_PORTIONS_TO_COOK = "Nothing is to be made.", "এখন কিছু বানাতে হবে না।";
    TICKET_AGE_MINUTES = "{n} min", "{n} মিনিট";
    LATE = "late", "দেরি";
    VERY_LATE = "very late", "অনেক দেরি";
    /// Stock page.
    DISH = "Dish", "খাবার";
    CATEGORY = "Part", "ভাগ";
    PRICE = "Price", "দাম";
    PRICE_IN_TAKA = "Price in taka", "দাম (টাকায়)";
    LEFT = "Left", "বাকি";
    PICTURE = "Picture", "ছবি";
    SHOWN = "On the menu", "মেনুতে আছে";
    HIDDEN = "Hidden", "লুকানো";
    ALL = "All", "সব";
    SEARCH_STOCK = "Search dishes", "খাবার খুঁজুন";
    NO_MATCHING_DISHES = "No dish fits", "কোনো খাবার মেলেনি";
    NO_MATCHING_DISHES_HINT = "Clear the search, or add a dish.", "খোঁজা মুছুন, বা নতুন খাবার যোগ করুন।";
    EDIT_DISH = "Change {dish}", "{dish} বদলান";
    HIDE_DISH = "Hide {dish}", "{dish} লুকান";
    SHOW_DISH = "Put {dish} on the menu", "{dish} মেনুতে আনুন";
    HIDE = "Hide", "লুকান";
    SHOW = "Show", "দেখান";
    ADJUST = "Restock", "মজুত";
    ADJUST_DISH = "Restock or waste: {dish}", "মজুত বাড়ান বা কমান: {dish}";
    ADD_PORTIONS = "Add portions", "যোগ করুন";
    REMOVE_PORTIONS = "Take away", "বাদ দিন";
    PORTIONS = "Portions", "কত ভাগ";
    REASON = "Reason", "কারণ";
    REASON_DELIVERY = "Delivery", "নতুন চালান";
    REASON_COOKED = "Cooked", "রান্না হয়েছে";
    REASON_WASTE = "Thrown away", "ফেলে দেওয়া হয়েছে";
    REASON_COUNTED = "Counted", "গুনে দেখা হয়েছে";
    ADD_N_PORTIONS = "Add {n} portions", "{n} ভাগ যোগ করুন";
    REMOVE_N_PORTIONS = "Take {n} portions away", "{n} ভাগ বাদ দিন";
    ADJUSTED = "{dish}: the stock is changed.", "{dish}: মজুত বদলানো হয়েছে।";
    SAVED = "{dish} is saved.", "{dish} সংরক্ষণ হয়েছে।";
    DISH_HIDDEN = "{dish} is hidden from the menu.", "{dish} মেনু থেকে লুকানো হয়েছে।";
    DISH_SHOWN = "{dish} is on the menu.", "{dish} মেনুতে এসেছে।";
    ADD_DISH = "Add a dish", "নতুন খাবার";
    DISH_ADDED = "{dish} is added.", "{dish} যোগ হয়েছে।";
    DISH_ID = "Short name", "সংক্ষিপ্ত নাম";
    DISH_ID_HINT = "Small letters, digits and dashes, at most 40, as in lentil-soup. It stays.",
        "ইংরেজি ছোট অক্ষর, সংখ্যা ও ড্যাশ, সর্বোচ্চ ৪০টি, যেমন lentil-soup। এটি পরে বদলায় না।";
    NAME = "Name", "নাম";
    INVALID_DISH_NAME = "Enter 1 to 80 characters.", "১ থেকে ৮০ অক্ষর লিখুন।";
    INVALID_PRICE = "Enter a price from 0 to 1,00,000 taka, like 180 or 180.50.",
        "০ থেকে ১,০০,০০০ টাকার মধ্যে দাম লিখুন, যেমন ১৮০ বা ১৮০.৫০।";
    INVALID_PICTURE = "Small letters, digits and dashes, at most 80.",
        "ইংরেজি ছোট অক্ষর, সংখ্যা ও ড্যাশ, সর্বোচ্চ ৮০টি।";
    INVALID_DISH_ID = "Small letters, digits and dashes, at most 40.",
        "ইংরেজি ছোট অক্ষর, সংখ্যা ও ড্যাশ, সর্বোচ্চ ৪০টি।";
    INVALID_PORTIONS = "Enter a whole number from 0 to 10,00,000.", "০ থেকে ১০,০০,০০০ এর মধ্যে পূর্ণ সংখ্যা লিখুন।";
    MISSING_REASON = "Enter a reason.", "একটি কারণ লিখুন।";
    DISH_ID_TAKEN = "There is such a dish already.", "এমন খাবার আগে থেকেই আছে।";
    CONFLICT = "Somebody else has changed this dish in the meantime.", "এর মধ্যে আরেকজন এই খাবার বদলেছেন।";
    CONFLICT_FIELD = "{field}: theirs is {theirs}, yours is {mine}.", "{field}: তাঁর {theirs}, আপনার {mine}।";
    CONFLICT_OTHER = "Other fields than yours. Both can stay.", "অন্য ঘর বদলেছেন। দুটোই থাকতে পারে।";
    TAKE_THEIRS = "Take theirs", "তাঁরটি রাখুন";
    KEEP_MINE = "Keep mine", "আমারটি রাখুন";
    /// Health page.
    UP = "UP", "চালু";
    DEGRADED = "DEGRADED", "আংশিক";
    CHAOS = "CHAOS", "মহড়া";
    DOWN = "DOWN", "বন্ধ";
    SILENT = "SILENT", "নীরব";
    SERVICES = "Services", "সার্ভিস";
    DEPENDENCIES = "Needs", "যা লাগে";
    REPLICAS = "Replicas", "প্রতিলিপি";
    NO_REPLICAS = "No replica is heard.", "কোনো প্রতিলিপির খবর নেই।";
    REACHABLE = "up", "চালু";
    UNREACHABLE = "away", "নেই";
    GATEWAY_SLOW = "Gateway slow: {value} s average over 30 s, since {time}",
        "গেটওয়ে ধীর: ৩০ সেকেন্ডের গড় {value} সেকেন্ড, {time} থেকে";
    GATEWAY_RECOVERED = "Gateway recovered at {time}. It was slow since {since}, up to {value} s on average.",
        "গেটওয়ে {time}-এ স্বাভাবিক হয়েছে। {since} থেকে ধীর ছিল, গড় সর্বোচ্চ {value} সেকেন্ড।";
    CHARTS = "The last five minutes", "গত পাঁচ মিনিট";
    PLOT_ORDERS = "Orders accepted", "গৃহীত অর্ডার";
    PLOT_LATENCY = "Gateway latency over 30 s", "৩০ সেকেন্ডে গেটওয়ের সময়";
    PLOT_DEPTH = "Queue depth", "সারিতে অপেক্ষা";
    PLOT_OUTCOMES = "Kitchen outcomes", "রান্নাঘরের ফল";
    PLOT_SOCKETS = "Open sockets", "খোলা সংযোগ";
    PER_SECOND = "per second", "প্রতি সেকেন্ডে";
    SECONDS = "seconds", "সেকেন্ড";
    ORDERS = "orders", "অর্ডার";
    SOCKETS = "sockets", "সংযোগ";
    SERIES_ORDERS = "Orders", "অর্ডার";
    SERIES_P50 = "p50", "p50 (অর্ধেক)";
    SERIES_P95 = "p95", "p95 (৯৫%)";
    SERIES_P99 = "p99", "p99 (৯৯%)";
    SERIES_PROCESSED = "Processed", "সম্পন্ন";
    SERIES_RETRIED = "Retried", "আবার চেষ্টা";
    SERIES_FAILED = "Failed", "ব্যর্থ";
    THRESHOLD = "Limit {value} s", "সীমা {value} সে";
    NO_VALUE = "no value", "মান নেই";
    NOW = "now", "এখন";
    SECONDS_AGO = "{n} s ago", "{n} সেকেন্ড আগে";
    MINUTES_AGO_SHORT = "−{n} min", "−{n} মি";
    WAITING_FOR_STATS = "Waiting for the first figures…", "প্রথম তথ্যের অপেক্ষায়…";
    CHAOS_EXPERIMENT = "Chaos drill", "বিপর্যয়ের মহড়া";
    CHAOS_EXPERIMENT_HINT = "Makes one service misbehave for real. It recovers by itself.",
        "একটি সার্ভিসকে সত্যিই বিগড়ে দেয়। সময় শেষে নিজেই ঠিক হয়।";
    SERVICE = "Service", "সার্ভিস";
    CHAOS_MODE = "How", "কীভাবে";
    CHAOS_MODE_UNAVAILABLE = "Stop", "থামানো";
    CHAOS_MODE_LATENCY = "Slow down", "ধীর করা";
    CHAOS_MODE_ERRORS = "Fail some requests", "কিছু অনুরোধ ব্যর্থ";
    CHAOS_MODE_KILL = "Kill and restart", "বন্ধ করে আবার চালু";
    CHAOS_MODE_UNKNOWN = "Other", "অন্য";
    LATENCY_MS = "Milliseconds", "মিলিসেকেন্ড";
    ERROR_PERCENT = "Percent of requests", "অনুরোধের শতাংশ";
    DURATION = "For", "কতক্ষণ";
    FOR_SECONDS = "{n} s", "{n} সেকেন্ড";
    FOR_MINUTES = "{n} min", "{n} মিনিট";
    START_CHAOS_EXPERIMENT = "Start…", "শুরু…";
    STOP_SERVICE_FOR = "Stop {service} for {time}", "{service} {time} থামান";
    SLOW_SERVICE_FOR = "Slow {service} down by {n} ms for {time}", "{service} {time} {n} মিলিসেকেন্ড ধীর করুন";
    FAIL_REQUESTS_FOR = "Fail {n} % of {service} for {time}", "{service}-এর {n}% অনুরোধ {time} ব্যর্থ করুন";
    KILL_SERVICE = "Kill {service} now", "{service} এখনই বন্ধ করুন";
    CHAOS_EXPERIMENT_WARNING = "Everybody in the cafeteria will notice. Go on?", "ক্যাফেটেরিয়ার সবাই টের পাবেন। চালাবেন?";
    RECOVERS_IN = "Recovers in {time}", "{time} পরে ঠিক হবে";
    RECOVER = "Recover now", "এখনই ঠিক করুন";
    RECOVER_SERVICE = "Recover now: {service}", "এখনই ঠিক করুন: {service}";
    RECOVER_ALL = "Recover everything", "সব ঠিক করুন";
    SERVICE_RECOVERING = "{service} recovers.", "{service} ঠিক হচ্ছে।";
    ALL_RECOVERING = "Everything recovers.", "সব ঠিক হচ্ছে।";
    CHAOS_EXPERIMENT_STARTED = "The drill is on.", "মহড়া শুরু হয়েছে।";
    NUMBER_OUT_OF_RANGE = "Enter a number from {from} to {to}.", "{from} থেকে {to} এর মধ্যে সংখ্যা লিখুন।";
    /// Users page.
    SEARCH_USERS = "User names that begin with…", "যে নাম দিয়ে শুরু…";
    ROLE = "Role", "ভূমিকা";
    ROLE_STUDENT = "Student", "শিক্ষার্থী";
    ROLE_STAFF = "Staff", "কর্মী";
    ROLE_ADMIN = "Admin", "অ্যাডমিন";
    ROLE_KIOSK = "Kiosk", "কিয়স্ক";
    ROLE_SERVICE = "Service", "সার্ভিস";
    ROLE_UNKNOWN = "Other", "অন্য";
    STATE = "State", "অবস্থা";
    ACTIVE = "Active", "সক্রিয়";
    DISABLED = "Disabled", "নিষ্ক্রিয়";
    ADD_USER = "Add a user", "নতুন ব্যবহারকারী";
    USER_ADDED = "{user} is added.", "{user} যোগ হয়েছে।";
    USER_SAVED = "{user} is changed.", "{user} বদলানো হয়েছে।";
    NO_MATCHING_USERS = "No user name begins like that", "এমন নামে কেউ নেই";
    NO_MATCHING_USERS_HINT = "Try a shorter beginning.", "আরও ছোট করে লিখে দেখুন।";
    EDIT_USER = "Change {user}", "{user} বদলান";
    DISABLE_USER = "Disable {user}", "{user} নিষ্ক্রিয় করুন";
    DISABLE_HINT = "They are signed out everywhere and cannot sign in again until you enable them.",
        "সব জায়গা থেকে সাইন আউট হবে, আর সক্রিয় না করা পর্যন্ত সাইন ইন করতে পারবে না।";
    ENABLE_USER = "Enable {user}", "{user} সক্রিয় করুন";
    RESET_PASSWORD = "Set a new password", "নতুন পাসওয়ার্ড দিন";
    RESET_HINT = "Empty: it stays. A new one signs them out everywhere.",
        "খালি রাখলে একই থাকবে। নতুন দিলে সব জায়গা থেকে সাইন আউট হবে।";
    INVALID_USERNAME = "Letters from A to Z, digits, dots, underscores, dashes and @, at most 64.",
        "A থেকে Z ইংরেজি অক্ষর, সংখ্যা, ডট, আন্ডারস্কোর, ড্যাশ ও @, সর্বোচ্চ ৬৪টি।";
    INVALID_FULL_NAME = "Enter 1 to 100 characters.", "১ থেকে ১০০ অক্ষর লিখুন।";
    IMPORT = "Import from a file", "ফাইল থেকে আনুন";
    IMPORT_HINT = "A CSV file with the header username,name,role,password.",
        "CSV ফাইল, প্রথম লাইন: username,name,role,password।";
    FILE = "File", "ফাইল";
    START_IMPORT = "Import this file", "এই ফাইল আনুন";
    IMPORT_PROGRESS = "{done} of {total} lines", "{total} লাইনের {done}";
    IMPORT_DONE = "{created} users created, {failed} lines refused.", "{created} জন যোগ হয়েছে, {failed} লাইন নেওয়া হয়নি।";
    IMPORT_INTERRUPTED = "It was interrupted. Import the same file again; nobody is created twice.",
        "মাঝপথে থেমে গেছে। একই ফাইল আবার আনুন; কেউ দুবার যোগ হবে না।";
    IMPORT_LINE = "Line", "লাইন";
    IMPORT_RESULT = "Result", "ফল";
    USER_CREATED = "created", "যোগ হয়েছে";
    FILE_UNREADABLE = "The file cannot be read.", "ফাইলটি পড়া যাচ্ছে না।";
    CARD_NUMBER = "Card number", "কার্ড নম্বর";
    CARD_HINT = "Empty: the card stays. A new one replaces it.", "খালি রাখলে কার্ড একই থাকবে। নতুন দিলে আগেরটি বাদ যাবে।";
    CARD_PIN = "PIN of the card", "কার্ডের পিন";
    CARD_EXPIRY = "Card is valid until", "কার্ডের মেয়াদ";
    CARD_EXPIRY_HINT = "Empty: it does not expire.", "খালি রাখলে মেয়াদ শেষ হবে না।";
    INVALID_CARD = "Enter 4 to 64 characters.", "৪ থেকে ৬৪ অক্ষর লিখুন।";
    INVALID_PIN = "Enter 4 to 8 digits.", "৪ থেকে ৮টি সংখ্যা লিখুন।";
    INVALID_DATE = "Enter a date.", "একটি তারিখ লিখুন।";
    /// Kiosks page.
    ADD_KIOSK = "Add a kiosk", "নতুন কিয়স্ক";
    NO_KIOSKS = "No kiosks yet", "এখনো কোনো কিয়স্ক নেই";
    NO_KIOSKS_HINT = "Add one, and enter its secret on the machine at the counter.",
        "একটি যোগ করুন, তারপর কাউন্টারের মেশিনে তার গোপন কোড বসান।";
    KIOSK_OPEN = "Open", "খোলা";
    KIOSK_CLOSED = "Closed", "বন্ধ";
    KIOSK_SILENT = "Silent", "সাড়া নেই";
    KIOSK_REVOKED = "Revoked", "অনুমতি নেই";
    KIOSK_NEVER_HEARD = "Never heard", "কখনো সাড়া দেয়নি";
    LAST_HEARTBEAT = "Last heartbeat", "সর্বশেষ সাড়া";
    OUTBOX = "Kept orders", "জমা অর্ডার";
    OUTBOX_COUNTS = "{n} not sent, {refused} refused", "{n}টি পাঠানো হয়নি, {refused}টি গৃহীত হয়নি";
    PRINTER = "Printer", "প্রিন্টার";
    PRINTER_NONE = "none", "নেই";
    PRINTER_READY = "ready", "প্রস্তুত";
    PRINTER_PAPER_LOW = "paper is low", "কাগজ কমে এসেছে";
    PRINTER_PAPER_OUT = "out of paper", "কাগজ শেষ";
    PRINTER_COVER_OPEN = "cover is open", "ঢাকনা খোলা";
    PRINTER_OFFLINE = "not reachable", "সংযোগ নেই";
    PRINTER_UNKNOWN = "other", "অন্য";
    KIOSK_CLOCK = "Clock", "ঘড়ি";
    CLOCK_RIGHT = "right", "ঠিক আছে";
    CLOCK_AHEAD = "{n} s ahead", "{n} সেকেন্ড এগিয়ে";
    CLOCK_BEHIND = "{n} s behind", "{n} সেকেন্ড পিছিয়ে";
    KIOSK_VERSION = "Version", "সংস্করণ";
    WEBVIEW = "Browser engine", "ব্রাউজার ইঞ্জিন";
    KIOSK_MESSAGE = "Message", "বার্তা";
    CLOSE_KIOSK = "Close", "বন্ধ করুন";
    OPEN_KIOSK = "Open", "খুলুন";
    KIOSK_IS_CLOSED = "{kiosk} closes with its next heartbeat.", "{kiosk} কয়েক সেকেন্ডের মধ্যে বন্ধ হবে।";
    KIOSK_IS_OPEN = "{kiosk} opens with its next heartbeat.", "{kiosk} কয়েক সেকেন্ডের মধ্যে খুলবে।";
    REVOKE = "Revoke", "অনুমতি তুলে নিন";
    REVOKE_KIOSK = "Revoke {kiosk}", "{kiosk}-এর অনুমতি তুলে নিন";
    REVOKE_HINT = "It is signed out at once, and nobody can order at it until you admit it again. Orders that it keeps wait.",
        "সঙ্গে সঙ্গে সাইন আউট হবে, আবার অনুমতি না দেওয়া পর্যন্ত এখানে কেউ অর্ডার করতে পারবে না। জমা অর্ডার অপেক্ষায় থাকবে।";
    KIOSK_IS_REVOKED = "{kiosk} is revoked.", "{kiosk}-এর অনুমতি তুলে নেওয়া হয়েছে।";
    ADMIT_KIOSK = "Admit again", "আবার অনুমতি দিন";
    KIOSK_IS_ADMITTED = "{kiosk} is admitted again.", "{kiosk} আবার অনুমতি পেয়েছে।";
    NEW_SECRET = "New secret", "নতুন গোপন কোড";
    REPLACE_SECRET_OF = "Replace the secret of {kiosk}", "{kiosk}-এর গোপন কোড বদলান";
    REPLACE_SECRET_HINT = "It is signed out and works again once the new secret is entered on it.",
        "সাইন আউট হবে, নতুন গোপন কোড বসালে আবার চলবে।";
    SECRET_OF = "Secret of {kiosk}", "{kiosk}-এর গোপন কোড";
    SECRET = "Secret", "গোপন কোড";
    SECRET_HINT = "Enter it on the kiosk now: it is not shown again.", "এখনই কিয়স্কে বসান: এটি আর দেখানো হবে না।";
    SECRET_QR = "QR code of the secret", "গোপন কোডের কিউআর কোড";
    COPY = "Copy", "কপি করুন";
    COPIED = "Copied.", "কপি হয়েছে।";
    SECRET_KEPT = "I have entered it", "বসিয়েছি";
    EDIT_KIOSK = "Change {kiosk}", "{kiosk} বদলান";
    KIOSK_SAVED = "{kiosk} is changed.", "{kiosk} বদলানো হয়েছে।";
    KIOSK_USERNAME_HINT = "The kiosk signs in with it, as in kiosk-door. It stays.",
        "কিয়স্ক এই নামে সাইন ইন করে, যেমন kiosk-door। এটি পরে বদলায় না।";
    KIOSK_NAME_HINT = "Students read it on the screen.", "শিক্ষার্থীরা পর্দায় এই নাম দেখবে।";
    INVALID_KIOSK_NAME = "Enter 1 to 60 characters.", "১ থেকে ৬০ অক্ষর লিখুন।";
    MESSAGE_EN = "Message in English", "ইংরেজি বার্তা";
    MESSAGE_BN = "Message in Bangla", "বাংলা বার্তা";
    MESSAGE_HINT = "Shown on the kiosk in the student's language. Empty both to remove it.",
        "কিয়স্কে শিক্ষার্থীর ভাষায় দেখাবে। দুটোই খালি রাখলে বার্তা সরে যাবে।";
    INVALID_MESSAGE = "Enter at most 200 characters.", "সর্বোচ্চ ২০০ অক্ষর লিখুন।";
    /// Dead letters page.
    NO_DEAD_LETTERS = "No dead letters", "কোনো অপঠিত বার্তা নেই";
    NO_DEAD_LETTERS_HINT = "The kitchen could read everything it was sent.", "রান্নাঘর সব বার্তা পড়তে পেরেছে।";
    DEAD_LETTERS_HINT = "Messages that the kitchen could not read. They wait here and are not lost.",
        "যে বার্তা রান্নাঘর পড়তে পারেনি। এখানে জমা আছে, হারায়নি।";
    REDRIVE = "Send again", "আবার পাঠান";
    REDRIVE_N = "Send message {n} to the kitchen again", "বার্তা {n} আবার রান্নাঘরে পাঠান";
    REDRIVE_HINT = "If it still cannot be read, it comes back here.", "এবারও পড়া না গেলে এখানে ফিরে আসবে।";
    REDRIVEN = "Message {n} is on its way.", "বার্তা {n} পাঠানো হয়েছে।";
    SHOWN_OF = "{n} of {all} shown", "{all}টির {n}টি দেখানো হয়েছে";
    MESSAGE_BODY = "Contents", "বিষয়বস্তু";
    /// Audit log page.
    AUDIT_TIME = "When", "কখন";
    AUDIT_ACTOR = "Who", "কে";
    AUDIT_ACTION = "What", "কী";
    AUDIT_SUBJECT = "To what", "কিসে";
    AUDIT_DETAIL = "Detail", "বিস্তারিত";
    YOU = "you", "আপনি";
    NO_AUDIT = "Nothing was done yet", "এখনো কিছু করা হয়নি";
    NO_AUDIT_HINT = "Whatever people do at this service stands here.", "এই সার্ভিসে যে যা করে সব এখানে থাকে।";
}
