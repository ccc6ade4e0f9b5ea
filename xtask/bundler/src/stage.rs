//! The steps from compiled programs to what is served, in a folder where nobody looks.

use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hasher as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    Order, html,
    surface::Surface,
    tools::{Outputs, Tools},
};

/// What is served, and what belongs to which page.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The folder with all that browsers are served.
    pub(crate) site: PathBuf,
    /// The folder with all that the kiosk's app takes along.
    pub(crate) kiosk: PathBuf,
    /// What a browser fetches for the first sight of a page in English, from `site`.
    pub(crate) first_load: BTreeMap<Surface, Vec<String>>,
}

/// Makes everything, in the folder of the order.
///
/// # Errors
/// A file is missing, or one of the programs fails; the message says which.
pub(crate) fn build(order: &Order) -> Result<Bundle> {
    let tools = Tools::of(&order.pages)?;
    let stage = fresh(&order.stage)?;
    let site = stage.join("site");
    for folder in ["style", "pictures"] {
        copy_folder(&order.pages.join(folder), &stage.join(folder))?;
    }
    for file in ["early.js", "reload.js"] {
        copy(&order.pages.join(file), &stage.join(file))?;
    }
    tools.fonts(&stage.join("fonts"))?;

    let sheets = names(&stage.join("pictures"))?;
    let pictures: Vec<_> = sheets.iter().map(|name| format!("pictures/{name}.svg")).collect();
    let mut shared = pictures.clone();
    shared.extend(["early.js".to_owned(), "reload.js".to_owned()]);
    let shared = tools.bundle(&stage, Surface::Student.site(), &shared, &[], order.dev)?;

    let mut first_load = BTreeMap::new();
    for surface in Surface::ALL {
        let made = program(order, &tools, &stage, surface)?;
        let (page, files) = page(order, surface, &sheets, &shared, &made)?;
        fs::write(site.join(surface.page()), page)?;
        first_load.insert(surface, files);
    }
    for file in ["icon.svg", "manifest.webmanifest"] {
        copy(&order.pages.join(file), &site.join(file))?;
    }
    fs::write(site.join("build.txt"), of_all(&site)?)?;
    if !order.dev {
        tools.compress(&site)?;
    }
    let kiosk = kiosk(order, &tools, &stage, &sheets, &pictures)?;
    Ok(Bundle { site, kiosk, first_load })
}

/// Makes the kiosk's page, which is all that its app takes along: nothing compressed, nothing for browsers alone.
fn kiosk(
    order: &Order,
    tools: &Tools,
    stage: &Path,
    sheets: &[String],
    pictures: &[String],
) -> Result<PathBuf> {
    let surface = Surface::Kiosk;
    let site = stage.join(surface.site());
    let shared = tools.bundle(stage, surface.site(), pictures, &[], order.dev)?;
    let made = program(order, tools, stage, surface)?;
    let (page, _) = page(order, surface, sheets, &shared, &made)?;
    fs::write(site.join(surface.page()), page)?;
    copy(&order.pages.join("icon.svg"), &site.join("icon.svg"))?;
    Ok(site)
}

/// A program with its JavaScript and its style, under names with hashes.
fn program(order: &Order, tools: &Tools, stage: &Path, surface: Surface) -> Result<Outputs> {
    let name = surface.name();
    let compiled = order.programs.join(format!("{name}.wasm"));
    let glue = stage.join("glue");
    Bindgen::new()
        .input_path(&compiled)
        .web(true)?
        .typescript(false)
        .keep_debug(order.dev)
        .remove_name_section(!order.dev)
        .remove_producers_section(true)
        .generate(&glue)
        .with_context(|| format!("wasm-bindgen on {}", compiled.display()))?;
    if !order.dev {
        tools.shrink(&glue.join(format!("{name}_bg.wasm")))?;
    }
    copy(&order.pages.join("boot.js"), &stage.join(format!("{name}.js")))?;
    let style = format!(
        "@import \"./style/fonts.css\";\n@import \"./style/skeleton.css\";\n@import \"./style/{name}.css\";\n"
    );
    fs::write(stage.join(format!("{name}.css")), style)?;
    let aliases =
        [("surface", format!("./glue/{name}.js")), ("surface.wasm", format!("./glue/{name}_bg.wasm"))];
    tools.bundle(stage, surface.site(), &[format!("{name}.js"), format!("{name}.css")], &aliases, order.dev)
}

/// A page, and the files that it makes a browser fetch at first.
fn page(
    order: &Order,
    surface: Surface,
    sheets: &[String],
    shared: &Outputs,
    made: &Outputs,
) -> Result<(String, Vec<String>)> {
    let name = surface.name();
    let address = |path: &str| path.strip_prefix(surface.site()).unwrap_or(path).to_owned();
    let mut values = BTreeMap::from([
        ("script", address(made.of(&format!("{name}.js"))?)),
        ("style", address(made.of(&format!("{name}.css"))?)),
        ("program", address(made.of(&format!("glue/{name}_bg.wasm"))?)),
        ("font", address(made.of("fonts/figtree.woff2")?)),
    ]);
    if surface != Surface::Kiosk {
        values.insert("early", address(shared.of("early.js")?));
    }
    let mut files = vec![format!("/{}", surface.page()), "/icon.svg".to_owned()];
    files.extend(values.values().cloned());
    values.insert("surface", name.to_owned());
    values.insert("title", surface.title().to_owned());
    values.insert("description", surface.description().to_owned());
    values.insert("cards", "<i></i>".repeat(surface.skeleton_cards()));
    for font in ["taka", "bangla-name"] {
        files.push(address(made.of(&format!("fonts/{font}.woff2"))?));
    }
    let mut named = String::new();
    for sheet in sheets {
        let path = address(shared.of(&format!("pictures/{sheet}.svg"))?);
        named.push_str(&format!(" data-{sheet}=\"{path}\""));
        if surface.sheets().contains(&sheet.as_str()) {
            files.push(path);
        }
    }
    values.insert("sheets", named);
    let reload = if order.reload && surface != Surface::Kiosk {
        format!("<script type=\"module\" src=\"{}\"></script>\n", address(shared.of("reload.js")?))
    } else {
        String::new()
    };
    values.insert("reload", reload);
    let template = order.pages.join(surface.template());
    let text =
        fs::read_to_string(&template).with_context(|| format!("cannot read {}", template.display()))?;
    let page = html::fill(&text, &values).with_context(|| template.display().to_string())?;
    let files = files.into_iter().map(|file| file.trim_start_matches('/').to_owned()).collect();
    Ok((page, files))
}

/// An empty folder, by its whole path.
fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder.canonicalize()?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(|_| ()).with_context(|| format!("cannot copy {}", from.display()))
}

/// Copies what is in a folder, and in the folders in it.
fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy_folder(&from, &to)?;
        } else {
            copy(&from, &to)?;
        }
    }
    Ok(())
}

/// The drawings in a folder, by name and in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if let (Some("svg"), Some(name)) =
            (path.extension().and_then(|end| end.to_str()), path.file_stem().and_then(|name| name.to_str()))
        {
            names.push(name.to_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// A text that is another one when a page is another one; the names in pages stand for all the rest.
fn of_all(site: &Path) -> Result<String> {
    let mut hasher = DefaultHasher::new();
    for surface in Surface::ALL {
        hasher.write(&fs::read(site.join(surface.page()))?);
    }
    Ok(format!("{:016x}\n", hasher.finish()))
}
