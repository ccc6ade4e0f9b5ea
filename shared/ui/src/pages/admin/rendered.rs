//! Parts of the console rendered to text, without a browser: what they say, and what they are called for those who do
//! not see them.

use yew::{LocalServerRenderer, prelude::*};

use crate::components::{
    confirm::{Confirm, ConfirmProps},
    field::{TextField, TextFieldProps},
    plot::{Plot, PlotProps, Series},
    table::{Sortable, SortableProps},
};

async fn rendered<C>(props: C::Properties) -> String
where
    C: BaseComponent,
    C::Properties: 'static,
{
    LocalServerRenderer::<C>::with_props(props).hydratable(false).render().await
}

#[tokio::test]
async fn a_plot_says_in_words_what_it_shows() {
    let series = |name, values| Series { name, values };
    let text = rendered::<Plot>(PlotProps {
        title: "Latency".into(),
        unit: "seconds".into(),
        series: vec![series("p50", vec![Some(0.5), Some(0.25)]), series("p99", vec![Some(2.0), None])],
        threshold: Some((1.0, "Limit 1 s".into())),
        digits: 2,
        test: "plot",
    })
    .await;
    for part in ["Latency", "seconds", "Limit 1 s", r#"aria-valuetext="now: p50 0.25, p99 no value""#] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("style="), "the page allows no style in its elements: {text}");
}

#[tokio::test]
async fn a_heading_says_how_the_table_is_sorted() {
    let heading = |sorted| {
        let props = SortableProps { label: "Price".into(), sorted, sort: Callback::noop(), number: true };
        rendered::<Sortable>(props)
    };
    assert!(!heading(None).await.contains("aria-sort"));
    assert!(heading(Some(false)).await.contains(r#"aria-sort="ascending""#));
    assert!(heading(Some(true)).await.contains(r#"aria-sort="descending""#));
}

#[tokio::test]
async fn what_is_wrong_in_a_field_is_told_with_it() {
    let field = |wrong: Option<&'static str>| {
        let props = TextFieldProps {
            id: "price".into(),
            label: "Price".into(),
            value: "x".into(),
            typed: Callback::noop(),
            wrong: wrong.map(AttrValue::from),
            hint: None,
            kind: "text".into(),
            mode: None,
            autocomplete: "off".into(),
            list: None,
        };
        rendered::<TextField>(props)
    };
    let wrong = field(Some("Enter a price.")).await;
    for part in [
        r#"aria-invalid="true""#,
        r#"aria-describedby="price-about""#,
        r#"id="price-about""#,
        "Enter a price.",
    ] {
        assert!(wrong.contains(part), "{part} in {wrong}");
    }
    let right = field(None).await;
    assert!(right.contains(r#"aria-invalid="false""#) && !right.contains("describedby"), "{right}");
}

#[tokio::test]
async fn a_question_names_the_effect_and_begins_at_no() {
    let text = rendered::<Confirm>(ConfirmProps {
        title: "Stop it?".into(),
        effect: "Stop stock-service for 5 min".into(),
        hint: "Everybody will notice.".into(),
        keep: None,
        busy: false,
        yes: Callback::noop(),
        no: Callback::noop(),
    })
    .await;
    assert!(
        text.contains("Stop stock-service for 5 min") && text.contains("Everybody will notice."),
        "{text}"
    );
    let (no, yes) = (text.find("autofocus"), text.find("data-test=\"confirm\""));
    assert!(no.is_some() && no < yes, "{text}");
}
