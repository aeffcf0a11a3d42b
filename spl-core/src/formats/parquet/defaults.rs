//! `index`, `source`, `sourcetype` and `host` of rows: columns of these names, else what the origin says, else what Splunk's input of
//! such events would set.

use super::chunk::Chunk;
use super::events::{codes, each_kept};
use super::schema::{Leaf, Schema};
use crate::formats::names::HOSTS;
use crate::formats::{Origin, Part};
use crate::table::{Bitmap, CodedColumn, TableBuilder};

/// The default fields that are wanted, and the columns that tell them.
pub(super) struct Defaults<'a> {
    origin: &'a Origin,
    fields: Vec<Field<'a>>,
    channel: Option<&'a Leaf>,
    ids: Vec<&'a Leaf>,
    hosts: Vec<&'a Leaf>,
}

struct Field<'a> {
    name: &'static str,
    /// The column of that name.
    own: Option<&'a Leaf>,
    given: Option<&'a str>,
}

/// Finds a column that has been read.
type Find<'f, 'c> = &'f dyn Fn(usize) -> Option<&'c Chunk>;

impl<'a> Defaults<'a> {
    pub(super) fn new(part: &'a Part<'a>, schema: &'a Schema, all: bool) -> Self {
        let origin = part.origin;
        let given = [
            ("index", Some(origin.index.as_deref().unwrap_or("main"))),
            ("source", origin.source.as_deref()),
            ("sourcetype", origin.sourcetype.as_deref()),
            ("host", origin.host.as_deref()),
        ];
        let wanted = given.into_iter().filter(|(name, _)| all || part.request.wants(name));
        let fields: Vec<Field<'a>> =
            wanted.map(|(name, given)| Field { name, own: schema.field(name), given }).collect();
        let is_open = |name: &str| fields.iter().any(|field| field.name == name && field.given.is_none());
        let (kind, host) = (is_open("source") || is_open("sourcetype"), is_open("host"));
        let find = |names: &[&str], wanted: bool| -> Vec<&'a Leaf> {
            names.iter().filter(|_| wanted).filter_map(|name| schema.field(name)).collect()
        };
        let ids = find(&["EventID", "EventCode"], kind);
        let channel = schema.field("Channel").filter(|_| !ids.is_empty());
        Defaults { origin, fields, channel, ids, hosts: find(HOSTS, host) }
    }

    /// The columns that must be read.
    pub(super) fn columns(&self) -> Vec<usize> {
        let own = self.fields.iter().filter_map(|field| field.own);
        own.chain(self.channel)
            .chain(self.ids.iter().copied())
            .chain(self.hosts.iter().copied())
            .map(|l| l.column)
            .collect()
    }

    /// Adds the fields of so many rows.
    pub(super) fn add(
        &self,
        rows: usize,
        find: Find<'_, '_>,
        keep: Option<&Bitmap>,
        columns: &mut Vec<CodedColumn>,
        into: &mut TableBuilder,
    ) {
        let windows = self.windows(rows, find);
        for field in &self.fields {
            let slot = into.slot(field.name);
            let mut row_codes = vec![0; rows];
            let base = match (field.given, field.name) {
                (Some(given), _) => into.intern(slot, given),
                (None, "host") => {
                    self.hosts.iter().for_each(|host| put(host, slot, find, keep, &mut row_codes, into));
                    0
                }
                (None, "source") => {
                    if let Some(chunk) = self.channel.and_then(|leaf| find(leaf.column)) {
                        sources(chunk, &windows, slot, keep, &mut row_codes, into);
                    }
                    into.intern(slot, &self.origin.name)
                }
                _ => {
                    if !windows.none() {
                        let code = into.intern(slot, "XmlWinEventLog");
                        windows.rows().into_iter().for_each(|row| row_codes[row as usize] = code);
                    }
                    into.intern(slot, "parquet")
                }
            };
            if let Some(own) = field.own {
                let mut owned = vec![0; rows];
                put(own, slot, find, keep, &mut owned, into);
                row_codes.iter_mut().zip(owned).filter(|(_, own)| *own != 0).for_each(|(code, own)| *code = own);
            }
            row_codes.iter_mut().filter(|code| **code == 0).for_each(|code| *code = base);
            columns.push(CodedColumn::dense(slot, &row_codes));
        }
    }

    /// The rows that are events of Windows.
    fn windows(&self, rows: usize, find: Find<'_, '_>) -> Bitmap {
        let mut windows = Bitmap::filled(rows, false);
        for id in self.ids.iter().filter_map(|leaf| find(leaf.column)) {
            windows.or(&id.present);
        }
        match self.channel.and_then(|leaf| find(leaf.column)) {
            Some(channel) => {
                let mut named = Bitmap::filled(rows, false);
                named.or(&channel.present);
                windows.and(&named);
                windows
            }
            None => Bitmap::filled(rows, false),
        }
    }
}

/// Gives the rows that have no code yet those of a column.
fn put(
    leaf: &Leaf,
    slot: u32,
    find: Find<'_, '_>,
    keep: Option<&Bitmap>,
    row_codes: &mut [u32],
    into: &mut TableBuilder,
) {
    let Some(chunk) = find(leaf.column) else { return };
    let codes = codes(chunk, slot, keep, into);
    each_kept(chunk, keep, |row, range| {
        if row_codes[row] == 0 {
            row_codes[row] = codes.get(range.start).copied().unwrap_or(0);
        }
    });
}

/// Gives Windows events the source that their channel says.
fn sources(
    channel: &Chunk,
    windows: &Bitmap,
    slot: u32,
    keep: Option<&Bitmap>,
    row_codes: &mut [u32],
    into: &mut TableBuilder,
) {
    let mut known = vec![0; channel.values.len()];
    each_kept(channel, keep, |row, range| {
        let Some(&pick) = channel.picks.get(range.start).filter(|_| windows.get(row)) else { return };
        let known = &mut known[pick as usize];
        if *known == 0 {
            let mut source = b"XmlWinEventLog:".to_vec();
            channel.values.write(pick, &mut source);
            *known = into.intern(slot, &source);
        }
        row_codes[row] = *known;
    });
}
