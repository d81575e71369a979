//! What a process does to itself before it touches what is not trusted: it gives up all it does not need.
//!
//! Always holds: by the time a byte of that is run or read, this process dies with its host, can open no
//! file but those that are named, make no socket, process or thread, signal nobody, and take no more memory than
//! it was given; what could not be had is said, and the host decides whether that will do.
#![allow(unsafe_code, reason = "closing what a process was left with; the block names what makes it sound")]

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetStatus, Scope,
};
use rustix::process::{Resource, Rlimit, Signal, getpid, set_parent_process_death_signal, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};
use serde::{Deserialize, Serialize};

/// Whether a guard stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    /// As it was wanted.
    Full,
    /// The kernel knows only a part of it; what is missing is covered by another guard.
    Partial,
    /// It could not be had; why.
    Missing(String),
}

/// What guards a worker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guards {
    /// It opens no file but its library, and no TCP port.
    pub landlock: Guard,
    /// It makes no system call but those on a short list: no socket, process, thread or signal.
    pub seccomp: Guard,
    /// It dies with its host, gains no rights, and takes no more memory than this.
    pub memory_bytes: u64,
}

impl Guards {
    /// Whether files, sockets and processes are out of reach.
    pub fn hold(&self) -> bool {
        let stands = |guard: &Guard| !matches!(guard, Guard::Missing(_));
        stands(&self.landlock) && stands(&self.seccomp)
    }
}

/// What must succeed on every Linux: without it nothing is loaded.
///
/// # Errors
/// The system's, with what it refuses.
pub(crate) fn fall_back(host: u32, memory_bytes: u64) -> Result<u64, String> {
    let refused = |what: &str, error: rustix::io::Errno| format!("{what}: {error}");
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| refused("the parent-death signal", error))?;
    // The host may have died before that.
    if rustix::process::getppid().is_none_or(|parent| parent.as_raw_nonzero().get().unsigned_abs() != host) {
        return Err("its host is gone".to_owned());
    }
    rustix::thread::set_no_new_privs(true).map_err(|error| refused("no new rights", error))?;
    let limit = |resource: Resource, most: u64| {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
            .map_err(|error| refused("a limit", error))
    };
    let memory_bytes = memory_now() + memory_bytes;
    limit(Resource::As, memory_bytes)?;
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, FILES_MAX)?;
    limit(Resource::Memlock, 0)?;
    Ok(memory_bytes)
}

/// Descriptors: the three of every process, the connection, and the library while it is mapped.
const FILES_MAX: u64 = 16;

/// Bytes of address space this process has taken.
fn memory_now() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = pages.split(' ').next().and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

/// Closes whatever the host's own parent may have left open, but for input, output and errors.
pub(crate) fn close_inherited() {
    // SAFETY: called once, first of all in the process: nothing here owns a descriptor above 2 yet.
    let closed = unsafe { libc::syscall(libc::SYS_close_range, 3, libc::c_uint::MAX, 0) };
    debug_assert_eq!(closed, 0, "every Linux that has Landlock has this call");
}

/// Gives up files but these, ports and system calls. Nothing that is not trusted has run or been read yet.
pub(crate) fn shut(readable: &[&Path]) -> (Guard, Guard) {
    // It does not bind the superuser, and the filter denies it to everybody.
    let _ = setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) });
    (files_guard(restrict_files(readable)), calls_guard(filter()))
}

/// The same for a process in which a library is only tried, whose tries need threads and a look at their
/// own memory: no other file, no socket, no other process.
pub(crate) fn shut_trial(library: &Path) -> (Guard, Guard) {
    let files = restrict_files(&[library, Path::new("/proc/self")]);
    let threads = calls_guard(threads_only());
    let calls = calls_guard(trial_filter());
    (files_guard(files), if threads == Guard::Full { calls } else { threads })
}

fn files_guard(restricted: Result<RulesetStatus, Box<dyn Error>>) -> Guard {
    match restricted {
        Ok(RulesetStatus::FullyEnforced) => Guard::Full,
        Ok(RulesetStatus::PartiallyEnforced) => Guard::Partial,
        Ok(RulesetStatus::NotEnforced) => Guard::Missing("this kernel has no Landlock".to_owned()),
        Err(error) => Guard::Missing(error.to_string()),
    }
}

