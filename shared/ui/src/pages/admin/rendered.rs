//! Tests of console components rendered to HTML without a browser: their texts and their accessible names.

use yew::{LocalServerRenderer, prelude::*};

use crate::components::{
    confirm::{Confirm, ConfirmProps},
    field::{TextField, TextFieldProps},
    plot::{Plot, PlotProps, Series},
    table::{SortableHeader, SortableHeaderProps},
};

async fn rendered<C>(props: C::Properties) -> String
where
    C: BaseComponent,
    C::Properties: 'static,
{
    LocalServerRenderer::<C>::with_props(props).hydratable(false).render().await
}

#[tokio::test]
async fn a_chart_has_its_values_as_text() {
    let series = |name, values| Series { name, values };
    let text = rendered::<Plot>(PlotProps {
        title: "Latency".into(),
        unit: "seconds".into(),
        series: vec![series("p50", vec![Some(0.5), Some(0.25)]), series("p99", vec![Some(2.0), None])],
        threshold: Some((1.0, "Limit 1 s".into())),
        digits: 2,
        test_id: "plot",
    })
    .await;
    for part in ["Latency", "seconds", "Limit 1 s", r#"aria-valuetext="now: p50 0.25, p99 no value""#] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("style="), "the content security policy forbids inline styles: {text}");
}

#[tokio::test]
async fn a_column_header_names_the_sort_order() {
    let heading = |descending| {
        let on_sort = Callback::noop();
        let props = SortableHeaderProps { label: "Price".into(), descending, on_sort, numeric: true };
        rendered::<SortableHeader>(props)
    };
    assert!(!heading(None).await.contains("aria-sort"));
    assert!(heading(Some(false)).await.contains(r#"aria-sort="ascending""#));
    assert!(heading(Some(true)).await.contains(r#"aria-sort="descending""#));
}

#[tokio::test]
async fn an_input_is_described_by_its_error() {
    let field = |error: Option<&'static str>| {
        let props = TextFieldProps {
            id: "price".into(),
            label: "Price".into(),
            value: "x".into(),
            on_input: Callback::noop(),
            error: error.map(AttrValue::from),
            hint: None,
            input_type: "text".into(),
            input_mode: None,
            autocomplete: "off".into(),
            list: None,
        };
        rendered::<TextField>(props)
    };
    let invalid = field(Some("Enter a price.")).await;
    for part in [
        r#"aria-invalid="true""#,
        r#"aria-describedby="price-about""#,
        r#"id="price-about""#,
        "Enter a price.",
    ] {
        assert!(invalid.contains(part), "{part} in {invalid}");
    }
    let valid = field(None).await;
    assert!(valid.contains(r#"aria-invalid="false""#) && !valid.contains("describedby"), "{valid}");
}

#[tokio::test]
async fn a_confirmation_names_the_effect_and_focuses_its_cancel_button() {
    let text = rendered::<Confirm>(ConfirmProps {
        title: "Stop it?".into(),
        confirm_label: "Stop stock-service for 5 min".into(),
        hint: "Everybody will notice.".into(),
        cancel_label: None,
        busy: false,
        on_confirm: Callback::noop(),
        on_cancel: Callback::noop(),
    })
    .await;
    assert!(
        text.contains("Stop stock-service for 5 min") && text.contains("Everybody will notice."),
        "{text}"
    );
    let (cancel, confirm) = (text.find("autofocus"), text.find("data-test=\"confirm\""));
    assert!(cancel.is_some() && cancel < confirm, "{text}");
}
