//! A few numbers in a file, written as memory: the kernel keeps them when the process is killed, and
//! writing them costs no system call.
//!
//! The one unsafe thing here is to map the file. Knows nothing of what the bytes mean.
#![allow(unsafe_code, reason = "mapping a file; the block names what makes it sound")]

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

use memmap2::MmapMut;

/// Bytes of a number.
const NUMBER_BYTES: usize = 8;
/// Bytes that are mapped: two numbers.
const BYTES: usize = 2 * NUMBER_BYTES;

/// Which of the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// What is being called.
    Running = 0,
    /// The last row that was stored.
    Stored = 1,
}

/// The mapped bytes.
#[derive(Debug)]
pub(super) struct Page(MmapMut);

impl Page {
    /// Maps the first bytes of a file, making it as long as they are.
    ///
    /// # Errors
    /// When the file cannot be made longer or mapped.
    pub fn map(file: &File) -> std::io::Result<Page> {
        // Written, not only made longer: a hole would be given room at the first mark, and on a full
        // disk that ends the process instead of being an error.
        if file.metadata()?.len() < BYTES as u64 {
            file.write_all_at(&[0; BYTES], 0)?;
        }
        // SAFETY: the file lies in the data folder, which this process has locked and nobody else
        // writes to; the lines above made it as long as the mapping, and it is never made shorter.
        let map = unsafe { memmap2::MmapOptions::new().len(BYTES).map_mut(file) }?;
        Ok(Page(map))
    }

    /// The number that stands there.
    pub fn get(&self, slot: Slot) -> u64 {
        u64::from_le_bytes(self.0[bytes_of(slot)].try_into().expect("so many bytes are mapped"))
    }

    /// Writes a number.
    pub fn set(&mut self, slot: Slot, number: u64) {
        self.0[bytes_of(slot)].copy_from_slice(&number.to_le_bytes());
    }
}

fn bytes_of(slot: Slot) -> Range<usize> {
    let at = slot as usize * NUMBER_BYTES;
    at..at + NUMBER_BYTES
}
