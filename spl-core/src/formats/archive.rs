//! Packed inputs: gzip and Zstandard (one content), zip (any number of files, of which a pattern may choose). What of a broken one can
//! be had is given, and the damage noted; growing beyond a limit is an error.

use std::borrow::Cow;
use std::io::Read;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder};
use ruzstd::decoding::StreamingDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};

use super::Damage;
use crate::error::{Cancel, Result, bail};

/// What a packed input may grow to, by default.
pub const MAX_INFLATED: u64 = 64 << 30;
/// How many times larger content may be than it is packed. Logs that say the same again and again shrink to a hundredth or so; what
/// grows by far more was made to fill the memory.
pub(super) const MAX_GROWTH: u64 = 400;

/// What to do with content that grows so.
pub(super) const HARMLESS: &str = "if it is meant to be so large, unpack it first";

const BROKEN: &str = "broken stretches of packed data";
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// A file of an archive, or the content of a packed file.
pub struct Member<'a> {
    /// The file's name in the archive.
    pub name: Option<String>,
    /// Its content.
    pub bytes: Cow<'a, [u8]>,
}

/// The contents of an input that may be packed.
pub fn unpack<'a>(bytes: &'a [u8], limit: u64, damage: &mut Damage) -> Result<Vec<Member<'a>>> {
    unpack_members(bytes, None, limit, damage)
}

/// The same of the files of an archive whose names match a pattern: `*` stands for any characters, `?` for one, the case of letters does
/// not count. A name matches with its folders or without. Other files are not unpacked.
///
/// # Errors
///
/// No file matches, or the input is no archive.
pub fn unpack_members<'a>(
    bytes: &'a [u8],
    pattern: Option<&str>,
    limit: u64,
    damage: &mut Damage,
) -> Result<Vec<Member<'a>>> {
    unpack_until(bytes, pattern, limit, damage, &Cancel::default())
}

/// As [`unpack_members`], for somebody who may lose patience: an error then.
pub(super) fn unpack_until<'a>(
    bytes: &'a [u8],
    pattern: Option<&str>,
    limit: u64,
    damage: &mut Damage,
    cancel: &Cancel,
) -> Result<Vec<Member<'a>>> {
    if !bytes.starts_with(b"PK\x03\x04") {
        if let Some(pattern) = pattern {
            bail!(Data, "it is no archive, of whose files `{pattern}` could choose some");
        }
        return Ok(vec![Member { name: None, bytes: decompress_until(bytes, limit, damage, cancel)? }]);
    }
    let (mut members, mut left) = (Vec::new(), limit);
    for file in chosen(zip_files(bytes, damage), pattern)? {
        let content = match zip_content(bytes, &file, left, damage, cancel)? {
            Cow::Borrowed(stored) => decompress_until(stored, left, damage, cancel)?,
            Cow::Owned(inflated) => match decompress_until(&inflated, left, damage, cancel)? {
                Cow::Owned(content) => Cow::Owned(content),
                Cow::Borrowed(_) => Cow::Owned(inflated),
            },
        };
        left = left.saturating_sub(content.len() as u64);
        members.push(Member { name: Some(file.name), bytes: content });
    }
    Ok(members)
}

/// The files that match the pattern.
fn chosen(mut files: Vec<ZipFile>, pattern: Option<&str>) -> Result<Vec<ZipFile>> {
    const SHOWN: usize = 5;
    let Some(pattern) = pattern else { return Ok(files) };
    let matches = |name: &str| {
        let base = name.rsplit('/').next().unwrap_or(name);
        glob(pattern.as_bytes(), name.as_bytes()) || glob(pattern.as_bytes(), base.as_bytes())
    };
    if !files.iter().any(|file| matches(&file.name)) {
        let names: Vec<String> = files.iter().take(SHOWN).map(|file| format!("`{}`", file.name)).collect();
        let others = files.len().saturating_sub(SHOWN);
        let others = if others > 0 { format!(" and {others} more") } else { String::new() };
        let names = if names.is_empty() { "no files".to_owned() } else { names.join(", ") };
        bail!(Data, "no file of the archive matches `{pattern}`"; hint: "there are {names}{others}");
    }
    files.retain(|file| matches(&file.name));
    Ok(files)
}

