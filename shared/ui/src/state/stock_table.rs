//! The table of dishes: its order, the row that is being edited, and what to do when somebody else was faster.

use std::cmp::Ordering;

use wire::stock::{Category, ItemChange, MAX_PRICE_POISHA, StockItem};

use crate::text::{Language, Text, admin as say, dishes};

/// The most characters of a name.
const LONGEST_NAME: usize = 80;

/// What the table is sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    /// The name.
    Name,
    /// The part of the menu.
    Category,
    /// The price.
    Price,
    /// What is left.
    Left,
}

/// How the table is sorted and what of it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    /// By what.
    pub column: Column,
    /// The largest first.
    pub descending: bool,
    /// A part of the name or the id.
    pub query: String,
    /// A part of the menu.
    pub category: Option<Category>,
}

impl Default for View {
    fn default() -> Self {
        Self { column: Column::Category, descending: false, query: String::new(), category: None }
    }
}

impl View {
    /// Sorts by a column, or the other way round when it is sorted by it.
    pub fn sort_by(&mut self, column: Column) {
        self.descending = self.column == column && !self.descending;
        self.column = column;
    }

    /// The dishes to show, in their order.
    pub fn rows<'a>(
        &self,
        items: impl Iterator<Item = &'a StockItem>,
        language: Language,
    ) -> Vec<&'a StockItem> {
        let query = self.query.trim().to_lowercase();
        let shown = |item: &&StockItem| {
            let fits = self.category.is_none_or(|category| category == item.category);
            let name = || dishes::name_of(language, item).to_lowercase();
            let found =
                || query.is_empty() || item.name.to_lowercase().contains(&query) || name().contains(&query);
            fits && (found() || item.id.as_str().contains(&query))
        };
        let mut rows: Vec<_> = items.filter(shown).collect();
        rows.sort_by(|one, two| {
            let by = match self.column {
                Column::Name => Ordering::Equal,
                Column::Category => one.category.cmp(&two.category),
                Column::Price => one.price_poisha.cmp(&two.price_poisha),
                Column::Left => one.quantity.cmp(&two.quantity),
            };
            let names = || dishes::name_of(language, one).cmp(&dishes::name_of(language, two));
            // Equal ones stay in the order of their names either way.
            let by = if self.descending { by.reverse() } else { by };
            let backward = self.descending && self.column == Column::Name;
            by.then_with(|| if backward { names().reverse() } else { names() })
        });
        rows
    }
}

/// A dish as it is being edited.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// As it was when the editing began: only what differs from it is sent.
    pub base: StockItem,
    /// The name.
    pub name: String,
    /// The part of the menu.
    pub category: Category,
    /// The price in taka, as it was typed.
    pub price: String,
    /// The picture.
    pub picture: String,
    /// Shown or hidden.
    pub available: bool,
}

/// A field of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The name.
    Name,
    /// The part of the menu.
    Category,
    /// The price.
    Price,
    /// The picture.
    Picture,
    /// Shown or hidden.
    Available,
}

impl Draft {
    /// The dish, to be edited.
    pub fn of(item: &StockItem) -> Self {
        Self {
            name: item.name.clone(),
            category: item.category,
            price: taka(item.price_poisha),
            picture: item.picture.clone(),
            available: item.available,
            base: item.clone(),
        }
    }

