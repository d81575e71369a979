//! Which encoding a text file has, and its text as a stream of UTF-8.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, GB18030, UTF_8};

use super::sheet::NoTable;

const CHUNK_BYTES: usize = 64 * 1024;
/// Where more than one byte in so many is no text, the encoding is another.
const DAMAGED_BYTES_MIN: u64 = 50;
const DAMAGED_MAX: u64 = 8;

/// How a file's bytes become text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) encoding: &'static Encoding,
    /// Some bytes are no text; they are read as U+FFFD.
    pub(super) is_damaged: bool,
}

/// Finds the encoding of a file: what its first bytes say, else UTF-8 if it is that, else GB18030,
/// of which GBK and GB 2312 are parts.
///
/// A file of UTF-8 with a few broken bytes is still UTF-8: read as GB18030 it would be wrong from one
/// end to the other, and nobody would be told. The other way round cannot happen, for hardly a
/// character of GB18030 looks like one of UTF-8.
pub(super) fn find_encoding(path: &Path) -> Result<Found, NoTable> {
    let mut start = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut start)?;
    if let Some((encoding, _)) = Encoding::for_bom(&start) {
        return Ok(Found { encoding, is_damaged: count_damage(path, encoding)?.damaged != 0 });
    }
    let utf8 = count_damage(path, UTF_8)?;
    if utf8.has_nul {
        return Err(unknown());
    }
    if 2 * utf8.damaged <= utf8.wide {
        return Ok(Found { encoding: UTF_8, is_damaged: utf8.damaged != 0 });
    }
    let gb = count_damage(path, GB18030)?;
    if DAMAGED_MAX < gb.damaged && gb.bytes < gb.damaged * DAMAGED_BYTES_MIN {
        return Err(unknown());
    }
    Ok(Found { encoding: GB18030, is_damaged: gb.damaged != 0 })
}

fn unknown() -> NoTable {
    NoTable::new(
        "无法识别文件的编码：请用 Excel 另存为“CSV UTF-8”或 XLSX 后再导入",
        "the file is in an unknown encoding: save it as \"CSV UTF-8\" or XLSX, and import that",
    )
}

#[derive(Default)]
struct Damage {
    bytes: u64,
    /// Places that are no text.
    damaged: u64,
    /// Characters beyond ASCII.
    wide: u64,
    has_nul: bool,
}

fn count_damage(path: &Path, encoding: &'static Encoding) -> io::Result<Damage> {
    let mut file = File::open(path)?;
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut text = vec![0; 4 * CHUNK_BYTES];
    let mut damage = Damage::default();
    loop {
        let len = file.read(&mut chunk)?;
        let mut rest = &chunk[..len];
        damage.bytes += len as u64;
        damage.has_nul |= rest.contains(&0);
        loop {
            let (outcome, taken, made) = decoder.decode_to_utf8_without_replacement(rest, &mut text, len == 0);
            rest = &rest[taken..];
            // A character beyond ASCII begins with two bits set.
            damage.wide += text[..made].iter().filter(|byte| 0xC0 <= **byte).count() as u64;
            match outcome {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => damage.damaged += 1,
            }
        }
        if len == 0 {
            return Ok(damage);
        }
    }
}

/// A file as UTF-8. Every line ends with a line feed, whatever it ended with, also the last: so that
/// lines can be counted, and a break within a cell is the same in every file.
pub(super) struct Utf8<R> {
    from: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    text: String,
    given: usize,
    /// Bytes read from the file.
    pub(super) bytes_read: u64,
    after_return: bool,
    last: u8,
    is_over: bool,
}

impl<R: Read> Utf8<R> {
    pub(super) fn new(from: R, encoding: &'static Encoding) -> Utf8<R> {
        Utf8 {
            from,
            decoder: encoding.new_decoder_with_bom_removal(),
            chunk: vec![0; CHUNK_BYTES],
            text: String::new(),
            given: 0,
            bytes_read: 0,
            after_return: false,
            last: b'\n',
            is_over: false,
        }
    }

    fn fill(&mut self) -> io::Result<()> {
        let len = self.from.read(&mut self.chunk)?;
        self.bytes_read += len as u64;
        self.text.clear();
        self.given = 0;
        let room = self.decoder.max_utf8_buffer_length(len).unwrap_or(4 * CHUNK_BYTES);
        self.text.reserve(room);
        let (outcome, _, _) = self.decoder.decode_to_string(&self.chunk[..len], &mut self.text, len == 0);
        debug_assert_eq!(outcome, CoderResult::InputEmpty, "room was made for all of it");
        self.unify_breaks();
        if len == 0 {
            self.is_over = true;
            if self.text.as_bytes().last().copied().unwrap_or(self.last) != b'\n' {
                self.text.push('\n');
            }
        }
        self.last = self.text.as_bytes().last().copied().unwrap_or(self.last);
        Ok(())
    }

    fn unify_breaks(&mut self) {
        if self.after_return && self.text.starts_with('\n') {
            self.text.remove(0);
        }
        self.after_return = if self.text.is_empty() { self.after_return } else { self.text.ends_with('\r') };
        if self.text.contains('\r') {
            self.text = self.text.replace("\r\n", "\n").replace('\r', "\n");
        }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() {
            if self.is_over {
                return Ok(0);
            }
            self.fill()?;
        }
        let ready = &self.text.as_bytes()[self.given..];
        let len = ready.len().min(out.len());
        out[..len].copy_from_slice(&ready[..len]);
        self.given += len;
        Ok(len)
    }
}
