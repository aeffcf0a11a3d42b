//! [`Template`]: texts with `$1` in them, as `FORMAT` of `transforms.conf` has them.

use super::Groups;

/// Text with `$1` in it.
#[derive(Clone, Debug)]
pub struct Template(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Group(usize),
}

impl Template {
    /// Reads `$` and a number as a group; other dollars stand for themselves.
    pub fn parse(text: &str) -> Template {
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some(at) = rest.find('$') {
            let after = &rest[at + 1..];
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            match after[..digits].parse() {
                Ok(group) => {
                    parts.push(Part::Text(rest[..at].to_owned()));
                    parts.push(Part::Group(group));
                }
                Err(_) => parts.push(Part::Text(rest[..at + 1 + digits].to_owned())),
            }
            rest = &after[digits..];
        }
        parts.push(Part::Text(rest.to_owned()));
        parts.retain(|part| !matches!(part, Part::Text(text) if text.is_empty()));
        Template(parts)
    }

    /// The text, when it holds no group.
    pub fn fixed(&self) -> Option<&str> {
        match &self.0[..] {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is a group and nothing else.
    pub fn is_one_group(&self) -> bool {
        matches!(self.0[..], [Part::Group(_)])
    }

    /// The text, with the groups of a match in `text`; those that took no part are empty.
    pub fn fill(&self, text: &str, groups: &Groups) -> String {
        self.fill_over(groups.get(0).and_then(|range| text.get(range)).unwrap_or_default(), text, groups)
    }

    /// As [`Template::fill`], where `$0` is the text that the new one takes the place of.
    pub fn fill_over(&self, before: &str, text: &str, groups: &Groups) -> String {
        let mut filled = String::new();
        for part in &self.0 {
            filled.push_str(match part {
                Part::Text(own) => own,
                Part::Group(0) => before,
                Part::Group(index) => groups.get(*index).and_then(|range| text.get(range)).unwrap_or_default(),
            });
        }
        filled
    }
}
