//! Frames between the host and a worker, which may send what it likes.

use hongling::worker::{FrameError, Frames, put};

/// Longest text that is read.
const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Memory that one reader may hold, whatever length a frame claims.
const HELD_BYTES_MAX: usize = 128 * 1024;

/// Gives a few bytes at a time.
struct Cut<'a> {
    bytes: &'a [u8],
    step: usize,
}

impl std::io::Read for Cut<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.step.min(self.bytes.len()).min(buffer.len());
        let (given, left) = self.bytes.split_at(n);
        buffer[..n].copy_from_slice(given);
        self.bytes = left;
        Ok(n)
    }
}

/// The first byte says how the rest is cut: the frames are the same as in one piece, and written again
/// they are the bytes they were read from.
pub fn run(data: &[u8]) {
    let Some((step, bytes)) = data.split_first() else { return };
    let (whole, why) = read(bytes, usize::MAX);
    let (cut, why_cut) = read(bytes, usize::from(*step) + 1);
    assert!(whole == cut && why == why_cut, "however the bytes come, they are the same frames");
    assert!(bytes.starts_with(&whole), "what was read is what stands there");
}

/// Whether some frame is read.
pub fn holds(data: &[u8]) -> bool {
    data.split_first().is_some_and(|(_, bytes)| !read(bytes, usize::MAX).0.is_empty())
}

/// The frames that are read, written again, and why there are no more.
fn read(bytes: &[u8], step: usize) -> (Vec<u8>, String) {
    let (mut frames, mut text, mut from) = (Frames::new(TEXT_BYTES_MAX), Vec::new(), Cut { bytes, step });
    let mut again = Vec::new();
    loop {
        match frames.next(&mut from, &mut text, None) {
            Ok(head) => put(&mut again, head, &text),
            Err(error) => {
                assert!(frames.held_bytes() <= HELD_BYTES_MAX, "{} bytes are held", frames.held_bytes());
                assert!(!matches!(error, FrameError::Late | FrameError::System(_)), "{error}");
                return (again, error.to_string());
            }
        }
    }
}
