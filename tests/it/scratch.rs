//! Folders of a test's own, and the libraries that `cargo test` built.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The host under test; the libraries lie in `deps` beside it.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_hongling-under-test");

/// A folder of its own for one test, gone when the test ends.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new empty folder.
    pub fn new() -> Scratch {
        Scratch::within(&std::env::temp_dir())
    }

    /// The same in memory, if the machine has such a place: for tests that flush thousands of times and
    /// do not ask whether the disk keeps it.
    pub fn in_memory() -> Scratch {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Scratch::within(memory) } else { Scratch::new() }
    }

    fn within(folder: &Path) -> Scratch {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = folder.join(format!("hongling-it-{}-{number}", std::process::id()));
        // Left by a process of the same number that was killed.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Scratch(folder.canonicalize().unwrap())
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A text with this folder as `~`, the program's as `<program>`, every hash as `<sha256>` and every query code as
    /// `<code>`: they differ from run to run.
    pub fn shorten(&self, text: &str) -> String {
        let program = Path::new(PROGRAM).parent().unwrap().to_string_lossy();
        let text = text.replace(&*self.0.to_string_lossy(), "~").replace(&*program, "<program>");
        let is_hex = |window: &[u8]| window.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let mut short = text;
        while let Some(at) = short.as_bytes().windows(64).position(is_hex) {
            short.replace_range(at..at + 64, "<sha256>");
        }
        let is_group = |group: &[u8]| group.iter().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        let is_code = |window: &[u8]| {
            window.iter().enumerate().all(|(at, b)| (at % 5 == 4) == (*b == b'-'))
                && window.split(|b| *b == b'-').all(is_group)
        };
        while let Some(at) = short.as_bytes().windows(14).position(is_code) {
            short.replace_range(at..at + 14, "<code>");
        }
        short
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// The bytes of a library that was built beside the host under test.
pub fn library_bytes(name: &str) -> Vec<u8> {
    let file = Path::new(PROGRAM).with_file_name("deps").join(format!("lib{name}.so"));
    std::fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}
