//! Bangla names of the seeded dishes. Dishes are data: a dish that staff renamed or added has one name in both
//! languages.

use wire::stock::StockItem;

use super::Language;

/// Id, seeded English name and Bangla name.
const DISHES: &[(&str, &str, &str)] = &[
    ("spaghetti", "Spaghetti Carbonara", "স্প্যাগেটি কার্বোনারা"),
    ("ramen", "Spicy Miso Ramen", "ঝাল মিসো রামেন"),
    ("pizza", "Pepperoni Pizza", "পেপারোনি পিৎজা"),
    ("burger", "Classic Beef Burger", "ক্লাসিক বিফ বার্গার"),
    ("biryani", "Chicken Biryani", "চিকেন বিরিয়ানি"),
    ("sushi", "Salmon Sushi (8 pcs)", "স্যামন সুশি (৮টি)"),
    ("wrap", "Grilled Chicken Wrap", "গ্রিলড চিকেন র‍্যাপ"),
    ("salad", "Caesar Salad", "সিজার সালাদ"),
    ("fries", "Crispy Fries", "মচমচে ফ্রাই"),
    ("garlic-bread", "Garlic Bread", "গার্লিক ব্রেড"),
    ("soup", "Tomato Soup", "টমেটো স্যুপ"),
    ("cola", "Coca-Cola (330 ml)", "কোকা-কোলা (৩৩০ মিলি)"),
    ("juice", "Fresh Orange Juice", "তাজা কমলার রস"),
    ("water", "Mineral Water", "মিনারেল ওয়াটার"),
    ("coffee", "Flat White Coffee", "ফ্ল্যাট হোয়াইট কফি"),
    ("cheesecake", "New York Cheesecake", "নিউ ইয়র্ক চিজকেক"),
    ("brownie", "Chocolate Brownie", "চকলেট ব্রাউনি"),
    ("icecream", "Vanilla Ice Cream", "ভ্যানিলা আইসক্রিম"),
    ("special", "Chef's Special (limited!)", "শেফের বিশেষ পদ (সীমিত!)"),
];

/// Returns the name of a dish.
pub fn name_of(language: Language, item: &StockItem) -> String {
    name(language, item.id.as_str(), &item.name)
}

/// Returns the name of the dish `id`, whose stored name is `english`.
pub fn name(language: Language, id: &str, english: &str) -> String {
    let known = DISHES.iter().find(|(known, seeded, _)| *known == id && *seeded == english);
    match (language, known) {
        (Language::Bangla, Some((_, _, bangla))) => (*bangla).to_owned(),
        (Language::Bangla, None) | (Language::English, _) => english.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_renamed_dish_keeps_its_new_name_in_both_languages() {
        assert_eq!(name(Language::Bangla, "soup", "Tomato Soup"), "টমেটো স্যুপ");
        assert_eq!(name(Language::Bangla, "soup", "Lentil Soup"), "Lentil Soup");
        assert_eq!(name(Language::English, "soup", "Tomato Soup"), "Tomato Soup");
    }
}
