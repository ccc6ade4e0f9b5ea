//! Texts of the kiosk at the counter.

use super::texts;

texts! {
    PAGE_TITLE = "Order here", "এখানে অর্ডার করুন";
    /// Top bar.
    LANGUAGE = "Language", "ভাষা";
    LARGER_TEXT = "Larger text", "বড় লেখা";
    NORMAL_TEXT = "Normal text", "সাধারণ লেখা";
    LOWER_CONTROLS = "Move down", "নিচে নামান";
    HIGHER_CONTROLS = "Move back up", "ওপরে তুলুন";
    SIGN_OUT = "Sign out", "সাইন আউট";
    OFFLINE = "No connection. You can still order; we send it as soon as the connection is back.",
        "সংযোগ নেই। তবু অর্ডার করতে পারবেন; সংযোগ ফিরলেই আমরা পাঠিয়ে দেব।";
    MENU_AS_OF = "Menu and prices as of {time}.", "মেনু ও দাম {time}-এর।";
    NO_SLIPS = "No printed slips at the moment. Ordering works as usual.",
        "এই মুহূর্তে স্লিপ ছাপা যাচ্ছে না। অর্ডার স্বাভাবিকভাবেই চলছে।";
    /// Attract screen.
    ATTRACT = "Order here. Skip the queue.", "এখানে অর্ডার করুন, লাইন এড়ান।";
    ATTRACT_HINT = "Choose, order, and pick it up when your number is called.",
        "বেছে নিন, অর্ডার দিন, নম্বর ডাকলে নিয়ে যান।";
    BEGIN = "Start your order", "অর্ডার শুরু করুন";
    /// Sign-in screen.
    SIGN_IN_TITLE = "Sign in to order", "অর্ডার করতে সাইন ইন করুন";
    SIGN_IN_HINT = "Use your campus account.", "আপনার ক্যাম্পাস অ্যাকাউন্ট ব্যবহার করুন।";
    CARD_HINT = "Or hold your card to the reader.", "অথবা রিডারে আপনার কার্ড ধরুন।";
    PIN_TITLE = "Enter your PIN", "আপনার পিন দিন";
    PIN_HINT = "Your card was read. Its PIN confirms that it is you.",
        "আপনার কার্ড পড়া হয়েছে। পিন দিলে নিশ্চিত হব যে এটি আপনারই।";
    USERNAME = "User name", "ব্যবহারকারীর নাম";
    PASSWORD = "Password", "পাসওয়ার্ড";
    PIN = "PIN", "পিন";
    TYPED = "{n} characters", "{n}টি অক্ষর";
    SIGN_IN = "Sign in", "সাইন ইন";
    SIGNING_IN = "Signing in…", "সাইন ইন হচ্ছে…";
    BACK = "Back", "পেছনে";
    CANCEL = "Cancel", "বাতিল";
    ERROR_INCOMPLETE = "Enter both, then sign in.", "দুটিই লিখে তারপর সাইন ইন করুন।";
    ERROR_NO_PIN = "Enter the PIN of your card.", "আপনার কার্ডের পিন লিখুন।";
    ERROR_CREDENTIALS = "User name and password do not match. Check both and try again.",
        "ব্যবহারকারীর নাম ও পাসওয়ার্ড মিলছে না। দুটিই দেখে আবার চেষ্টা করুন।";
    ERROR_PIN = "That is not the PIN of this card. Try again.", "এটি এই কার্ডের পিন নয়। আবার চেষ্টা করুন।";
    ERROR_TOO_MANY = "Too many tries. You can sign in again in {time}.",
        "অনেকবার চেষ্টা হয়েছে। {time} পরে আবার সাইন ইন করতে পারবেন।";
    ERROR_UNKNOWN_CARD = "This card is not registered. Sign in with your user name, or ask at the counter.",
        "এই কার্ড নিবন্ধিত নয়। ব্যবহারকারীর নাম দিয়ে সাইন ইন করুন, অথবা কাউন্টারে বলুন।";
    ERROR_CARD_EXPIRED = "This card has expired. Sign in with your user name, or ask at the counter.",
        "এই কার্ডের মেয়াদ শেষ। ব্যবহারকারীর নাম দিয়ে সাইন ইন করুন, অথবা কাউন্টারে বলুন।";
    ERROR_CARD_UNREADABLE = "The card could not be read. Hold it to the reader once more.",
        "কার্ডটি পড়া যায়নি। আরেকবার রিডারে ধরুন।";
    ERROR_NOT_STUDENT = "Orders here are for students. Please order at the counter.",
        "এখানে শুধু শিক্ষার্থীরা অর্ডার করেন। অনুগ্রহ করে কাউন্টারে অর্ডার করুন।";
    ERROR_UNAVAILABLE = "Signing in is not possible right now. Try again in a moment.",
        "এই মুহূর্তে সাইন ইন করা যাচ্ছে না। একটু পরে আবার চেষ্টা করুন।";
    NOT_KNOWN_TITLE = "No connection right now", "এই মুহূর্তে সংযোগ নেই";
    NOT_KNOWN_HINT = "Without a connection, you can order here only if you have signed in at this kiosk before. \
        Please order at the counter, or try again in a few minutes.",
        "সংযোগ ছাড়া এখানে অর্ডার করতে হলে আগে এই কিয়স্কে সাইন ইন করা থাকতে হয়। কাউন্টারে অর্ডার করুন, অথবা কয়েক মিনিট পরে আবার চেষ্টা করুন।";
    TO_START = "Back to the start", "শুরুতে ফিরুন";
    /// Keyboard.
    KEYBOARD = "Keyboard", "কিবোর্ড";
    KEY_SHIFT = "Capitals", "বড় হাতের অক্ষর";
    KEY_SYMBOLS = "Symbols", "চিহ্ন";
    KEY_ALPHABET = "Letters", "অক্ষর";
    KEY_SPACE = "Space", "ফাঁকা";
    KEY_BACKSPACE = "Delete the last character", "শেষ অক্ষর মুছুন";
    KEY_CLEAR = "Clear", "সব মুছুন";
    /// Menu and basket.
    MENU = "Menu", "মেনু";
    CHOOSE_DISHES = "What would you like?", "কী খাবেন?";
    CATEGORIES = "Categories", "ধরন";
    ALL = "All", "সব";
    EMPTY_MENU = "The menu is empty", "মেনু খালি";
    EMPTY_MENU_HINT = "New dishes appear here by themselves. Ask at the counter meanwhile.",
        "নতুন খাবার এখানে নিজেই দেখা যাবে। এর মধ্যে কাউন্টারে জিজ্ঞাসা করুন।";
    LEFT = "{n} left", "{n}টি বাকি";
    SOLD_OUT = "Sold out", "শেষ";
    CHOOSE_HINT = "Add dishes with +", "+ চেপে খাবার যোগ করুন";
    ITEMS = "{n} items", "{n}টি খাবার";
    ONE_ITEM = "1 item", "১টি খাবার";
    SEE_BASKET = "See basket", "ঝুড়ি দেখুন";
    BASKET = "Your basket", "আপনার ঝুড়ি";
    EMPTY_BASKET = "Your basket is empty", "আপনার ঝুড়ি খালি";
    EMPTY_BASKET_HINT = "Add dishes on the menu.", "মেনু থেকে খাবার যোগ করুন।";
    EACH = "{price} each", "প্রতিটি {price}";
    ONLY_LEFT = "Only {n} left", "আর মাত্র {n}টি আছে";
    TOTAL = "Total", "মোট";
    PAY_AT_COUNTER = "You pay when you pick it up.", "খাবার নেওয়ার সময় টাকা দেবেন।";
    ADD_MORE = "Add more", "আরও যোগ করুন";
    TO_MENU = "Back to the menu", "মেনুতে ফিরুন";
    PLACE_ORDER = "Place order · {sum}", "অর্ডার করুন · {sum}";
    TAKE_WHAT_IS_LEFT = "Take what is left · {sum}", "যা আছে তাই নিন · {sum}";
    REFUSED_SOLD_OUT = "{dish} sold out a moment ago. Nothing was ordered yet.",
        "{dish} এইমাত্র শেষ হয়ে গেছে। এখনও কিছু অর্ডার হয়নি।";
    REFUSED_TOO_FEW = "Fewer are left than you asked for. Nothing was ordered yet.",
        "যত চেয়েছেন তত নেই। এখনও কিছু অর্ডার হয়নি।";
    REFUSED_OFF_MENU = "A dish in your basket is not on the menu any more. Remove it and order again.",
        "ঝুড়ির একটি খাবার আর মেনুতে নেই। সেটি সরিয়ে আবার অর্ডার করুন।";
    REFUSED_BUSY = "Very busy right now. Nothing was ordered yet; try again in a moment.",
        "এখন খুব ভিড়। এখনও কিছু অর্ডার হয়নি; একটু পরে আবার চেষ্টা করুন।";
    REFUSED_OTHER = "The order could not be placed. Nothing was ordered; try again, or ask at the counter.",
        "অর্ডারটি দেওয়া গেল না। কিছু অর্ডার হয়নি; আবার চেষ্টা করুন, অথবা কাউন্টারে বলুন।";
    /// After the order.
    PLACING = "Placing your order…", "আপনার অর্ডার পাঠানো হচ্ছে…";
    PLACING_HINT = "One moment, please. It is one order, however long it takes.",
        "একটু অপেক্ষা করুন। যত সময়ই লাগুক, অর্ডার একটিই হবে।";
    YOUR_NUMBER = "Your number", "আপনার নম্বর";
    NUMBER_HINT = "Listen for it, or watch the board at the counter.", "নম্বর ডাকা হবে; কাউন্টারের বোর্ডেও দেখা যাবে।";
    ACCEPTED = "We have your order", "আপনার অর্ডার পেয়েছি";
    ACCEPTED_HINT = "Your number comes in a moment.", "আপনার নম্বর একটু পরেই আসবে।";
    KEPT = "Kept here, not sent yet", "এখানে রাখা আছে, এখনও পাঠানো হয়নি";
    KEPT_HINT = "There is no connection. This kiosk sends your order as soon as the connection is back. \
        It has no number until then, and the kitchen does not know of it yet.",
        "সংযোগ নেই। সংযোগ ফিরলেই এই কিয়স্ক আপনার অর্ডার পাঠাবে। তার আগে কোনো নম্বর নেই, রান্নাঘরও এখনও জানে না।";
    FAILED = "This order could not be made", "এই অর্ডারটি বানানো গেল না";
    FAILED_HINT = "Something in it sold out meanwhile. Nothing was charged or taken. You can order something else.",
        "এর মধ্যে কিছু একটা শেষ হয়ে গেছে। কোনো টাকা বা খাবার নেওয়া হয়নি। অন্য কিছু অর্ডার করতে পারেন।";
    FOLLOW = "Follow it on your phone", "ফোনে অর্ডার দেখুন";
    FOLLOW_HINT = "Point your phone’s camera at this code.", "ফোনের ক্যামেরা এই কোডের দিকে ধরুন।";
    FOLLOW_KEPT_HINT = "It appears there once it is sent.", "পাঠানো হলে সেখানে দেখা যাবে।";
    SLIP_PRINTING = "Your slip is printing…", "আপনার স্লিপ ছাপা হচ্ছে…";
    SLIP_PRINTED = "Please take your slip.", "আপনার স্লিপ নিয়ে নিন।";
    SLIP_FAILED = "The slip could not be printed. Remember your number, or scan the code.",
        "স্লিপ ছাপা গেল না। নম্বরটি মনে রাখুন, অথবা কোডটি স্ক্যান করুন।";
    PRINT_AGAIN = "Print again", "আবার ছাপান";
    DONE = "Done", "শেষ";
    THANKS = "Enjoy your meal!", "ভালো করে খান!";
    THANKS_HINT = "You are signed out. Nothing of yours stays here.", "আপনি সাইন আউট হয়েছেন। এখানে আপনার কিছুই থাকছে না।";
    /// Countdown.
    STILL_THERE = "Still there?", "আছেন তো?";
    CLEARED_IN = "Everything is cleared in {n} s.", "{n} সেকেন্ড পরে সব মুছে যাবে।";
    TOUCH_TO_STAY = "Touch anywhere to go on", "চালিয়ে যেতে যেকোনো জায়গায় ছুঁন";
    /// Closed, out of order, starting.
    CLOSED = "This kiosk is closed", "এই কিয়স্ক এখন বন্ধ";
    CLOSED_HINT = "Please order at the counter.", "অনুগ্রহ করে কাউন্টারে অর্ডার করুন।";
    STARTING = "Starting…", "চালু হচ্ছে…";
    OUT_OF_ORDER = "This kiosk is out of order. Please order at the counter.",
        "এই কিয়স্কটি এখন কাজ করছে না। অনুগ্রহ করে কাউন্টারে অর্ডার করুন।";
    FOR_STAFF = "For staff", "কর্মীদের জন্য";
    TROUBLE_CONFIGURATION = "The configuration cannot be used. Correct it and restart the kiosk.",
        "কনফিগারেশন ব্যবহার করা যাচ্ছে না। ঠিক করে কিয়স্ক আবার চালু করুন।";
    TROUBLE_REVOKED = "The server refuses this kiosk’s secret. Make a new one in the console and enter it here.",
        "সার্ভার এই কিয়স্কের গোপন কোড মানছে না। কনসোলে নতুন কোড বানিয়ে এখানে বসান।";
    TROUBLE_TOO_OLD = "This app is too old for the server. Install a newer version.",
        "অ্যাপটি সার্ভারের তুলনায় পুরোনো। নতুন সংস্করণ ইনস্টল করুন।";
    TROUBLE_STORAGE = "Orders cannot be kept safely, so the kiosk takes none. Check the disk and its permissions.",
        "অর্ডার নিরাপদে রাখা যাচ্ছে না, তাই কিয়স্ক কোনো অর্ডার নিচ্ছে না। ডিস্ক ও তার অনুমতি দেখুন।";
    DETAIL_FILE = "File", "ফাইল";
    DETAIL_LINE = "Line", "লাইন";
    DETAIL_FAULT = "Fault", "সমস্যা";
    DETAIL_EXPECTED = "Expected", "যা হওয়ার কথা";
    DETAIL_VERSION = "This version", "এই সংস্করণ";
    DETAIL_MINIMUM = "At least", "অন্তত";
    /// Staff.
    STAFF_PIN_TITLE = "Staff PIN", "কর্মীর পিন";
    STAFF_PIN_HINT = "For the cafeteria’s staff only.", "শুধু ক্যাফেটেরিয়ার কর্মীদের জন্য।";
    STAFF_PIN_WRONG = "Wrong PIN. Try again.", "পিন ভুল। আবার চেষ্টা করুন।";
    STAFF_PIN_WAIT = "Too many wrong PINs. Try again in {time}.", "অনেকবার ভুল পিন। {time} পরে আবার চেষ্টা করুন।";
    UNLOCK = "Unlock", "খুলুন";
    STAFF = "Staff", "কর্মী";
    OUTBOX = "Orders kept here", "এখানে রাখা অর্ডার";
    OUTBOX_EMPTY = "No order is waiting to be sent.", "পাঠানোর অপেক্ষায় কোনো অর্ডার নেই।";
    SEND_NOW = "Send now", "এখনই পাঠান";
    SENDING = "Sending…", "পাঠানো হচ্ছে…";
    COLUMN_STUDENT = "Student", "শিক্ষার্থী";
    COLUMN_ORDER = "Order", "অর্ডার";
    COLUMN_SUM = "Sum", "মোট";
    COLUMN_KEPT = "Kept at", "সময়";
    COLUMN_STATE = "State", "অবস্থা";
    COLUMN_ACTIONS = "Actions", "কাজ";
    STATE_WAITING = "Waiting for the connection", "সংযোগের অপেক্ষায়";
    STATE_EXPIRED = "Expired, not sent", "মেয়াদ শেষ, পাঠানো হয়নি";
    STATE_SOLD_OUT = "Refused: sold out", "গৃহীত হয়নি: শেষ হয়ে গেছে";
    STATE_OFF_MENU = "Refused: off the menu", "গৃহীত হয়নি: মেনুতে নেই";
    STATE_REFUSED = "Refused by the server", "সার্ভার নেয়নি";
    CLEAR_ONE = "Clear", "সরান";
    CLEAR_ORDER_OF = "Clear the order of {student}", "{student}-এর অর্ডার সরান";
    CLEAR_TITLE = "Why is this order cleared?", "অর্ডারটি কেন সরানো হচ্ছে?";
    CLEAR_HINT = "It is removed from this kiosk and never sent. The reason is recorded.",
        "এটি এই কিয়স্ক থেকে মুছে যাবে এবং আর পাঠানো হবে না। কারণটি লিখে রাখা হয়।";
    CLEAR_CONFIRM = "Clear this order", "অর্ডারটি সরান";
    REASON_LEFT = "Student left", "শিক্ষার্থী চলে গেছেন";
    REASON_COOKED = "Cooked by hand", "হাতে হাতে রান্না হয়েছে";
    REASON_TEST = "Test order", "পরীক্ষার অর্ডার";
    REASON_OTHER = "Other reason", "অন্য কারণ";
    DIAGNOSTICS = "Diagnostics", "অবস্থা পরীক্ষা";
    TESTS = "Tests", "পরীক্ষা";
    TEST_PRINTER = "Print a test slip", "পরীক্ষামূলক স্লিপ ছাপান";
    TEST_PRINTING = "Printing…", "ছাপা হচ্ছে…";
    TEST_PRINTED = "The test slip was printed.", "পরীক্ষামূলক স্লিপ ছাপা হয়েছে।";
    TEST_NOT_PRINTED = "The test slip was not printed. Check paper, cover and cable.",
        "পরীক্ষামূলক স্লিপ ছাপা হয়নি। কাগজ, ঢাকনা ও তার দেখুন।";
    TEST_NO_PRINTER = "No printer is configured.", "কোনো প্রিন্টার কনফিগার করা নেই।";
    TEST_TOUCH = "Test the touch panel", "টাচ প্যানেল পরীক্ষা";
    TOUCH_TEST = "Touch and drag everywhere. Each touch leaves a mark.",
        "সব জায়গায় ছুঁয়ে ও টেনে দেখুন। প্রতিটি ছোঁয়ায় দাগ পড়বে।";
    END_TEST = "End the test", "পরীক্ষা শেষ করুন";
    EXIT = "Exit the app", "অ্যাপ বন্ধ করুন";
    EXIT_TITLE = "Exit the kiosk app?", "কিয়স্ক অ্যাপ বন্ধ করবেন?";
    EXIT_HINT = "Nobody can order here until it is started again. Kept orders stay on this kiosk.",
        "আবার চালু না করা পর্যন্ত এখানে কেউ অর্ডার করতে পারবেন না। রাখা অর্ডার এই কিয়স্কেই থাকবে।";
    LEAVE_STAFF = "Back to ordering", "অর্ডারে ফিরুন";
}
