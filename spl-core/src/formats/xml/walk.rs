//! One Windows event, element by element: [`walk`] says where its values lie and what each one is. It is the reader of events whose
//! layout was not met before, and the judge of what is whole; it neither decodes entities nor knows fields that are derived.

/// A value of the event: `bytes[start..end]`, followed by `until`.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) until: u8,
    pub(super) target: Target<'a>,
}

/// What a value is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// Nothing that becomes a field.
    Skip,
    /// The field of this name.
    Field(&'a [u8]),
    /// A `Data` element without name.
    Unnamed,
    /// `TimeCreated SystemTime`.
    Time,
    /// `System/EventID`.
    EventId,
    /// `System/Channel`.
    Channel,
    /// `System/Computer`.
    Computer,
}

/// Where an event ends, and whether its layout is worth remembering.
pub(super) struct End {
    pub(super) at: usize,
    pub(super) plain: bool,
}

/// Why an event cannot be read, and at which byte that shows.
pub(super) type Broken = (usize, &'static str);

const MAX_DEPTH: usize = 64;

/// The values of the event that begins at `start`, in order.
pub(super) fn walk<'a>(bytes: &'a [u8], start: usize, tokens: &mut Vec<Token<'a>>) -> Result<End, Broken> {
    Walk { bytes, at: start, open: Vec::new(), tokens, plain: true }.event()
}

struct Walk<'a, 't> {
    bytes: &'a [u8],
    at: usize,
    open: Vec<&'a [u8]>,
    tokens: &'t mut Vec<Token<'a>>,
    plain: bool,
}