/// Whether a name is what the pattern says.
fn glob(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut from) = (0, 0);
    // Where the last star stands, and how far what it stands for reaches.
    let mut star: Option<(usize, usize)> = None;
    while from < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, from));
                at += 1;
            }
            Some(byte) if *byte == b'?' || byte.eq_ignore_ascii_case(&name[from]) => {
                (at, from) = (at + 1, from + 1);
            }
            _ => {
                let Some((place, taken)) = star else { return false };
                star = Some((place, taken + 1));
                (at, from) = (place + 1, taken + 1);
            }
        }
    }
    pattern[at.min(pattern.len())..].iter().all(|&byte| byte == b'*')
}

/// The content of a gzip or Zstandard file of any number of members; other bytes as they are.
pub fn decompress<'a>(bytes: &'a [u8], limit: u64, damage: &mut Damage) -> Result<Cow<'a, [u8]>> {
    decompress_until(bytes, limit, damage, &Cancel::default())
}

fn decompress_until<'a>(bytes: &'a [u8], limit: u64, damage: &mut Damage, cancel: &Cancel) -> Result<Cow<'a, [u8]>> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Owned(inflate(MultiGzDecoder::new(bytes), limit, 0, damage, cancel)?));
    }
    if !bytes.starts_with(ZSTD) {
        return Ok(Cow::Borrowed(bytes));
    }
    let (mut content, mut rest) = (Vec::new(), bytes);
    while !rest.is_empty() {
        let at = bytes.len() - rest.len();
        match StreamingDecoder::new(&mut rest) {
            Ok(decoder) => {
                let left = limit - content.len() as u64;
                content.append(&mut inflate(decoder, left, at, damage, cancel)?);
            }
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                rest = rest.get(length as usize..).unwrap_or_default();
            }
            Err(error) => {
                damage.note(BROKEN, at, error.to_string());
                break;
            }
        }
    }
    Ok(Cow::Owned(content))
}

/// A decoder that ends when somebody loses patience.
struct Until<'a, R> {
    reader: R,
    cancel: &'a Cancel,
}

impl<R: Read> Read for Until<'_, R> {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        if self.cancel.is_cancelled() { Ok(0) } else { self.reader.read(bytes) }
    }
}

/// All that a decoder gives.
fn inflate(reader: impl Read, limit: u64, at: usize, damage: &mut Damage, cancel: &Cancel) -> Result<Vec<u8>> {
    let mut content = Vec::new();
    let reader = Until { reader, cancel };
    if let Err(error) = reader.take(limit.saturating_add(1)).read_to_end(&mut content) {
        damage.note(BROKEN, at, format!("after {} bytes of content: {error}", content.len()));
    }
    cancel.check()?;
    if content.len() as u64 > limit {
        bail!(Limit, "the content is larger than {limit} bytes when unpacked"; hint: "{HARMLESS}");
    }
    Ok(content)
}

/// A file as the archive's directory has it.
struct ZipFile {
    name: String,
    method: u16,
    encrypted: bool,
    /// The checksum, unless it is not known.
    crc: Option<u32>,
    /// Where the packed content begins, and how long it is at most.
    start: usize,
    length: usize,
}

/// The files of a zip archive: as its directory says, or, if that is missing, as they lie.
fn zip_files(bytes: &[u8], damage: &mut Damage) -> Vec<ZipFile> {
    let files = directory(bytes).unwrap_or_else(|| {
        damage.note(BROKEN, bytes.len(), "the archive has no directory");
        let starts = memchr::memmem::find_iter(bytes, b"PK\x03\x04");
        starts.filter_map(|at| local_file(bytes, at, None)).collect()
    });
    let wanted = |file: &ZipFile| !file.name.ends_with('/') && !file.name.starts_with("__MACOSX/");
    files.into_iter().filter(wanted).collect()
}

