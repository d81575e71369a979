//! The C compiler, and folders to build into.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder of its own for one test, gone when the test ends.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Scratch {
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("hongling-plugins-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        run(Command::new("chmod").arg("755").arg(&folder));
        Scratch(folder.canonicalize().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// A text with this folder as `~`.
    pub(super) fn shorten(&self, text: &str) -> String {
        text.replace(&*self.0.to_string_lossy(), "~")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Whether there is a C compiler; if not, says aloud which test is left out.
pub(super) fn has_compiler(test: &str) -> bool {
    static FOUND: OnceLock<bool> = OnceLock::new();
    let found =
        *FOUND.get_or_init(|| Command::new("cc").arg("--version").output().is_ok_and(|done| done.status.success()));
    if !found {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{test} needs a C compiler (cc), and CI leaves nothing out"
        );
        // Not `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: there is no C compiler (cc)");
    }
    found
}

/// Builds `echo.c` with further arguments.
pub(super) fn build_echo(to: &Path, arguments: &[&str]) {
    build(to, &source("echo.c"), arguments);
}

/// Builds a library of a source given as text.
pub(super) fn build_text(to: &Path, text: &str) {
    let file = to.with_extension("c");
    std::fs::write(&file, text).unwrap();
    build(to, &file, &["-shared"]);
    std::fs::remove_file(file).unwrap();
}

/// The bytes of a plain `echo.c`, built once.
pub(super) fn echo_bytes() -> &'static [u8] {
    static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
    BYTES.get_or_init(|| {
        let scratch = Scratch::new();
        let file = scratch.path().join("libecho.so");
        build_echo(&file, &["-shared"]);
        std::fs::read(file).unwrap()
    })
}

pub(super) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/plugins/tests").join(name)
}

pub(super) fn build(to: &Path, source: &Path, arguments: &[&str]) {
    let include = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api/include");
    let mut command = Command::new("cc");
    command
        .args(["-std=c11", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-fPIC", "-O1", "-I"])
        .arg(include);
    run(command.arg("-o").arg(to).arg(source).args(arguments));
}

pub(super) fn run(command: &mut Command) {
    let done = command.output().unwrap();
    assert!(done.status.success(), "{command:?}: {}", String::from_utf8_lossy(&done.stderr));
}
