//! Desks in C, built by the system's compiler against the contract's header.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::tidy::source::root;

/// Whether there is a C compiler; if not, says aloud which test is left out.
pub fn has_compiler(test: &str) -> bool {
    let is_there = Command::new("cc").arg("--version").output().is_ok_and(|done| done.status.success());
    if !is_there {
        assert_ne!(
            std::env::var("CI").as_deref(),
            Ok("true"),
            "{test} needs a C compiler (cc), and CI leaves nothing out"
        );
        // Not `eprintln!`, which the test harness keeps to itself.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: there is no C compiler (cc)");
    }
    is_there
}

/// Builds a library of a source below `tests/`, as `hongling.h` says, with warnings as errors.
pub fn build(source: &str, to: &Path, arguments: &[&str]) {
    let source = root().join("tests").join(source);
    let mut command = Command::new("cc");
    // Where the source lies, so that it finds the files beside it.
    command.current_dir(source.parent().unwrap());
    command.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-O1", "-I"]);
    command.arg(root().join("plugin-api/include")).arg("-o").arg(to).arg(&source).args(arguments);
    let built = command.output().unwrap();
    assert!(built.status.success(), "{command:?}: {}", String::from_utf8_lossy(&built.stderr));
}