fn directory(bytes: &[u8]) -> Option<Vec<ZipFile>> {
    let tail = bytes.len().saturating_sub(66_000);
    let end = tail + memchr::memmem::rfind(&bytes[tail..], b"PK\x05\x06")?;
    let mut at = u64::from(u32_at(bytes, end + 16)?);
    let mut count = u64::from(u16_at(bytes, end + 10)?);
    if at == u64::from(u32::MAX) || count == u64::from(u16::MAX) {
        let locator = end.checked_sub(20).filter(|&at| bytes[at..].starts_with(b"PK\x06\x07"))?;
        let wide = usize::try_from(u64_at(bytes, locator + 8)?).ok()?;
        let wide = bytes.get(wide..)?;
        (count, at) = (u64_at(wide, 32)?, u64_at(wide, 48)?);
    }
    let mut at = usize::try_from(at).ok()?;
    let mut files = Vec::new();
    for _ in 0..count {
        if !bytes.get(at..)?.starts_with(b"PK\x01\x02") {
            return None;
        }
        let (name, extra, comment) = (u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?);
        let behind = at + 46 + usize::from(name) + usize::from(extra);
        let extra = bytes.get(behind - usize::from(extra)..behind)?;
        let mut sizes = [u32_at(bytes, at + 24)?, u32_at(bytes, at + 20)?, u32_at(bytes, at + 42)?].map(u64::from);
        widen(extra, &mut sizes);
        let [_, packed, local] = sizes;
        let crc = u32_at(bytes, at + 16)?;
        let known = (usize::try_from(packed).ok()?, crc);
        files.extend(local_file(bytes, usize::try_from(local).ok()?, Some(known)));
        at = behind + usize::from(comment);
    }
    Some(files)
}

/// Sizes of four bytes that are all ones stand in eight bytes in the extra field.
fn widen(mut extra: &[u8], sizes: &mut [u64; 3]) {
    while let (Some(id), Some(length)) = (u16_at(extra, 0), u16_at(extra, 2)) {
        let Some(field) = extra.get(4..4 + usize::from(length)) else { return };
        if id == 1 {
            let wide = sizes.iter_mut().filter(|size| **size == u64::from(u32::MAX));
            for (place, size) in wide.enumerate() {
                *size = u64_at(field, place * 8).unwrap_or(*size);
            }
        }
        extra = &extra[4 + usize::from(length)..];
    }
}

/// The file whose header is at `at`.
fn local_file(bytes: &[u8], at: usize, known: Option<(usize, u32)>) -> Option<ZipFile> {
    if !bytes.get(at..)?.starts_with(b"PK\x03\x04") {
        return None;
    }
    let name = usize::from(u16_at(bytes, at + 26)?);
    let start = at + 30 + name + usize::from(u16_at(bytes, at + 28)?);
    let rest = bytes.len().checked_sub(start)?;
    let (flags, stored) = (u16_at(bytes, at + 6)?, u16_at(bytes, at + 8)? == 0);
    let (length, crc) = match known {
        Some((length, crc)) => (length, Some(crc)),
        // Deflated content says itself where it ends.
        None => (if stored { u32_at(bytes, at + 18)? as usize } else { rest }, None),
    };
    Some(ZipFile {
        name: String::from_utf8_lossy(bytes.get(at + 30..at + 30 + name)?).into_owned(),
        method: u16_at(bytes, at + 8)?,
        encrypted: flags & 1 == 1,
        crc,
        start,
        length: length.min(rest),
    })
}

fn zip_content<'a>(
    bytes: &'a [u8],
    file: &ZipFile,
    limit: u64,
    damage: &mut Damage,
    cancel: &Cancel,
) -> Result<Cow<'a, [u8]>> {
    let packed = &bytes[file.start..file.start + file.length];
    let content = match file.method {
        _ if file.encrypted => {
            damage.note(
                "files of the archive that could not be read",
                file.start,
                format!("{} is encrypted", file.name),
            );
            return Ok(Cow::Borrowed(b""));
        }
        0 => Cow::Borrowed(packed),
        8 => Cow::Owned(inflate(DeflateDecoder::new(packed), limit, file.start, damage, cancel)?),
        other => {
            let why = format!("{} is packed by method {other}", file.name);
            damage.note("files of the archive that could not be read", file.start, why);
            return Ok(Cow::Borrowed(b""));
        }
    };
    let mut crc = flate2::Crc::new();
    crc.update(&content);
    if file.crc.is_some_and(|expected| expected != crc.sum()) {
        damage.note(BROKEN, file.start, format!("the checksum of {} is wrong", file.name));
    }
    Ok(content)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_le_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|b| u64::from_le_bytes(*b))
}