fn calls_guard(filter: Result<BpfProgram, seccompiler::Error>) -> Guard {
    match filter.and_then(|program| apply_filter(&program)) {
        Ok(()) => Guard::Full,
        Err(error) => Guard::Missing(error.to_string()),
    }
}

fn restrict_files(readable: &[&Path]) -> Result<RulesetStatus, Box<dyn Error>> {
    // Files are the point; ports and signals are denied by the filter of system calls as well.
    let files = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    let files = files.handle_access(AccessFs::from_all(ABI::V1))?;
    let rules = files.set_compatibility(CompatLevel::BestEffort);
    let rules = rules.handle_access(AccessFs::from_all(ABI::V5))?.handle_access(AccessNet::from_all(ABI::V4))?;
    let rules = rules.scope(Scope::from_all(ABI::V6))?.create()?;
    let mut rules = rules;
    for path in readable {
        rules = rules.add_rule(PathBeneath::new(PathFd::new(path)?, AccessFs::ReadFile))?;
    }
    Ok(rules.restrict_self()?.ruleset)
}

/// The system calls a desk may make: memory, its own thread, the connection, the clock, and what the
/// loader needs to map the library. Everything else is refused as not permitted.
fn filter() -> Result<BpfProgram, seccompiler::Error> {
    let mut calls: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    // `abort` signals its own thread; nobody else's.
    let own = getpid().as_raw_nonzero().get().unsigned_abs();
    let own = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, u64::from(own))?;
    calls.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![own])?]);
    let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let arch = std::env::consts::ARCH.try_into()?;
    Ok(SeccompFilter::new(calls, denied, SeccompAction::Allow, arch)?.try_into()?)
}

/// What a library that is tried may not do, whatever its tries need.
fn trial_filter() -> Result<BpfProgram, seccompiler::Error> {
    let calls = DENIED.iter().map(|call| (*call, Vec::new())).collect();
    let denied = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    let mut calls: BTreeMap<i64, Vec<SeccompRule>> = calls;
    // A new process is a clone that is no thread.
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    let is_process = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0)?;
    calls.insert(libc::SYS_clone, vec![SeccompRule::new(vec![is_process])?]);
    let own = u64::from(getpid().as_raw_nonzero().get().unsigned_abs());
    let is_other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?;
    calls.insert(libc::SYS_tgkill, vec![SeccompRule::new(vec![is_other])?]);
    Ok(SeccompFilter::new(calls, SeccompAction::Allow, denied, std::env::consts::ARCH.try_into()?)?.try_into()?)
}

/// The newer way to make a thread takes its flags from memory, where no filter can see them: as if this
/// kernel had only the older.
fn threads_only() -> Result<BpfProgram, seccompiler::Error> {
    let calls = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let unknown = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
    Ok(SeccompFilter::new(calls, SeccompAction::Allow, unknown, std::env::consts::ARCH.try_into()?)?.try_into()?)
}

const DENIED: &[i64] = &[
    libc::SYS_bpf,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_fremovexattr,
    libc::SYS_fsetxattr,
    libc::SYS_io_uring_setup,
    libc::SYS_kill,
    libc::SYS_lremovexattr,
    libc::SYS_lsetxattr,
    libc::SYS_pidfd_send_signal,
    libc::SYS_prctl,
    libc::SYS_prlimit64,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_removexattr,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setxattr,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_tkill,
    libc::SYS_userfaultfd,
    libc::SYS_utimensat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_utimes,
];

const ALLOWED: [i64; 37] = [
    libc::SYS_brk,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_close,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_fstat,
    libc::SYS_futex,
    libc::SYS_getpid,
    libc::SYS_getrandom,
    libc::SYS_gettid,
    libc::SYS_gettimeofday,
    libc::SYS_lseek,
    libc::SYS_madvise,
    libc::SYS_membarrier,
    libc::SYS_mmap,
    libc::SYS_mprotect,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_nanosleep,
    libc::SYS_newfstatat,
    libc::SYS_openat,
    libc::SYS_pread64,
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_restart_syscall,
    libc::SYS_rseq,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_sigaltstack,
    libc::SYS_write,
    libc::SYS_writev,
];
