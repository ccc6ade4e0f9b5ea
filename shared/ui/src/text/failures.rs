//! Error messages: the problem and the next step, without jargon and without blame.

use super::texts;

texts! {
    UNREACHABLE = "No connection. We keep trying.", "সংযোগ নেই। আমরা চেষ্টা চালিয়ে যাচ্ছি।";
    TIMED_OUT = "That took too long. Please try again.", "অনেক সময় লাগছে। আবার চেষ্টা করুন।";
    UNREADABLE = "The answer could not be understood. Reload the page to get the newest version.",
        "উত্তরটি বোঝা যায়নি। নতুন সংস্করণ পেতে পাতাটি আবার লোড করুন।";
    SIGNED_OUT = "Please sign in again.", "আবার সাইন ইন করুন।";
    BAD_CREDENTIALS = "Wrong user name or password.", "ব্যবহারকারীর নাম বা পাসওয়ার্ড ভুল।";
    UNKNOWN_CARD = "This card is not known. Sign in with your user name instead.",
        "এই কার্ডটি চেনা যাচ্ছে না। ব্যবহারকারীর নাম দিয়ে সাইন ইন করুন।";
    CARD_EXPIRED = "This card has expired. Sign in with your user name instead.",
        "এই কার্ডের মেয়াদ শেষ। ব্যবহারকারীর নাম দিয়ে সাইন ইন করুন।";
    TOO_MANY_ATTEMPTS = "Too many tries. Please wait a moment.", "অনেকবার চেষ্টা হয়েছে। একটু অপেক্ষা করুন।";
    FORBIDDEN = "Your account may not do this.", "আপনার অ্যাকাউন্টের এই অনুমতি নেই।";
    NOT_FOUND = "It is not there any more.", "এটি আর নেই।";
    STALE = "Somebody changed it in the meantime. Look at it again.", "এর মধ্যে কেউ এটি বদলেছেন। আবার দেখুন।";
    TAKEN = "That name is already in use.", "এই নাম আগে থেকেই ব্যবহৃত হচ্ছে।";
    CONFLICT = "That is not possible any more.", "এটি আর সম্ভব নয়।";
    INVALID = "Something in this is not right. Check the fields.", "কিছু একটা ঠিক নেই। ঘরগুলো দেখুন।";
    TOO_LARGE = "That is too large.", "এটি খুব বড়।";
    SOLD_OUT = "Sold out a moment ago. Nothing was charged or taken.",
        "এইমাত্র শেষ হয়ে গেছে। কোনো টাকা বা খাবার নেওয়া হয়নি।";
    INSUFFICIENT_STOCK = "Fewer are left than you asked for. Nothing was charged or taken.",
        "যত চেয়েছেন তত নেই। কোনো টাকা বা খাবার নেওয়া হয়নি।";
    UNKNOWN_ITEM = "One of these dishes is not on the menu any more.", "এর একটি খাবার আর মেনুতে নেই।";
    UNAVAILABLE_ITEM = "One of these dishes is not available at the moment.", "এর একটি খাবার এই মুহূর্তে পাওয়া যাচ্ছে না।";
    KEY_REUSED = "This basket was already ordered with other contents.", "এই ঝুড়ি আগে অন্য খাবারসহ অর্ডার হয়েছে।";
    SIGN_IN_UNAVAILABLE = "Signing in is not possible right now. Try again shortly.",
        "এই মুহূর্তে সাইন ইন করা যাচ্ছে না। একটু পরে চেষ্টা করুন।";
    SERVICE_UNAVAILABLE = "A part of the cafeteria's system is away. It comes back by itself.",
        "ক্যাফেটেরিয়ার একটি অংশ এখন চলছে না। নিজেই ফিরে আসবে।";
    OVERLOADED = "Very busy right now. We try again in a moment.", "এখন খুব ভিড়। একটু পরে আবার চেষ্টা করছি।";
    INTERNAL = "Something went wrong on our side.", "আমাদের দিকে কিছু একটা ভুল হয়েছে।";
}
