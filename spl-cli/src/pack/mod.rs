//! Searches by the hundred: content packs' YAML, `savedsearches.conf`, `.spl` and `.jsonl` files, and the macros found among them.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::Deserialize;
use spl_core::detection::Detection;
use spl_core::error::{Diagnostic, ErrorKind};
use spl_core::knowledge::{Macro, Macros};

use crate::console::Console;
use crate::exit::Failure;
use crate::inputs;
use crate::knowledge::{has_extension, parse_conf};
use crate::search::read_text;

/// What files hold.
#[derive(Debug, Default)]
pub(crate) struct Pack {
    /// In the order of the paths given, files of a folder by name.
    pub(crate) searches: Vec<PackSearch>,
    pub(crate) macros: Macros,
    /// Files that could not be read, by [`PackSearch::file`].
    pub(crate) failures: Vec<(String, Diagnostic)>,
}

/// A search of a pack.
#[derive(Debug)]
pub(crate) struct PackSearch {
    /// The file as given, or as it stands below the folder given.
    pub(crate) file: String,
    pub(crate) path: PathBuf,
    /// The document's `id`, a stanza's title, a file's name.
    pub(crate) id: String,
    pub(crate) text: String,
    /// What a document says besides the search, or a saved search that was built from one.
    pub(crate) detection: Option<Detection>,
}

/// What one file holds.
#[derive(Default)]
struct Content {
    searches: Vec<PackSearch>,
    macros: Macros,
}

impl Pack {
    /// Reads files and folders.
    pub(crate) fn read(paths: &[PathBuf], console: Console) -> Pack {
        let mut pack = Pack::default();
        let mut files: Vec<(PathBuf, String, bool)> = Vec::new();
        for given in paths {
            let found = inputs::walk(given);
            pack.failures.extend(found.failures.into_iter().map(|failure| (given.display().to_string(), failure)));
            for path in found.files {
                match path.strip_prefix(given) {
                    Ok(below) if !below.as_os_str().is_empty() => {
                        let name = below.display().to_string();
                        if is_known(&path) {
                            files.push((path, name, true));
                        }
                    }
                    _ => files.push((path.clone(), path.display().to_string(), false)),
                }
            }
        }
        let read = files.par_iter().map(|(path, file, in_folder)| read_file(path, file, *in_folder, console));
        let read: Vec<_> = read.collect();
        for ((_, file, _), content) in files.into_iter().zip(read) {
            match content {
                Ok(content) => {
                    pack.searches.extend(content.searches);
                    pack.macros.extend(content.macros);
                }
                Err(failure) => pack.failures.push((file, failure)),
            }
        }
        pack
    }

    /// Tells of the files that could not be read.
    pub(crate) fn tell_failures(&self, console: Console) {
        self.failures.iter().for_each(|(_, failure)| console.error(failure));
    }

    /// Defines each detection's filter macro as the build of a content pack does: as a search for everything, unless somebody defined it.
    pub(crate) fn define_filters(&self, macros: &mut Macros) {
        for detection in self.searches.iter().filter_map(|search| search.detection.as_ref()) {
            let name = detection.filter_macro();
            if macros.get(&name, 0).is_none() {
                macros.insert(Macro::new(name, &[], "search *"));
            }
        }
    }
}

const YAML: [&str; 2] = ["yml", "yaml"];
const LINES: [&str; 2] = ["jsonl", "ndjson"];

/// Whether a file in a folder may hold searches or macros.
fn is_known(path: &Path) -> bool {
    has_extension(path, &YAML)
        || has_extension(path, &LINES)
        || has_extension(path, &["spl"])
        || conf_kind(path).is_some()
}

/// `savedsearches` or `macros`.
fn conf_kind(path: &Path) -> Option<&'static str> {
    let stem = path.file_stem()?.to_string_lossy().to_ascii_lowercase();
    if !has_extension(path, &["conf"]) {
        return None;
    }
    ["savedsearches", "macros"].into_iter().find(|kind| stem.contains(kind))
}

fn read_file(path: &Path, file: &str, in_folder: bool, console: Console) -> Result<Content, Diagnostic> {
    let text = read_text(path).map_err(|failure| match failure {
        Failure { diagnostic: Some(diagnostic), .. } => *diagnostic,
        _ => Diagnostic::new(ErrorKind::Data, "cannot be read"),
    })?;
    let search = |id: String, text: &str| PackSearch {
        file: file.to_owned(),
        path: path.to_owned(),
        id,
        text: text.trim().to_owned(),
        detection: None,
    };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut content = Content::default();
    if has_extension(path, &YAML) {
        content = read_yaml(&text, path, search).map_err(|error| in_file(file, *error))?;
    } else if has_extension(path, &LINES) {
        // A folder may hold lines that are something else, such as results.
        if in_folder && !text.lines().next().is_some_and(|line| line.contains("\"spl\"")) {
            return Ok(content);
        }
        for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let line: JsonLine = serde_json::from_str(line)
                .map_err(|error| in_file(file, Diagnostic::new(ErrorKind::Data, format!("line {}: {error}", n + 1))))?;
            let id = line.id.map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
            content.searches.push(search(id.unwrap_or_else(|| (n + 1).to_string()), &line.spl));
        }
    } else if has_extension(path, &["conf"]) {
        let conf = parse_conf(path, &text, console);
        if conf_kind(path) == Some("macros") {
            content.macros = Macros::from_stanzas(&conf).with_origin(&path.display().to_string());
        } else {
            let stanzas = conf.stanzas.keys().filter(|stanza| *stanza != "default");
            let saved = stanzas.filter_map(|stanza| Some((stanza, conf.get(stanza, "search")?)));
            for (stanza, text) in saved {
                let detection = Detection::from_conf(&conf, stanza).map_err(|error| in_file(file, *error))?;
                content.searches.push(PackSearch { detection, ..search(stanza.clone(), text) });
            }
        }
    } else {
        content.searches.push(search(stem, &text));
    }
    Ok(content)
}

/// The problem with the file it is in.
fn in_file(file: &str, problem: Diagnostic) -> Diagnostic {
    Diagnostic { message: format!("{file}: {}", problem.message), ..problem }
}

/// A line of a `.jsonl` file.
#[derive(Deserialize)]
struct JsonLine {
    spl: String,
    id: Option<serde_json::Value>,
}

/// The keys that tell what a document is.
#[derive(Deserialize)]
struct Keys {
    name: Option<serde::de::IgnoredAny>,
    search: Option<serde::de::IgnoredAny>,
    definition: Option<serde::de::IgnoredAny>,
}

/// A detection or a macro; other documents of a pack have nothing to run.
fn read_yaml(text: &str, path: &Path, search: impl Fn(String, &str) -> PackSearch) -> Result<Content, Box<Diagnostic>> {
    let mut content = Content::default();
    let wrong = match Detection::parse(text) {
        Ok(detection) => {
            let id = detection.id.clone().unwrap_or_else(|| detection.name.clone());
            let search = search(id, &detection.search);
            content.searches.push(PackSearch { detection: Some(detection), ..search });
            return Ok(content);
        }
        Err(wrong) => wrong,
    };
    match serde_saphyr::from_str(text) {
        Ok(Keys { name: Some(_), search: None, definition: None }) => {}
        Ok(Keys { search: None, definition: Some(_), .. }) => {
            content.macros = Macros::from_yaml(text)?.with_origin(&path.display().to_string());
        }
        _ => return Err(wrong),
    }
    Ok(content)
}
