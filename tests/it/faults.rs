//! The real program with faults under it: `faults.c`, compiled and loaded before it.
//!
//! Knows how a run ended and which operations it made, nothing of what they were for.

#![allow(clippy::unwrap_used, reason = "used by tests alone")]

use std::io::Write as _;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::scratch::{PROGRAM, Scratch};

/// The library, built.
pub struct Faults {
    scratch: Scratch,
}

/// What happens at one operation; `faults.c` says more of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Nothing: the operations are counted.
    Nothing,
    Kill,
    Torn,
    FullOnce,
    FullOn,
    BrokenOnce,
    BrokenOn,
    NoFlush,
    Power,
    PowerSome,
    /// No fault of a disk but a host that does not notice one: for controls.
    Lie,
}

/// Every way in which something goes wrong.
pub const WAYS: [How; 9] = [
    How::Kill,
    How::Torn,
    How::FullOnce,
    How::FullOn,
    How::BrokenOnce,
    How::BrokenOn,
    How::NoFlush,
    How::Power,
    How::PowerSome,
];

/// A run with a fault.
pub struct Ran {
    /// Its exit code; none if it was killed.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// What it printed.
    pub out: String,
    /// What it said to people.
    pub err: String,
    /// The fault came.
    pub is_struck: bool,
    /// The operations, as `kind file`.
    pub operations: Vec<String>,
}

impl How {
    fn word(self) -> &'static str {
        match self {
            How::Nothing => "",
            How::Kill => "kill",
            How::Torn => "torn",
            How::FullOnce => "enospc",
            How::FullOn => "enospc-on",
            How::BrokenOnce => "eio",
            How::BrokenOn => "eio-on",
            How::NoFlush => "eio-fsync",
            How::Power => "power",
            How::PowerSome => "power-some",
            How::Lie => "lie",
        }
    }
}

impl Faults {
    /// Builds the library; without a C compiler says aloud which test is left out.
    pub fn build(test: &str) -> Option<Faults> {
        let has_compiler = Command::new("cc").arg("--version").output().is_ok_and(|done| done.status.success());
        if !has_compiler {
            let is_ci = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!is_ci, "{test} needs a C compiler (cc), and CI leaves nothing out");
            // Not `eprintln!`, which the test harness keeps to itself.
            let _ = writeln!(std::io::stderr(), "SKIPPED {test}: there is no C compiler (cc)");
            return None;
        }
        let faults = Faults { scratch: Scratch::in_memory() };
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("faults.c");
        let mut command = Command::new("cc");
        command.args(["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-O1", "-fPIC", "-shared", "-pthread", "-o"]);
        let built = command.arg(faults.library()).arg(source).output().unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        faults.install();
        Some(faults)
    }

    /// The program and the libraries of the tests, without what only a debugger needs: they are read and
    /// hashed at each of some thousand starts.
    fn install(&self) {
        let (from, to) = (Path::new(PROGRAM).with_file_name("deps"), self.program().with_file_name("deps"));
        std::fs::create_dir_all(&to).unwrap();
        std::fs::copy(PROGRAM, self.program()).unwrap();
        let mut files = vec![self.program()];
        for name in ["libmisbehaving.so", "libbookkeeping.so", "libnotices.so"] {
            std::fs::copy(from.join(name), to.join(name)).unwrap();
            files.push(to.join(name));
        }
        // It comes with the compiler; where it does not, all is as right and slower.
        let _ = Command::new("strip").args(files).output();
    }

    /// The program that is run.
    pub fn program(&self) -> PathBuf {
        self.scratch.path().join("hongling-under-test")
    }

    /// The faults themselves, as they are loaded before a program.
    pub fn library(&self) -> PathBuf {
        self.scratch.path().join("libfaults.so")
    }

    /// Runs the program on a district folder with something happening at the `at`th operation on its
    /// data. `promise` is what the program under test is to promise less, for controls; see its `main`.
    pub fn run(&self, folder: &Path, args: &[String], how: How, at: usize, promise: &str) -> Ran {
        self.run_with(folder, args, how, at, &[("HONGLING_UNDER_TEST", promise)])
    }

    /// The same with something happening to whatever it writes below another folder.
    pub fn run_below(&self, below: &Path, folder: &Path, args: &[String], how: How, at: usize) -> Ran {
        self.run_with(folder, args, how, at, &[("FAULTS_DIR", &below.to_string_lossy())])
    }

    /// The same, remembering in a file beside the folder what a flush that failed has lost.
    pub fn run_losing(&self, folder: &Path, args: &[String], how: How, at: usize, lost: &Path) -> Ran {
        self.run_with(folder, args, how, at, &[("FAULTS_LOST", &lost.to_string_lossy())])
    }

    /// The same as [`Faults::run`], with everything in the folder looked at and not its data alone.
    pub fn run_on_all(&self, folder: &Path, args: &[String], how: How, at: usize) -> Ran {
        self.run_with(folder, args, how, at, &[("FAULTS_DIR", &folder.to_string_lossy())])
    }

    fn run_with(&self, folder: &Path, args: &[String], how: How, at: usize, more: &[(&str, &str)]) -> Ran {
        static RUNS: AtomicU32 = AtomicU32::new(0);
        let report = self.scratch.path().join(format!("report-{}", RUNS.fetch_add(1, Ordering::Relaxed)));
        let done = Command::new(self.program())
            .args(args)
            .current_dir(folder)
            .env_remove("HONGLING_LOG")
            .env("LD_PRELOAD", self.library())
            .env("FAULTS_DIR", folder.join("data"))
            .envs(more.iter().copied())
            .env("FAULTS_REPORT", &report)
            .env("FAULTS_DO", how.word())
            .env("FAULTS_AT", at.to_string())
            .env("FAULTS_SEED", at.to_string())
            .output()
            .unwrap();
        let text = std::fs::read_to_string(&report).unwrap_or_default();
        // Some thousand of them; a run that struck nothing has left none.
        let _ = std::fs::remove_file(&report);
        let report = text;
        assert!(!report.contains("broken:"), "{args:?} {how:?} {at}: {report}");
        let lines = report.lines().filter_map(|line| line.split_once(' '));
        Ran {
            code: done.status.code(),
            signal: done.status.signal(),
            out: String::from_utf8(done.stdout).unwrap(),
            err: String::from_utf8_lossy(&done.stderr).into_owned(),
            is_struck: report.lines().any(|line| line == "fault"),
            operations: lines.map(|(_, operation)| operation.to_owned()).collect(),
        }
    }
}
