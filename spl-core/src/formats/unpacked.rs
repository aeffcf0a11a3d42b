//! Packed streams: what they hold, byte by byte, without all of it in memory.

use std::io::{self, BufRead, BufReader, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a stream is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    None,
    Gzip,
    Zstandard,
    /// Several files, told apart by a directory at the end: to be read as a whole.
    Archive,
}

impl Packing {
    /// Told by the first bytes.
    pub(super) fn of(head: &[u8]) -> Packing {
        match head {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstandard,
            [b'P', b'K', 3, 4, ..] => Packing::Archive,
            _ => Packing::None,
        }
    }
}

/// The content of a stream.
pub(super) fn unpacked(packing: Packing, reader: Box<dyn Read + Send>) -> Box<dyn Read + Send> {
    match packing {
        Packing::None | Packing::Archive => reader,
        Packing::Gzip => Box::new(MultiGzDecoder::new(BufReader::new(reader))),
        Packing::Zstandard => Box::new(Frames::new(reader)),
    }
}

/// Zstandard frames, one after the other.
struct Frames<R> {
    source: BufReader<R>,
    decoder: FrameDecoder,
    /// Whether the decoder is inside of a frame.
    inside: bool,
}

impl<R: Read> Frames<R> {
    fn new(reader: R) -> Self {
        Frames { source: BufReader::new(reader), decoder: FrameDecoder::new(), inside: false }
    }
}

impl<R: Read> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            while self.inside && self.decoder.can_collect() == 0 && !self.decoder.is_finished() {
                let some = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, some).map_err(io::Error::other)?;
            }
            let read = if self.inside { self.decoder.read(buffer)? } else { 0 };
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.inside = false;
            if self.source.fill_buf()?.is_empty() {
                return Ok(0);
            }
            match self.decoder.init(&mut self.source) {
                Ok(()) => self.inside = true,
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(io::Error::other(error)),
            }
        }
    }
}
