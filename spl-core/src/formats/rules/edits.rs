//! [`Edits`]: what is done to events before they are stored. Their text is edited (`SEDCMD-`), then transforms (`TRANSFORMS-`) change where
//! they come from, give them fields, change their text, or drop them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::Origin;
use crate::pattern::{Pattern, Sed, Template};

/// What is done to events, by class; classes go in the order of their names.
#[derive(Clone, Debug, Default)]
pub struct Edits {
    /// `SEDCMD-<class>`.
    pub sed: BTreeMap<String, Arc<Sed>>,
    /// `TRANSFORMS-<class>`, under this name.
    pub transforms: BTreeMap<String, Vec<Arc<Transform>>>,
}

/// What a transform reads or writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// `_raw`.
    Raw,
    /// `queue`: events that go to the `nullQueue` are dropped.
    Queue,
    /// `_MetaData:Index`.
    Index,
    /// `MetaData:Source`, a text `source::...`.
    Source,
    /// `MetaData:Sourcetype`, a text `sourcetype::...`.
    Sourcetype,
    /// `MetaData:Host`, a text `host::...`.
    Host,
    /// `_meta`: fields, as `name::value`.
    Fields,
}

impl Key {
    /// What stands in front of its value.
    fn prefix(self) -> &'static str {
        match self {
            Key::Source => "source::",
            Key::Sourcetype => "sourcetype::",
            Key::Host => "host::",
            Key::Raw | Key::Queue | Key::Index | Key::Fields => "",
        }
    }
}

/// A stanza of `transforms.conf` for the time of indexing.
#[derive(Clone, Debug)]
pub struct Transform {
    /// `SOURCE_KEY`: what is looked at.
    pub from: Key,
    /// `REGEX`: which events it is about.
    pub pattern: Pattern,
    /// `LOOKAHEAD`: how many characters are looked at.
    pub lookahead: usize,
    /// `FORMAT`: what becomes of them; `$0` is what was there. Of fields, a name and a value each.
    pub format: Vec<(Template, Template)>,
    /// `DEST_KEY`: where that goes.
    pub to: Key,
    /// `DEFAULT_VALUE`: what becomes of other events.
    pub default: Option<String>,
}

/// Where an input comes from.
#[derive(Clone, Debug)]
pub(in crate::formats) struct Origins {
    index: String,
    source: String,
    sourcetype: String,
    host: String,
}

impl Origins {
    pub(super) fn of(origin: &Origin) -> Origins {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        Origins {
            index: origin.index.clone().unwrap_or_else(|| "main".to_owned()),
            source: origin.source.clone().unwrap_or_else(|| origin.name.clone()),
            sourcetype: text(&origin.sourcetype),
            host: text(&origin.host),
        }
    }
}

/// What an event has become.
#[derive(Debug, Default)]
pub(in crate::formats) struct Edited<'a> {
    pub(in crate::formats) text: Cow<'a, str>,
    pub(in crate::formats) index: Option<String>,
    pub(in crate::formats) source: Option<String>,
    pub(in crate::formats) sourcetype: Option<String>,
    pub(in crate::formats) host: Option<String>,
    pub(in crate::formats) fields: Vec<(String, String)>,
    pub(in crate::formats) is_dropped: bool,
}

impl Edits {
    pub(super) fn or(mut self, other: &Edits) -> Edits {
        for (class, sed) in &other.sed {
            self.sed.entry(class.clone()).or_insert_with(|| sed.clone());
        }
        for (class, transforms) in &other.transforms {
            self.transforms.entry(class.clone()).or_insert_with(|| transforms.clone());
        }
        self
    }

    /// Whether nothing is done.
    pub(in crate::formats) fn are_none(&self) -> bool {
        self.sed.is_empty() && self.transforms.is_empty()
    }

    /// A setting that changes the text of events, if there is one.
    pub(super) fn of_text(&self) -> Option<String> {
        let sed = self.sed.keys().map(|class| format!("SEDCMD-{class}"));
        let writes = |transforms: &[Arc<Transform>]| transforms.iter().any(|transform| transform.to == Key::Raw);
        let transforms = self.transforms.iter().filter(|(_, transforms)| writes(transforms));
        sed.chain(transforms.map(|(class, _)| class.clone())).next()
    }

    /// What becomes of an event of an input that comes from there. Patterns that take too many steps do not match.
    pub(in crate::formats) fn apply<'a>(&self, text: Cow<'a, str>, origins: &Origins) -> Edited<'a> {
        let mut event = Edited { text, ..Edited::default() };
        for sed in self.sed.values() {
            if let Ok(text) = sed.apply(&event.text) {
                event.text = Cow::Owned(text);
            }
        }
        self.transforms.values().flatten().for_each(|transform| transform.apply(&mut event, origins));
        event
    }
}

impl Transform {
    fn apply(&self, event: &mut Edited<'_>, origins: &Origins) {
        let from = event.get(self.from, origins);
        let end = from.char_indices().nth(self.lookahead).map_or(from.len(), |(at, _)| at);
        let seen = &from[..end];
        let mut groups = self.pattern.groups();
        if !self.pattern.captures_at(seen, 0, &mut groups).unwrap_or(false) {
            if let Some(value) = self.default.clone() {
                event.set(self.to, value);
            }
            return;
        }
        let before = event.get(self.to, origins);
        let fill = |template: &Template| template.fill_over(&before, seen, &groups);
        let made: Vec<(String, String)> = self.format.iter().map(|(name, value)| (fill(name), fill(value))).collect();
        for (name, value) in made {
            match self.to {
                Key::Fields if !name.is_empty() && !value.is_empty() => event.fields.push((name, value)),
                Key::Fields => {}
                to => event.set(to, value),
            }
        }
    }
}

impl Edited<'_> {
    fn get(&self, key: Key, origins: &Origins) -> String {
        let of = |own: &Option<String>, given: &str| own.as_deref().unwrap_or(given).to_owned();
        let value = match key {
            Key::Raw => self.text.to_string(),
            Key::Queue => if self.is_dropped { "nullQueue" } else { "indexQueue" }.to_owned(),
            Key::Index => of(&self.index, &origins.index),
            Key::Source => of(&self.source, &origins.source),
            Key::Sourcetype => of(&self.sourcetype, &origins.sourcetype),
            Key::Host => of(&self.host, &origins.host),
            Key::Fields => {
                self.fields.iter().map(|(name, value)| format!("{name}::{value}")).collect::<Vec<_>>().join(" ")
            }
        };
        format!("{}{value}", key.prefix())
    }

    fn set(&mut self, key: Key, value: String) {
        let value = match value.strip_prefix(key.prefix()) {
            Some(own) => own.to_owned(),
            None => value,
        };
        match key {
            Key::Raw => self.text = Cow::Owned(value),
            Key::Queue => self.is_dropped = value.trim().eq_ignore_ascii_case("nullQueue"),
            Key::Index => self.index = Some(value),
            Key::Source => self.source = Some(value),
            Key::Sourcetype => self.sourcetype = Some(value),
            Key::Host => self.host = Some(value),
            Key::Fields => {}
        }
    }
}
