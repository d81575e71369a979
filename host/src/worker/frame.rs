//! Frames between the host and a worker: a head of fixed size, then a text.
//!
//! Knows nothing of what is said. Always holds: a length is checked against its maximum before memory
//! is taken for it, on both sides, and so is the sort; whoever reads gets a whole frame or an error.

use std::io::{ErrorKind, Read};
use std::time::Instant;

/// Bytes before the text: its length, the sort, a number of the sort's own, and the call it belongs to.
const HEAD_BYTES: usize = 20;
/// Bytes that are read at once.
const READ_BYTES: usize = 64 * 1024;
/// Memory that is kept from one frame to the next.
const KEPT_BYTES: usize = 256 * 1024;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// To the worker: which library, with what limits.
    Load = 1,
    /// From it: what guards it.
    Loaded = 2,
    /// From it: why the library is not loaded.
    NotLoaded = 3,
    /// To the worker: what the desk is opened with.
    Open = 4,
    /// To the worker: a call; the number is its verb.
    Call = 5,
    /// From it: a question in a call.
    Ask = 6,
    /// From it: an errand in a call.
    Errand = 7,
    /// To the worker: the answer to either; the number is its status.
    Answer = 8,
    /// From it: the end of an opening or a call; the number is its status, the text its output.
    Reply = 9,
    /// The same without an output.
    Nothing = 10,
    /// The same with an output that was too long; the text is its length.
    TooLong = 11,
    /// The same with an output at no address.
    Null = 12,
}

impl Sort {
    fn of(byte: u8) -> Option<Sort> {
        use Sort::{Answer, Ask, Call, Errand, Load, Loaded, NotLoaded, Nothing, Null, Open, Reply, TooLong};
        let all = [Load, Loaded, NotLoaded, Open, Call, Ask, Errand, Answer, Reply, Nothing, TooLong, Null];
        all.into_iter().find(|sort| *sort as u8 == byte)
    }
}

/// The head of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// What it is.
    pub sort: Sort,
    /// A verb or a status.
    pub number: i32,
    /// The call it belongs to.
    pub call: u64,
}

/// Why no frame could be read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other side is gone.
    #[error("the connection ended")]
    Ended,
    /// Nothing came for as long as a read may wait.
    #[error("nothing came")]
    Late,
    /// What came is no frame.
    #[error("what came is no frame: {0}")]
    Garbage(String),
    /// The system refuses.
    #[error("{0}")]
    System(std::io::Error),
}

/// Puts a frame behind what `buffer` holds.
///
/// # Panics
/// If the text is longer than four bytes can say; every text has a smaller maximum before it comes here.
pub fn put(buffer: &mut Vec<u8>, Head { sort, number, call }: Head, text: &[u8]) {
    let length = u32::try_from(text.len()).expect("I12: texts are bounded far below");
    buffer.reserve(HEAD_BYTES + text.len());
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(&[sort as u8, 0, 0, 0]);
    buffer.extend_from_slice(&number.to_le_bytes());
    buffer.extend_from_slice(&call.to_le_bytes());
    buffer.extend_from_slice(text);
}

/// Reads frames, each with one system call or less.
#[derive(Debug)]
pub struct Frames {
    text_bytes_max: usize,
    buffer: Vec<u8>,
    /// What of the buffer is filled and not used yet.
    from: usize,
    to: usize,
}

impl Frames {
    /// Reads frames whose texts are no longer than this.
    pub fn new(text_bytes_max: usize) -> Frames {
        Frames { text_bytes_max, buffer: Vec::new(), from: 0, to: 0 }
    }

    /// Bytes of memory that are held for what comes.
    pub fn held_bytes(&self) -> usize {
        self.buffer.capacity()
    }

    /// Bytes of the longest text.
    pub fn text_bytes_max(&self) -> usize {
        self.text_bytes_max
    }

