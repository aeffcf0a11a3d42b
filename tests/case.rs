//! The golden file format: comments, inputs, cases.
//!
//! ```text
//! # mvcombine: events equal in every other field become one.
//!
//! input
//! ip       | port
//! 10.0.0.1 | 80
//!
//! === a title [docs]
//! | mvcombine port
//! ---
//! ip | port
//! ```
//! Blocks before the first case: `input` (the rows that a search beginning with a non-generating command continues from), `input NAME` (an
//! index), `lookup NAME` (a lookup table), `macros`, `props`, `transforms`, `eventtypes`, `tags` (text of the `.conf` file), `datamodel NAME` (JSON), `saved NAME` (a saved search). Each ends at a
//! blank line.

use std::path::{Path, PathBuf};

/// A golden file.
#[derive(Clone, Debug)]
pub struct File {
    /// Everything before the first case, as written.
    pub head: String,
    /// The blocks in it.
    pub blocks: Vec<Block>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// A block of input.
#[derive(Clone, Debug)]
pub struct Block {
    /// `input`, `lookup` or `macros`.
    pub kind: String,
    /// What follows the kind.
    pub name: String,
    /// Its lines.
    pub lines: Vec<String>,
}

/// One search and what it gives.
#[derive(Clone, Debug)]
pub struct Case {
    /// The line behind `===`.
    pub title: String,
    /// The search.
    pub spl: String,
    /// What follows `---`.
    pub expected: String,
}

/// The kinds of block.
const KINDS: &[&str] =
    &["input", "lookup", "macros", "props", "transforms", "eventtypes", "tags", "datamodel", "saved"];

/// The tags that say where a result comes from; a case has exactly one.
pub const PROVENANCE: &[&str] = &["docs", "assumed"];

impl Case {
    /// The tags in brackets.
    pub fn tags(&self) -> impl Iterator<Item = &str> {
        self.title.split('[').skip(1).filter_map(|t| t.split(']').next())
    }

    /// Whether it has the tag.
    pub fn has(&self, tag: &str) -> bool {
        self.tags().any(|t| t == tag)
    }

    /// The value of `[name=value]`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.tags().find_map(|t| t.strip_prefix(name)?.strip_prefix('='))
    }

    /// Whether the result is a plan, which depends on the optimizer.
    pub fn prints_plan(&self) -> bool {
        self.has("plan") || self.has("opt")
    }
}

impl File {
    /// Reads a file's text.
    pub fn parse(text: &str) -> Result<File, String> {
        let mut sections = Vec::new();
        let mut head = String::new();
        for line in text.lines() {
            if let Some(title) = line.strip_prefix("===") {
                sections.push((title.trim().to_owned(), String::new()));
            } else {
                let target = sections.last_mut().map_or(&mut head, |(_, body)| body);
                target.push_str(line);
                target.push('\n');
            }
        }
        let mut cases = Vec::new();
        for (title, body) in sections {
            let Some((spl, expected)) =
                body.split_once("---\n").or_else(|| body.strip_suffix("---").map(|spl| (spl, "")))
            else {
                return Err(format!("case `{title}` has no `---`"));
            };
            let case = Case { title, spl: spl.trim_end().to_owned(), expected: expected.trim_end().to_owned() };
            if case.tags().filter(|t| PROVENANCE.contains(t) || t.starts_with("splunk ")).count() != 1 {
                return Err(format!("case `{}` needs exactly one tag of provenance", case.title));
            }
            cases.push(case);
        }
        Ok(File { blocks: blocks(&head), head: head.trim_end().to_owned(), cases })
    }

    /// The file's text.
    pub fn print(&self) -> String {
        let mut text = self.head.clone();
        for case in &self.cases {
            text.push_str(&format!("\n\n=== {}\n{}\n---\n{}", case.title, case.spl, case.expected.trim_end()));
        }
        text.push('\n');
        text.trim_start().to_owned()
    }
}

fn blocks(head: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in head.lines() {
        let mut words = line.splitn(2, ' ');
        let kind = words.next().unwrap_or("");
        if line.trim().is_empty() {
            open = false;
        } else if open {
            if let Some(block) = blocks.last_mut() {
                block.lines.push(line.to_owned());
            }
        } else if KINDS.contains(&kind) {
            let name = words.next().unwrap_or("").trim().to_owned();
            blocks.push(Block { kind: kind.to_owned(), name, lines: Vec::new() });
            open = true;
        }
    }
    blocks
}

/// The golden files, each with its name: its path below `golden`, without the extension.
pub fn golden_files() -> Vec<(String, PathBuf)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(&root).unwrap_or(path).with_extension("").display().to_string();
    paths.into_iter().map(|path| (name(&path), path)).collect()
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_some_and(|e| e == "test") {
            into.push(path);
        }
    }
}