    /// What differs from the dish as it was.
    ///
    /// # Errors
    /// The fields that cannot be so, and why.
    pub fn change(&self) -> Result<ItemChange, Vec<(Field, Text)>> {
        let mut wrong = Vec::new();
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME {
            wrong.push((Field::Name, say::INVALID_DISH_NAME));
        }
        let price = poisha(&self.price);
        if price.is_none() {
            wrong.push((Field::Price, say::INVALID_PRICE));
        }
        if !is_picture(&self.picture) {
            wrong.push((Field::Picture, say::INVALID_PICTURE));
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let base = &self.base;
        Ok(ItemChange {
            name: (name != base.name).then(|| name.to_owned()),
            category: (self.category != base.category).then_some(self.category),
            price_poisha: price.filter(|price| *price != base.price_poisha),
            picture: (self.picture != base.picture).then(|| self.picture.clone()),
            available: (self.available != base.available).then_some(self.available),
        })
    }

    /// The fields in which both this draft and somebody else differ from what was there before, and not in the same
    /// way.
    pub fn conflicts(&self, theirs: &StockItem) -> Vec<Field> {
        let before = Self::of(&self.base);
        let theirs = Self::of(theirs);
        let differ = |one: bool, two: bool, three: bool, field| (one && two && three).then_some(field);
        [
            differ(
                self.name != before.name,
                theirs.name != before.name,
                self.name != theirs.name,
                Field::Name,
            ),
            differ(
                self.category != before.category,
                theirs.category != before.category,
                self.category != theirs.category,
                Field::Category,
            ),
            differ(
                poisha(&self.price) != poisha(&before.price),
                theirs.price != before.price,
                poisha(&self.price) != poisha(&theirs.price),
                Field::Price,
            ),
            differ(
                self.picture != before.picture,
                theirs.picture != before.picture,
                self.picture != theirs.picture,
                Field::Picture,
            ),
            differ(
                self.available != before.available,
                theirs.available != before.available,
                self.available != theirs.available,
                Field::Available,
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// This draft on top of what somebody else has made of the dish: what was changed here stays, the rest is theirs.
    #[must_use]
    pub fn on_top_of(&self, theirs: &StockItem) -> Self {
        let before = Self::of(&self.base);
        let mut draft = Self::of(theirs);
        if self.name != before.name {
            draft.name.clone_from(&self.name);
        }
        if self.category != before.category {
            draft.category = self.category;
        }
        if self.price != before.price {
            draft.price.clone_from(&self.price);
        }
        if self.picture != before.picture {
            draft.picture.clone_from(&self.picture);
        }
        if self.available != before.available {
            draft.available = self.available;
        }
        draft
    }
}

/// A price in taka, as it is typed: 180, or 180.50.
pub fn taka(poisha: u32) -> String {
    match poisha % 100 {
        0 => (poisha / 100).to_string(),
        rest => format!("{}.{rest:02}", poisha / 100),
    }
}

/// A price as it was typed, with Bangla or Latin digits and at most two behind the point.
pub fn poisha(typed: &str) -> Option<u32> {
    let latin: String = typed.trim().chars().map(latin).collect();
    let (whole, part) = latin.split_once('.').unwrap_or((&latin, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    if whole.is_empty() || whole.len() > 7 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    let part: u32 = format!("{part:0<2}").parse().ok()?;
    let price = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(part)?;
    (price <= MAX_PRICE_POISHA).then_some(price)
}

/// A number of portions as it was typed, with Bangla or Latin digits.
pub fn portions(typed: &str) -> Option<u32> {
    let latin: String = typed.trim().chars().map(latin).collect();
    latin.parse().ok().filter(|portions| *portions <= wire::stock::MAX_QUANTITY)
}

/// Whether a picture may be called so.
pub fn is_picture(name: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.chars().all(fits)
}

fn latin(c: char) -> char {
    match u32::from(c) {
        digit @ 0x9e6..=0x9ef => char::from_digit(digit - 0x9e6, 10).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::sections::tests::dish;

    fn names(view: &View) -> Vec<String> {
        let mut items = [
            dish("soup", "Tomato Soup", Category::Sides, 3),
            dish("burger", "Classic Beef Burger", Category::Mains, 35),
            dish("fries", "Crispy Fries", Category::Sides, 60),
        ];
        items[0].price_poisha = 500;
        view.rows(items.iter(), Language::English).into_iter().map(|item| item.id.to_string()).collect()
    }

    #[test]
    fn the_table_is_sorted_by_any_column_either_way() {
        let mut view = View::default();
        assert_eq!(names(&view), ["burger", "fries", "soup"]);
        for (column, up, down) in [
            (Column::Name, ["burger", "fries", "soup"], ["soup", "fries", "burger"]),
            (Column::Left, ["soup", "burger", "fries"], ["fries", "burger", "soup"]),
            (Column::Price, ["soup", "burger", "fries"], ["burger", "fries", "soup"]),
            (Column::Category, ["burger", "fries", "soup"], ["fries", "soup", "burger"]),
        ] {
            view.sort_by(column);
            assert_eq!(names(&view), up, "{column:?}");
            view.sort_by(column);
            assert_eq!(names(&view), down, "{column:?}");
        }
    }

    #[test]
    fn dishes_are_found_by_name_id_and_part() {
        let found = |query: &str, category| names(&View { query: query.into(), category, ..View::default() });
        assert_eq!(found("BEEF", None), ["burger"]);
        assert_eq!(found("fries", None), ["fries"]);
        assert_eq!(found("", Some(Category::Sides)), ["fries", "soup"]);
        assert!(found("beef", Some(Category::Sides)).is_empty());
    }

    #[test]
    fn only_what_was_changed_is_sent() {
        let item = dish("soup", "Tomato Soup", Category::Sides, 3);
        let mut draft = Draft::of(&item);
        assert_eq!(draft.change().unwrap(), ItemChange::default());
        draft.price = "৯৫.৫".to_owned();
        draft.available = false;
        let change = draft.change().unwrap();
        let wanted =
            ItemChange { price_poisha: Some(9_550), available: Some(false), ..ItemChange::default() };
        assert_eq!(change, wanted);
        draft.name = "  ".to_owned();
        draft.price = "free".to_owned();
        let wrong: Vec<_> = draft.change().unwrap_err().into_iter().map(|(field, _)| field).collect();
        assert_eq!(wrong, [Field::Name, Field::Price]);
    }

    #[test]
    fn what_both_have_changed_is_a_conflict_and_the_rest_is_kept_of_both() {
        let item = dish("soup", "Tomato Soup", Category::Sides, 3);
        let mut draft = Draft::of(&item);
        draft.name = "Lentil Soup".to_owned();
        draft.price = "90".to_owned();
        let mut theirs = item.clone();
        (theirs.price_poisha, theirs.picture, theirs.revision) = (8_000, "special".to_owned(), 2);
        assert_eq!(draft.conflicts(&theirs), [Field::Price]);
        let merged = draft.on_top_of(&theirs);
        assert_eq!((merged.name.as_str(), merged.price.as_str()), ("Lentil Soup", "90"));
        assert_eq!((merged.picture.as_str(), merged.base.revision), ("special", 2));
        let change = merged.change().unwrap();
        assert_eq!(
            (change.name.as_deref(), change.price_poisha, change.picture),
            (Some("Lentil Soup"), Some(9_000), None)
        );
        theirs.price_poisha = 9_000;
        assert!(draft.conflicts(&theirs).is_empty(), "both wanted the same");
    }

    #[test]
    fn prices_are_typed_in_taka() {
        for (typed, price) in [
            ("180", Some(18_000)),
            (" 180.5 ", Some(18_050)),
            ("০.০৫", Some(5)),
            ("100000", Some(10_000_000)),
            ("100000.01", None),
            ("1.234", None),
            ("-1", None),
            ("", None),
            (".5", None),
        ] {
            assert_eq!(poisha(typed), price, "{typed}");
        }
        for price in [0, 5, 18_000, 18_050] {
            assert_eq!(poisha(&taka(price)), Some(price));
        }
        assert_eq!((portions("১২"), portions("-1"), portions("1000001")), (Some(12), None, None));
    }
}
