//! Column headers of sortable tables.

use yew::prelude::*;

/// Properties of [`SortableHeader`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SortableHeaderProps {
    /// Label of the column.
    pub label: AttrValue,
    /// `None` if the table is not sorted by this column, otherwise true for descending order.
    pub descending: Option<bool>,
    /// Called to sort by this column or to reverse its order.
    pub on_sort: Callback<()>,
    /// True for a column of numbers.
    #[prop_or_default]
    pub numeric: bool,
}

/// Column header with a sort button.
#[component]
pub fn SortableHeader(props: &SortableHeaderProps) -> Html {
    let SortableHeaderProps { label, descending, on_sort, numeric } = props;
    let (order, arrow) = match descending {
        None => (None, None),
        Some(false) => (Some("ascending"), Some("M6 15l6-6 6 6")),
        Some(true) => (Some("descending"), Some("M6 9l6 6 6-6")),
    };
    html! {
        <th scope="col" aria-sort={order} class={numeric.then_some("number")}>
            <button class="sort" type="button" onclick={on_sort.reform(|_: MouseEvent| ())}>
                { label }
                if let Some(d) = arrow {
                    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path {d} /></svg>
                }
            </button>
        </th>
    }
}
