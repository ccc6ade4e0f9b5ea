//! Headings of tables that can be sorted.

use yew::prelude::*;

/// A heading.
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SortableProps {
    /// What the column is called.
    pub label: AttrValue,
    /// Whether the table is sorted by it, and then whether the largest stands first.
    pub sorted: Option<bool>,
    /// Sort by it, or the other way round.
    pub sort: Callback<()>,
    /// Whether it is a column of numbers.
    #[prop_or_default]
    pub number: bool,
}

/// The heading of a column that the table can be sorted by.
#[component]
pub fn Sortable(SortableProps { label, sorted, sort, number }: &SortableProps) -> Html {
    let (said, arrow) = match sorted {
        None => (None, None),
        Some(false) => (Some("ascending"), Some("M6 15l6-6 6 6")),
        Some(true) => (Some("descending"), Some("M6 9l6 6 6-6")),
    };
    html! {
        <th scope="col" aria-sort={said} class={number.then_some("number")}>
            <button class="sort" type="button" onclick={sort.reform(|_: MouseEvent| ())}>
                { label }
                if let Some(d) = arrow {
                    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path {d} /></svg>
                }
            </button>
        </th>
    }
}
