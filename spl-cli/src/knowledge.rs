//! Reads what `--macros`, `--app` and `--lookups` name. What the files mean, `spl_core::knowledge` knows.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::knowledge::{Conf, LookupWriter, Lookups, Macros};
use spl_core::{EngineBuilder, builtin};

use crate::args::KnowledgeArgs;
use crate::console::Console;
use crate::exit::Failure;
use crate::inputs::walk;
use crate::search::read_text;
use crate::writer::FolderWriter;

/// The builder with what is built in, `pack` laid over it, and over that all that the options name; later options win. Lookups are written
/// where the options say, else through `writer`, if there is one.
pub(crate) fn add(
    mut builder: EngineBuilder,
    args: &KnowledgeArgs,
    pack: Macros,
    writer: Option<Arc<dyn LookupWriter>>,
    console: Console,
) -> Result<EngineBuilder, Failure> {
    let (mut macros, mut knowledge, mut models) = (builtin::macros(), builtin::knowledge(), builtin::data_models());
    let mut lookups = Lookups::default();
    macros.extend(pack);
    for app in &args.app {
        let conf = |name: &str| app_conf(app, name, console);
        let warn = |problems: Vec<Diagnostic>| problems.iter().for_each(|problem| console.warn(in_file(app, problem)));
        let transforms = conf("transforms.conf")?;
        warn(knowledge.add_transforms(&transforms));
        warn(lookups.add_transforms(&transforms));
        warn(knowledge.add_props(&conf("props.conf")?));
        warn(knowledge.add_event_types(&conf("eventtypes.conf")?));
        knowledge.add_tags(&conf("tags.conf")?);
        app_files(app, &["", "default", "local"], "lookups", "csv")?
            .iter()
            .for_each(|file| add_table(&mut lookups, file));
        for file in app_files(app, &["default", "local"], "data/models", "json")? {
            let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            models.add_json(&name, read_text(&file)?);
        }
        macros.extend(Macros::from_stanzas(&conf("macros.conf")?).with_origin(&app.display().to_string()));
        let saved = conf("savedsearches.conf")?;
        for name in saved.stanzas.keys() {
            if let Some(text) = saved.get(name, "search") {
                builder = builder.saved_search(name, text);
            }
        }
    }
    for path in &args.macros {
        macros.extend(read_macros(path, console)?);
    }
    for path in &args.lookups {
        add_lookups(&mut lookups, path, console)?;
    }
    if let Some(folder) = &args.write_lookups {
        add_lookups(&mut lookups, folder, console)?;
        lookups.set_writer(Arc::new(FolderWriter(folder.clone())));
    } else if let Some(writer) = writer {
        lookups.set_writer(writer);
    }
    Ok(builder.macros(macros).knowledge(knowledge).data_models(models).lookups(lookups))
}

/// The tables and definitions of a folder: `.csv` files, `.yml` and `.conf` definitions. A definition that is wrong is told and left out.
fn add_lookups(lookups: &mut Lookups, path: &Path, console: Console) -> Result<(), Failure> {
    for file in files(path, &["csv", "yml", "yaml", "conf"])? {
        if has_extension(&file, &["csv"]) {
            add_table(lookups, &file);
        } else if has_extension(&file, &["conf"]) {
            let conf = parse_conf(&file, &read_text(&file)?, console);
            lookups.add_transforms(&conf).iter().for_each(|problem| console.warn(in_file(&file, problem)));
        } else {
            let text = read_text(&file)?;
            // Detections may lie in the same folder, a thousand of them.
            let is_search = text.lines().any(|line| line.starts_with("search:"));
            if !is_search && let Err(problem) = lookups.add_yaml(&text) {
                console.warn(in_file(&file, &problem));
            }
        }
    }
    Ok(())
}

/// A table under its file's name, read when it is first asked for.
fn add_table(lookups: &mut Lookups, file: &Path) {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let file = file.to_owned();
    let read = move || {
        std::fs::read(&file).map_err(|error| {
            Box::new(Diagnostic::new(ErrorKind::Data, format!("cannot read {}: {error}", file.display())))
        })
    };
    lookups.add_content(&name, Arc::new(read));
}

/// The macros of a file, or of all `.yml`, `.yaml` and `.conf` files in a folder. A file that is wrong is told and left out.
fn read_macros(path: &Path, console: Console) -> Result<Macros, Failure> {
    let mut macros = Macros::default();
    for file in files(path, &["yml", "yaml", "conf"])? {
        let text = read_text(&file)?;
        let read = match has_extension(&file, &["conf"]) {
            true => Ok(Macros::from_stanzas(&parse_conf(&file, &text, console))),
            false => Macros::from_yaml(&text),
        };
        match read {
            Ok(read) => macros.extend(read.with_origin(&file.display().to_string())),
            Err(error) => console.warn(in_file(&file, &error)),
        }
    }
    Ok(macros)
}

/// An app's file of this name: `local` over `default`.
fn app_conf(app: &Path, name: &str, console: Console) -> Result<Conf, Failure> {
    if !app.is_dir() {
        return Err(Failure::data(format!("{} is no app: not a folder", app.display())));
    }
    let mut conf = Conf::default();
    for layer in ["default", "local"] {
        let file = app.join(layer).join(name);
        if file.is_file() {
            conf.merge(parse_conf(&file, &read_text(&file)?, console));
        }
    }
    Ok(conf)
}

/// An app's files of a kind, those of the last layer last.
fn app_files(app: &Path, layers: &[&str], folder: &str, extension: &str) -> Result<Vec<PathBuf>, Failure> {
    let mut all = Vec::new();
    for layer in layers {
        let folder = app.join(layer).join(folder);
        if folder.is_dir() {
            all.extend(files(&folder, &[extension])?);
        }
    }
    Ok(all)
}

/// A `.conf` file; lines without effect are told.
pub(crate) fn parse_conf(file: &Path, text: &str, console: Console) -> Conf {
    let conf = Conf::parse(text);
    conf.problems.iter().for_each(|problem| console.warn(in_file(file, problem)));
    conf
}

/// A problem with the file it is in.
pub(crate) fn in_file(file: &Path, problem: &Diagnostic) -> String {
    format!("in {}: {problem}", file.display())
}

/// The files with one of the extensions, in a folder; or the file itself.
pub(crate) fn files(path: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>, Failure> {
    let is_folder = path.is_dir();
    let mut found = walk(path);
    if let Some(failure) = found.failures.pop() {
        return Err(failure.into());
    }
    found.files.retain(|file| !is_folder || has_extension(file, extensions));
    Ok(found.files)
}

pub(crate) fn has_extension(file: &Path, extensions: &[&str]) -> bool {
    file.extension().is_some_and(|own| extensions.iter().any(|extension| own.eq_ignore_ascii_case(extension)))
}
