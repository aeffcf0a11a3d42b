//! The file as the Parquet crate wants to read it, and its footer.

use std::io::{self, Read};
use std::ops::Range;
use std::sync::Arc;

use ::parquet::basic::Type;
use ::parquet::errors::{ParquetError, Result};
use ::parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader, RowGroupMetaData};
use ::parquet::file::reader::{ChunkReader, Length};
use bytes::{Buf, Bytes};

use super::{Broken, page_header};

/// Bytes that begin and end a file.
pub(super) const MAGIC: &[u8] = b"PAR1";

/// The whole file.
struct Whole<'a>(&'a [u8]);

impl Length for Whole<'_> {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
}

impl<'a> ChunkReader for Whole<'a> {
    type T = &'a [u8];

    fn get_read(&self, start: u64) -> Result<&'a [u8]> {
        stretch(self.0, start, None)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        stretch(self.0, start, Some(length)).map(Bytes::copy_from_slice)
    }
}

fn stretch(bytes: &[u8], start: u64, length: Option<usize>) -> Result<&[u8]> {
    let rest = usize::try_from(start).ok().and_then(|start| bytes.get(start..));
    let wanted = rest.and_then(|rest| rest.get(..length.unwrap_or(rest.len())));
    wanted.ok_or_else(|| ParquetError::EOF("the file is shorter than it says".into()))
}

/// The bytes of one column of one row group.
pub(super) struct Stretch {
    from: u64,
    bytes: Bytes,
}

impl Stretch {
    pub(super) fn of(file: &[u8], meta: &ColumnChunkMetaData) -> std::result::Result<Stretch, Broken> {
        let Range { start, end } = range(meta).ok_or("a column without a place in the file")?;
        let bytes = file.get(start..end.min(file.len())).ok_or("a column behind the end of the file")?;
        Ok(Stretch { from: start as u64, bytes: Bytes::copy_from_slice(bytes) })
    }
}

impl Length for Stretch {
    fn len(&self) -> u64 {
        self.from + self.bytes.len() as u64
    }
}

impl ChunkReader for Stretch {
    type T = Header;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let rest = start.checked_sub(self.from).filter(|&at| at <= self.bytes.len() as u64);
        let rest = rest.ok_or_else(|| ParquetError::EOF("a page behind the end of its column".into()))?;
        let rest = self.bytes.slice(rest as usize..);
        Ok(Header { broken: page_header::check(&rest).err(), rest: rest.reader() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let start = start.checked_sub(self.from).and_then(|start| usize::try_from(start).ok());
        let end = start.and_then(|start| start.checked_add(length)).filter(|&end| end <= self.bytes.len());
        match (start, end) {
            (Some(start), Some(end)) => Ok(self.bytes.slice(start..end)),
            _ => Err(ParquetError::EOF("a page behind the end of its column".into())),
        }
    }
}

/// The header of a page. Whether it can be one shows when it is read: the crate also opens, without reading it, what stands behind a header that
/// it has looked at before.
pub(super) struct Header {
    rest: bytes::buf::Reader<Bytes>,
    broken: Option<&'static str>,
}

impl Read for Header {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.broken {
            Some(why) => Err(io::Error::other(why)),
            None => self.rest.read(buffer),
        }
    }
}

/// Where a column chunk lies.
fn range(meta: &ColumnChunkMetaData) -> Option<Range<usize>> {
    // As the reader of pages has it, which takes numbers below 0 badly.
    let start = usize::try_from(meta.dictionary_page_offset().unwrap_or(meta.data_page_offset())).ok()?;
    let end = start.checked_add(usize::try_from(meta.compressed_size()).ok()?)?;
    Some(start..end)
}

/// Where a row group begins: at its first column.
pub(super) fn start(group: &RowGroupMetaData) -> usize {
    group.columns().iter().filter_map(|column| Some(range(column)?.start)).min().unwrap_or(0)
}

/// The footer's own bytes: in front of their length and the mark at the end.
fn thrift_of(bytes: &[u8]) -> Option<&[u8]> {
    let (rest, length) = bytes.strip_suffix(MAGIC)?.split_last_chunk::<4>()?;
    rest.get(rest.len().checked_sub(u32::from_le_bytes(*length) as usize)?..)
}

/// What stands at the end of a file: its columns and row groups.
pub(super) fn footer(bytes: &[u8]) -> std::result::Result<Arc<ParquetMetaData>, Broken> {
    if bytes.ends_with(b"PARE") {
        return Err("it is encrypted".into());
    }
    if !bytes.ends_with(MAGIC) {
        return Err("its footer is missing, without which nothing in it has a name or a type: the file is cut, or was not written to its end".into());
    }
    // The crate would count through lists that say that they are longer than the file.
    if !thrift_of(bytes).is_some_and(page_header::is_struct) {
        return Err("its end says what cannot be".into());
    }
    let meta = ParquetMetaDataReader::new().parse_and_finish(&Whole(bytes))?;
    let is_sane = |column: &ColumnChunkMetaData| {
        range(column).is_some()
            && (column.column_type() != Type::FIXED_LEN_BYTE_ARRAY || column.column_descr().type_length() > 0)
    };
    if !meta.row_groups().iter().all(|group| group.num_rows() >= 0 && group.columns().iter().all(is_sane)) {
        return Err("its end says what cannot be".into());
    }
    Ok(Arc::new(meta))
}