    /// The next frame; its text lies in `text`. What was read of a frame stays if the rest is late, by
    /// the reader's own time-out or, bit by bit, by `until`.
    ///
    /// # Errors
    /// See [`FrameError`].
    pub fn next(
        &mut self,
        from: &mut impl Read,
        text: &mut Vec<u8>,
        until: Option<Instant>,
    ) -> Result<Head, FrameError> {
        self.fill(from, HEAD_BYTES, until)?;
        let (head, length) = self.head()?;
        self.fill(from, HEAD_BYTES + length, until)?;
        let start = self.from + HEAD_BYTES;
        text.clear();
        text.extend_from_slice(&self.buffer[start..start + length]);
        self.from = start + length;
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
            if KEPT_BYTES < self.buffer.len() {
                self.buffer = Vec::new();
            }
        }
        Ok(head)
    }

    /// Whether the next frame lies here whole, so that nothing is read for it.
    pub fn has_next(&self) -> bool {
        let held = &self.buffer[self.from..self.to];
        held.first_chunk().is_some_and(|length| HEAD_BYTES + u32::from_le_bytes(*length) as usize <= held.len())
    }

    fn head(&self) -> Result<(Head, usize), FrameError> {
        let head: &[u8; HEAD_BYTES] =
            self.buffer[self.from..self.from + HEAD_BYTES].try_into().expect("it was filled so far");
        let [l0, l1, l2, l3, sort, r0, r1, r2, n0, n1, n2, n3, call @ ..] = *head;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if self.text_bytes_max < length {
            let most = self.text_bytes_max;
            return Err(FrameError::Garbage(format!("a text of {length} bytes, at most {most}")));
        }
        let known = Sort::of(sort).filter(|_| [r0, r1, r2] == [0; 3]);
        let sort = known.ok_or_else(|| FrameError::Garbage(format!("sort {sort}")))?;
        let number = i32::from_le_bytes([n0, n1, n2, n3]);
        Ok((Head { sort, number, call: u64::from_le_bytes(call) }, length))
    }

    /// Reads until so many bytes lie ready.
    fn fill(&mut self, from: &mut impl Read, bytes: usize, until: Option<Instant>) -> Result<(), FrameError> {
        while self.to - self.from < bytes {
            if self.buffer.len() < self.from + bytes.max(READ_BYTES) {
                self.buffer.copy_within(self.from..self.to, 0);
                (self.from, self.to) = (0, self.to - self.from);
                self.buffer.resize(bytes.max(READ_BYTES), 0);
            }
            match from.read(&mut self.buffer[self.to..]) {
                Ok(0) => return Err(FrameError::Ended),
                Ok(read) => {
                    self.to += read;
                    let is_whole = bytes <= self.to - self.from;
                    if !is_whole && until.is_some_and(|until| until < Instant::now()) {
                        return Err(FrameError::Late);
                    }
                }
                Err(error) => match error.kind() {
                    ErrorKind::Interrupted => {}
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => return Err(FrameError::Late),
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => return Err(FrameError::Ended),
                    _ => return Err(FrameError::System(error)),
                },
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{FrameError, Frames, Head, Sort, put};

    const HEAD: Head = Head { sort: Sort::Call, number: -7, call: u64::MAX };

    /// Gives a few bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl std::io::Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buffer.len());
            buffer[..n].copy_from_slice(&self.0[..n]);
            self.0 = &self.0[n..];
            Ok(n)
        }
    }

    #[test]
    fn frames_come_out_as_they_were_put_in_however_they_are_cut() {
        let texts: [&[u8]; 4] = [b"", "飞线".as_bytes(), &[7; 70_000], b"{}"];
        let mut bytes = Vec::new();
        texts.iter().for_each(|text| put(&mut bytes, HEAD, text));
        for step in [1, 3, 19, 20, 21, 4096, usize::MAX] {
            let (mut frames, mut text, mut from) = (Frames::new(100_000), Vec::new(), Slow(&bytes, step));
            for expected in texts {
                let (is_here, left) = (frames.has_next(), from.0.len());
                assert_eq!(frames.next(&mut from, &mut text, None).unwrap(), HEAD);
                assert!(text == expected, "cut every {step} bytes");
                assert_eq!(is_here, left == from.0.len(), "nothing is read for what is here");
            }
            assert!(matches!(frames.next(&mut from, &mut text, None), Err(FrameError::Ended)));
        }
    }

    #[test]
    fn garbage_is_refused_before_memory_is_taken() {
        let refused = |bytes: &[u8]| {
            let mut frames = Frames::new(1_000);
            let error = frames.next(&mut &*bytes, &mut Vec::new(), None).unwrap_err();
            assert!(frames.buffer.len() <= super::READ_BYTES);
            error.to_string()
        };
        let mut long = Vec::new();
        put(&mut long, HEAD, &[0; 1_001]);
        assert_eq!(refused(&long), "what came is no frame: a text of 1001 bytes, at most 1000");
        assert_eq!(refused(&[0xff; 20]), "what came is no frame: a text of 4294967295 bytes, at most 1000");
        let mut odd = Vec::new();
        put(&mut odd, HEAD, b"x");
        odd[4] = 99;
        assert_eq!(refused(&odd), "what came is no frame: sort 99");
        odd[4] = Sort::Call as u8;
        odd[6] = 1;
        assert_eq!(refused(&odd), "what came is no frame: sort 5");
        assert_eq!(refused(&odd[..7]), "the connection ended");
    }
}
