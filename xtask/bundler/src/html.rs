//! The pages themselves: templates, with the names of their files filled in.

use std::collections::BTreeMap;

use anyhow::{Result, bail};

/// Fills in what stands in double braces.
///
/// # Errors
/// The template asks for something that there is not.
pub(crate) fn fill(template: &str, values: &BTreeMap<&str, String>) -> Result<String> {
    let mut page = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, from)) = rest.split_once("{{") {
        let Some((name, after)) = from.split_once("}}") else { bail!("a {{{{ has no }}}}") };
        let Some(value) = values.get(name) else { bail!("nobody knows what {name} is") };
        page.push_str(before);
        page.push_str(value);
        rest = after;
    }
    page.push_str(rest);
    if page.contains("<style") || page.contains(" style=") || page.contains("<script>") {
        bail!(
            "what is written into a page itself is not allowed by its policy: scripts and styles are files"
        );
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> Result<String> {
        fill(template, &[("script", "/assets/a.js".to_owned()), ("nothing", String::new())].into())
    }

    #[test]
    fn what_stands_in_braces_is_filled_in() {
        let page = filled("<script src=\"{{script}}\"></script>{{nothing}}.").unwrap();
        assert_eq!(page, "<script src=\"/assets/a.js\"></script>.");
    }

    #[test]
    fn what_nobody_knows_is_not_left_out_in_silence() {
        assert!(filled("{{scrpt}}").unwrap_err().to_string().contains("scrpt"));
        assert!(filled("{{script").is_err());
    }

    #[test]
    fn what_the_policy_forbids_is_found_before_browsers_do() {
        for page in ["<script>1</script>", "<style></style>", "<p style=\"color: red\">"] {
            assert!(filled(page).is_err(), "{page}");
        }
    }
}
