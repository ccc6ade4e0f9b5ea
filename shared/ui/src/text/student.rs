//! Texts of ordering and order tracking.

use super::texts;

texts! {
    WELCOME = "Iftar without the queue", "লাইন ছাড়াই ইফতার";
    WELCOME_HINT = "Sign in with your campus account to see what is left and to order.",
        "কী কী আছে দেখতে ও অর্ডার করতে ক্যাম্পাস অ্যাকাউন্ট দিয়ে সাইন ইন করুন।";
    MENU = "Menu", "মেনু";
    ALL = "All", "সব";
    SEARCH_DISHES = "Search dishes", "খাবার খুঁজুন";
    NO_MATCHING_DISHES = "Nothing on the menu is called “{query}”.", "মেনুতে “{query}” নামে কিছু নেই।";
    EMPTY_MENU = "The menu is empty", "মেনু খালি";
    EMPTY_MENU_HINT = "The kitchen has not put anything on it yet. New dishes appear here by themselves.",
        "রান্নাঘর এখনও কিছু দেয়নি। নতুন খাবার এখানে নিজেই দেখা যাবে।";
    LEFT = "{n} left", "{n}টি বাকি";
    SOLD_OUT = "Sold out", "শেষ";
    ADD = "Add {dish}", "{dish} যোগ করুন";
    ONE_MORE = "One more {dish}", "আরও একটি {dish}";
    ONE_LESS = "One less {dish}", "একটি কম {dish}";
    MAX_QUANTITY_REACHED = "At most {n} of a dish go into one order.", "এক অর্ডারে এক খাবার সর্বোচ্চ {n}টি।";
    IN_BASKET = "{n} in the basket", "ঝুড়িতে {n}টি";
    BASKET = "Basket", "ঝুড়ি";
    ITEMS = "{n} items", "{n}টি খাবার";
    ONE_ITEM = "1 item", "১টি খাবার";
    TOTAL = "Total", "মোট";
    SEE_BASKET = "See basket", "ঝুড়ি দেখুন";
    EMPTY_BASKET = "Your basket is empty", "আপনার ঝুড়ি খালি";
    EMPTY_BASKET_HINT = "Add dishes with the + beside them.", "খাবারের পাশের + চেপে যোগ করুন।";
    CLEAR_BASKET = "Empty the basket", "ঝুড়ি খালি করুন";
    BASKET_CLEARED = "The basket was emptied.", "ঝুড়ি খালি করা হয়েছে।";
    GO_TO_MENU = "To the menu", "মেনুতে যান";
    PLACE_ORDER = "Place order", "অর্ডার করুন";
    PLACING_ORDER = "Placing your order…", "অর্ডার পাঠানো হচ্ছে…";
    ORDER_NOT_SENT = "Your order is not sent yet; we keep trying.", "আপনার অর্ডার এখনও যায়নি; আমরা চেষ্টা চালিয়ে যাচ্ছি।";
    ORDER_NOT_SENT_HINT = "You can leave this page open. It is one order, however often we try.",
        "পাতাটি খোলা রাখতে পারেন। যতবারই চেষ্টা হোক, অর্ডার একটিই হবে।";
    STOP_RETRYING = "Stop trying", "চেষ্টা থামান";
    RETRYING_STOPPED = "We stopped. Your basket is as it was; nothing was ordered as far as we know.",
        "থামানো হয়েছে। ঝুড়ি আগের মতোই আছে; আমরা যতদূর জানি কিছু অর্ডার হয়নি।";
    EARLIER_ATTEMPT_ACCEPTED = "An earlier try went through: that order is on its way. This basket is still here if you want more.",
        "আগের একটি চেষ্টা সফল হয়েছিল: সেই অর্ডার চলছে। আরও চাইলে এই ঝুড়ি রয়েছে।";
    ONLY_LEFT = "Only {n} left of {dish}.", "{dish} আর মাত্র {n}টি আছে।";
    DISH_SOLD_OUT = "{dish} is sold out.", "{dish} শেষ হয়ে গেছে।";
    REDUCE_TO_AVAILABLE = "Take what is left", "যা আছে তাই নিন";
    REMOVE = "Remove {dish}", "{dish} সরান";
    ORDERS = "Orders", "অর্ডার";
    YOUR_ORDERS = "Your orders", "আপনার অর্ডার";
    NO_ORDERS = "No orders yet", "এখনও কোনো অর্ডার নেই";
    NO_ORDERS_HINT = "What you order appears here, today and later.", "আপনি যা অর্ডার করবেন এখানে দেখা যাবে।";
    MORE_ORDERS = "Show earlier orders", "আগের অর্ডার দেখান";
    ORDER_AGAIN = "Order again", "আবার অর্ডার করুন";
    ORDER_ADDED_TO_BASKET = "It is in your basket.", "এটি আপনার ঝুড়িতে আছে।";
    ORDER_PARTLY_ADDED_TO_BASKET = "What is left of it is in your basket; the rest is sold out.",
        "যা আছে তা ঝুড়িতে; বাকিটা শেষ হয়ে গেছে।";
    YOUR_NUMBER = "Your number", "আপনার নম্বর";
    NUMBER_PENDING = "Your number comes in a moment", "আপনার নম্বর একটু পরেই আসবে";
    TRACK_ORDER = "Follow the order", "অর্ডার দেখুন";
    COOKING = "cooking…", "রান্না হচ্ছে…";
    WAITING = "waiting…", "অপেক্ষা…";
    CHECKING_STOCK = "checking…", "দেখা হচ্ছে…";
    WAITING_HINT = "We will play a sound when it is ready. You can close this page; it comes back here.",
        "প্রস্তুত হলে শব্দ হবে। পাতাটি বন্ধ করতে পারেন; পরে এখানেই ফিরবে।";
    WAITING_HINT_SILENT = "Sound is off. You can close this page; it comes back here.",
        "শব্দ বন্ধ আছে। পাতাটি বন্ধ করতে পারেন; পরে এখানেই ফিরবে।";
    READY_TITLE = "Ready! Pick it up at the counter.", "প্রস্তুত! কাউন্টার থেকে নিয়ে যান।";
    READY_HINT = "Show the number {ticket}.", "{ticket} নম্বরটি দেখান।";
    COLLECTED_TITLE = "Picked up. Enjoy your meal!", "নেওয়া হয়েছে। ভালো করে খান!";
    REJECTED_TITLE = "This order could not be made", "এই অর্ডারটি দেওয়া গেল না";
    CANCELLED_TITLE = "The cafeteria cancelled this order", "ক্যাফেটেরিয়া এই অর্ডার বাতিল করেছে";
    NOTHING_CHARGED = "Nothing was charged or taken.", "কোনো টাকা বা খাবার নেওয়া হয়নি।";
    RESTORE_BASKET = "Put it back into the basket", "ঝুড়িতে ফিরিয়ে নিন";
    LIVE_PAUSED_POLLING = "Live updates paused. We ask every few seconds.",
        "লাইভ আপডেট থেমে আছে। কয়েক সেকেন্ড পর পর জানতে চাইছি।";
    TITLE_READY = "● {ticket} is ready", "● {ticket} প্রস্তুত";
    UNKNOWN_ORDER = "This order is not there", "এই অর্ডার নেই";
    UNKNOWN_ORDER_HINT = "It may belong to another account, or be older than a month.",
        "এটি অন্য অ্যাকাউন্টের, বা এক মাসের বেশি পুরোনো হতে পারে।";
    DISH_QUANTITY = "{dish} × {n}", "{dish} × {n}";
    PLACED_AT = "Ordered {time}", "অর্ডার {time}";
    /// Reasons for a rejected or cancelled order.
    REASON_SOLD_OUT = "It sold out just before your order was checked.", "আপনার অর্ডার দেখার ঠিক আগেই শেষ হয়ে গেছে।";
    REASON_INSUFFICIENT_STOCK = "Fewer were left than you asked for.", "যত চেয়েছিলেন তত বাকি ছিল না।";
    REASON_UNKNOWN_ITEM = "One of the dishes is not on the menu any more.", "একটি খাবার আর মেনুতে নেই।";
    REASON_UNAVAILABLE_ITEM = "One of the dishes was taken off the menu.", "একটি খাবার মেনু থেকে সরানো হয়েছে।";
    REASON_STOCK_UNAVAILABLE = "The stock could not be checked in time.", "সময়মতো মজুত দেখা যায়নি।";
    REASON_KEY_REUSED = "The same order was sent with other dishes. The first one stands.",
        "একই অর্ডার অন্য খাবারসহ পাঠানো হয়েছিল। প্রথমটিই বহাল আছে।";
    REASON_CANCELLED_BY_STAFF = "The kitchen had to withdraw it. Ask at the counter.", "রান্নাঘর এটি তুলে নিয়েছে। কাউন্টারে জিজ্ঞাসা করুন।";
    REASON_OTHER = "The kitchen could not make it.", "রান্নাঘর এটি বানাতে পারেনি।";
    STAFF_ACCOUNT_HINT = "This account belongs to the cafeteria's staff. Orders are placed by students.",
        "এই অ্যাকাউন্টটি ক্যাফেটেরিয়ার কর্মীর। অর্ডার শিক্ষার্থীরা করেন।";
    GO_TO_CONSOLE = "To the console", "কনসোলে যান";
}