impl<'a> Walk<'a, '_> {
    fn event(mut self) -> Result<End, Broken> {
        loop {
            match self.bytes.get(self.at + 1) {
                Some(b'/') => {
                    let end = self.find(self.at + 2, b">")?;
                    let name = self.bytes[self.at + 2..end].trim_ascii_end();
                    if self.open.pop() != Some(name) {
                        return Err((self.at, "a closing tag without its opening tag"));
                    }
                    self.at = end + 1;
                    if self.open.is_empty() {
                        return Ok(End { at: self.at, plain: self.plain });
                    }
                }
                Some(b'!') => {
                    self.plain = false;
                    let close: &[u8] = if self.rest().starts_with(b"<!--") { b"-->" } else { b">" };
                    self.at = self.find(self.at, close)? + close.len();
                }
                Some(b'?') => {
                    self.plain = false;
                    self.at = self.find(self.at, b"?>")? + 2;
                }
                Some(_) => self.element()?,
                None => return Err((self.bytes.len(), "the event does not end")),
            }
            // Text between elements is blank, or of no use.
            let next = self.find(self.at, b"<")?;
            self.plain &= self.bytes[self.at..next].iter().all(u8::is_ascii_whitespace);
            self.at = next;
        }
    }

    /// An opening tag, and the text behind it if that is all the element holds.
    fn element(&mut self) -> Result<(), Broken> {
        let bytes = self.bytes;
        let start = self.at + 1;
        let length = bytes[start..].iter().position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'/' | b'<'));
        let name = &bytes[start..start + length.ok_or((bytes.len(), "the event does not end"))?];
        if name.is_empty() {
            return Err((self.at, "a tag without a name"));
        }
        if self.open.len() == MAX_DEPTH {
            return Err((self.at, "elements are nested too deep"));
        }
        if name == b"Event" && !self.open.is_empty() {
            return Err((self.at, "the event does not end before the next one begins"));
        }
        self.at = start + name.len();
        self.open.push(name);
        let mut given = None;
        loop {
            self.at += bytes[self.at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
            match self.rest() {
                [b'>', ..] => break,
                [b'/', b'>', ..] => {
                    self.at += 2;
                    self.open.pop();
                    return Ok(());
                }
                [] => return Err((bytes.len(), "the event does not end")),
                _ => self.attribute(&mut given)?,
            }
        }
        self.at += 1;
        self.text(given)
    }

    fn attribute(&mut self, given: &mut Option<&'a [u8]>) -> Result<(), Broken> {
        let bytes = self.bytes;
        let equals = self.find(self.at, b"=")?;
        let name = bytes[self.at..equals].trim_ascii_end();
        if name.is_empty() || name.iter().any(|b| matches!(b, b'<' | b'>' | b'\'' | b'"') || b.is_ascii_whitespace()) {
            return Err((self.at, "an attribute that is none"));
        }
        let start = equals + 1 + bytes[equals + 1..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let Some(&quote @ (b'\'' | b'"')) = bytes.get(start) else {
            return Err((start, "an attribute without a quoted value"));
        };
        let end = self.find(start + 1, &[quote])?;
        self.at = end + 1;
        let element = self.open.last().copied().unwrap_or_default();
        let target = match self.section() {
            _ if name.starts_with(b"xmlns") => return Ok(()),
            b"EventData" if name == b"Name" && self.open.len() > 2 => {
                *given = Some(&bytes[start + 1..end]);
                return Ok(());
            }
            b"System" if element == b"TimeCreated" && name == b"SystemTime" => Target::Time,
            b"System" => Target::Field(local(name)),
            _ => Target::Skip,
        };
        self.tokens.push(Token { start: start + 1, end, until: quote, target });
        Ok(())
    }

    /// The text behind an opening tag, a value if the closing tag follows.
    fn text(&mut self, given: Option<&'a [u8]>) -> Result<(), Broken> {
        const CDATA: &[u8] = b"<![CDATA[";
        let bytes = self.bytes;
        let (mut start, mut end) = (self.at, self.find(self.at, b"<")?);
        let mut next = end;
        if bytes[end..].starts_with(CDATA) && bytes[start..end].iter().all(u8::is_ascii_whitespace) {
            self.plain = false;
            start = end + CDATA.len();
            end = self.find(start, b"]]>")?;
            next = self.find(end, b"<")?;
        }
        let bare = given.is_some() && !bytes[next..].starts_with(b"</");
        if bare {
            // Something in place of text: whatever it is, it belongs to this value.
            self.plain = false;
            end = self.find(start, b"</Data>")?;
            next = end;
        }
        self.at = next;
        if !bytes[next..].starts_with(b"</") {
            self.plain &= bytes[start..end].iter().all(u8::is_ascii_whitespace);
            return Ok(());
        }
        let element = self.open.last().copied().unwrap_or_default();
        let target = match (self.section(), given) {
            (b"EventData", Some(name)) => Target::Field(name),
            (b"EventData", None) if element == b"Data" => Target::Unnamed,
            (b"System", _) if element == b"EventID" => Target::EventId,
            (b"System", _) if element == b"Channel" => Target::Channel,
            (b"System", _) if element == b"Computer" => Target::Computer,
            _ if self.open.len() < 2 => Target::Skip,
            _ => Target::Field(local(element)),
        };
        self.tokens.push(Token { start, end, until: b'<', target });
        Ok(())
    }

    /// The name of the element right below `Event` that is open.
    fn section(&self) -> &'a [u8] {
        self.open.get(1).copied().unwrap_or_default()
    }

    fn rest(&self) -> &'a [u8] {
        &self.bytes[self.at..]
    }

    fn find(&self, from: usize, what: &[u8]) -> Result<usize, Broken> {
        let rest = self.bytes.get(from..).unwrap_or_default();
        let found = match what {
            [byte] => memchr::memchr(*byte, rest),
            _ => memchr::memmem::find(rest, what),
        };
        found.map(|at| from + at).ok_or((self.bytes.len(), "the event does not end"))
    }
}

fn local(name: &[u8]) -> &[u8] {
    memchr::memrchr(b':', name).map_or(name, |at| &name[at + 1..])
}
