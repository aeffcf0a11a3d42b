//! `rex`: fields from the named groups of a regular expression, or text edited as sed does.

use super::prelude::*;
use crate::exec::{Made, Maker, make_fields, map_field};
use crate::pattern::{Groups, Pattern, Sed};
use crate::table::Entries;

pub(super) static SPEC: CommandSpec = CommandSpec {
    name: "rex",
    aliases: &[],
    kind: Kind::DistributableStreaming,
    syntax: "rex [field=<field>] (<regex> [max_match=<int>] [offset_field=<field>]) | (mode=sed <sed-expression>)",
    summary: "Extracts the named groups of a regular expression as fields, or edits a field with sed expressions.",
    examples: &[
        Example {
            spl: "| makeresults | eval m=\"user=bob id=7\" | rex field=m \"user=(?<user>\\w+)\" | table user",
            result: "user\nbob",
        },
        Example {
            spl: "| makeresults | eval m=\"a1b22\" | rex field=m max_match=0 \"(?<n>\\d+)\" | table n",
            result: "n\n(1; 22)",
        },
        Example {
            spl: "| makeresults | eval x=\"aaa\" | rex field=x mode=sed \"s/a/b/g\" | table x",
            result: "x\nbbb",
        },
    ],
    parse: |args| {
        let field = args.option("field")?.string()?.unwrap_or_else(|| "_raw".to_owned());
        let max_match = args.option("max_match")?.count()?.unwrap_or(1);
        let offset_field = args.option("offset_field")?.string()?;
        let sed = args.option("mode")?.one_of(&["sed"])?.is_some();
        let text = args.pattern()?;
        args.end()?;
        let edit = if sed {
            Edit::Sed(Sed::parse(&text.node, text.span)?)
        } else {
            let pattern = Pattern::compile(&text.node, text.span)?;
            let names: Vec<(usize, FieldName)> = pattern
                .group_names()
                .iter()
                .enumerate()
                .filter_map(|(group, name)| name.map(|name| (group, field_name(name))))
                .collect();
            if names.is_empty() {
                bail!(Argument, text.span, "this regular expression extracts no field"; hint: "name a group: (?<name>...)");
            }
            let mut fields: Vec<FieldName> = Vec::new();
            let groups = names.into_iter().map(|(group, name)| {
                let slot = fields.iter().position(|f| *f == name).unwrap_or_else(|| {
                    fields.push(name);
                    fields.len() - 1
                });
                (group, slot)
            });
            let groups = groups.collect();
            let offsets = offset_field.map(|name| {
                fields.push(field_name(name));
                fields.len() - 1
            });
            Edit::Extract(Extract { pattern, groups, fields, offsets, max_match })
        };
        Ok(Box::new(Rex(Arc::new(Node { field, edit }))))
    },
};

#[derive(Debug)]
struct Rex(Arc<Node>);

#[derive(Debug)]
struct Node {
    field: String,
    edit: Edit,
}

#[derive(Debug)]
enum Edit {
    Extract(Extract),
    Sed(Sed),
}

#[derive(Debug)]
struct Extract {
    pattern: Pattern,
    /// Groups with the fields they go to.
    groups: Vec<(usize, usize)>,
    fields: Vec<FieldName>,
    /// The field that is told where the groups were found.
    offsets: Option<usize>,
    /// Matches taken of each value; 0 takes all.
    max_match: usize,
}

impl Extract {
    /// Puts what the groups found in one value into the fields.
    fn take(&self, text: &str, offsets: &mut String, made: &mut Made) -> Result<()> {
        let mut count = 0;
        self.pattern.for_each_captures(text, |groups| {
            count += 1;
            self.take_match(text, groups, offsets, made);
            count != self.max_match
        })
    }

    fn take_match(&self, text: &str, groups: &Groups, offsets: &mut String, made: &mut Made) {
        for &(group, slot) in &self.groups {
            let Some(range) = groups.get(group) else { continue };
            if self.offsets.is_some() {
                let separator = if offsets.is_empty() { "" } else { "&" };
                let place = |byte: usize| text[..byte].chars().count();
                let (start, end) = (place(range.start), place(range.end));
                offsets.push_str(&format!(
                    "{separator}{}={start}-{}",
                    self.fields[slot],
                    end.saturating_sub(1).max(start)
                ));
            }
            made.append(slot, &text[range]);
        }
    }

    fn put_offsets(&self, offsets: &str, made: &mut Made) {
        if let Some(slot) = self.offsets.filter(|_| !offsets.is_empty()) {
            made.text(slot, offsets);
        }
    }
}

impl Maker for Extract {
    fn of_value(&self, value: ValueRef<'_>, made: &mut Made) -> Result<()> {
        let mut offsets = String::new();
        match value {
            ValueRef::Multi(values) => {
                values.iter().try_for_each(|value| self.take(&value.text(), &mut offsets, made))?;
            }
            single => self.take(&single.text(), &mut offsets, made)?,
        }
        self.put_offsets(&offsets, made);
        Ok(())
    }

    fn of_texts(&self, texts: Entries<'_>, made: &mut Made) -> Result<()> {
        let mut offsets = String::new();
        self.pattern.first_captures(texts, |at, text, groups| {
            made.turn_to(at);
            offsets.clear();
            match self.max_match {
                1 => self.take_match(text, groups, &mut offsets, made),
                _ => self.take(text, &mut offsets, made)?,
            }
            self.put_offsets(&offsets, made);
            Ok(())
        })
    }
}

impl Command for Rex {
    fn kind(&self) -> Kind {
        Kind::DistributableStreaming
    }

    fn plan(&self, input: Plan, _: &mut PlanContext<'_>) -> Result<Plan> {
        Ok(Plan::Command(Box::new(input), self.0.clone()))
    }
}

impl CommandNode for Node {
    fn describe(&self) -> String {
        match &self.edit {
            Edit::Extract(extract) => format!("rex field={} {}", self.field, extract.pattern.as_str()),
            Edit::Sed(sed) => format!("rex field={} mode=sed {}", self.field, sed.text()),
        }
    }

    fn reads(&self, wanted: &FieldSet) -> FieldSet {
        wanted.clone().union(&FieldSet::of([&self.field]))
    }

    fn keeps_rows(&self) -> bool {
        true
    }

    fn writes(&self) -> FieldSet {
        match &self.edit {
            Edit::Extract(extract) => FieldSet::of(&extract.fields),
            Edit::Sed(_) => FieldSet::of([&self.field]),
        }
    }

    fn ordered(&self) -> bool {
        false
    }

    fn run(&self, input: Table, cx: &RunContext<'_>) -> Result<Table> {
        match &self.edit {
            Edit::Extract(extract) => make_fields(input, &self.field, &extract.fields, cx, extract),
            Edit::Sed(sed) => map_field(input, &self.field, &[field_name(&self.field)], cx, &|value, made| {
                match value {
                    ValueRef::Multi(values) => {
                        let edited = values.iter().map(|value| Ok(Value::from(sed.apply(&value.text())?)));
                        made.value(0, Value::multi(edited.collect::<Result<Vec<_>>>()?));
                    }
                    single => made.text(0, &sed.apply(&single.text())?),
                }
                Ok(())
            }),
        }
    }
}
