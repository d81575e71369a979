//! `hongling.h` says the same as `plugin_api::abi`: the C compiler compares them.

use std::ffi::c_void;
use std::fmt::Write as _;
use std::io::Write as _;
use std::mem::offset_of;
use std::path::{Path, PathBuf};
use std::process::Command;

use plugin_api::abi;
use plugin_api::abi::{Bytes, HostTable, PluginTable};

use super::compiler::{Scratch, build_text, has_compiler, run};

#[test]
fn header_and_table_agree() {
    if !has_compiler("header_and_table_agree") {
        return;
    }
    let mut source = String::from("#include <string.h>\n#include \"hongling.h\"\n");
    let mut number = |c: &str, rust: u64| {
        writeln!(source, "_Static_assert({c} == {rust}ull, \"{c}\");").unwrap();
    };
    macro_rules! layout {
        ($c:literal, $rust:ty, $($field:ident),*) => {
            number(concat!("sizeof(", $c, ")"), size_of::<$rust>() as u64);
            number(concat!("_Alignof(", $c, ")"), align_of::<$rust>() as u64);
            $(number(concat!("offsetof(", $c, ", ", stringify!($field), ")"), offset_of!($rust, $field) as u64);)*
        };
    }
    layout!("hongling_bytes", Bytes, data, len);
    layout!("hongling_host", HostTable, size, output, ask, outside);
    layout!("hongling_plugin", PluginTable, magic, size, abi_minor, min_host_minor, flags, manifest, open, call, close);
    number("HONGLING_MAGIC", abi::MAGIC);
    number("HONGLING_ABI_MINOR", abi::ABI_MINOR.into());
    number("HONGLING_FLAG_PANIC_ABORT", abi::FLAG_PANIC_ABORT);
    number("sizeof(HONGLING_MARKER)", abi::MARKER.len() as u64 + 1);
    for (c, rust) in [
        ("HONGLING_HANDLE", abi::VERB_HANDLE),
        ("HONGLING_VIEW", abi::VERB_VIEW),
        ("HONGLING_WORK", abi::VERB_WORK),
        ("HONGLING_DELIVER", abi::VERB_DELIVER),
    ] {
        number(c, rust.into());
    }
    for (c, rust) in [
        ("HONGLING_OK", abi::STATUS_OK),
        ("HONGLING_REFUSED", abi::STATUS_REFUSED),
        ("HONGLING_FAILED", abi::STATUS_FAILED),
        ("HONGLING_NOT_OFFERED", abi::STATUS_NOT_OFFERED),
        ("HONGLING_PANICKED", abi::STATUS_PANICKED),
    ] {
        number(c, u64::try_from(rust).unwrap());
    }
    // Offsets do not tell a function of other arguments.
    source.push_str(
        "_Static_assert(_Generic(((hongling_plugin *)0)->call, int32_t (*)(void *, uint32_t, hongling_bytes, \
         const hongling_host *, void *): 1, default: 0), \"call\");\n\
         _Static_assert(_Generic(((hongling_plugin *)0)->open, int32_t (*)(hongling_bytes, const hongling_host *, \
         void *, void **): 1, default: 0), \"open\");\n\
         _Static_assert(_Generic(((hongling_host *)0)->ask, int32_t (*)(void *, hongling_bytes, void *, \
         hongling_sink): 1, default: 0), \"ask\");\n\
         _Static_assert(_Generic(((hongling_host *)0)->outside, int32_t (*)(void *, hongling_bytes, void *, \
         hongling_sink): 1, default: 0), \"outside\");\n\
         _Static_assert(_Generic(((hongling_host *)0)->output, void (*)(void *, hongling_bytes): 1, default: 0), \
         \"output\");\n\
         _Static_assert(_Generic(((hongling_plugin *)0)->close, void (*)(void *): 1, default: 0), \"close\");\n\
         _Static_assert(_Generic((hongling_sink)0, void (*)(void *, hongling_bytes): 1, default: 0), \"sink\");\n\
         _Static_assert(_Generic(hongling_plugin_v1, hongling_plugin: 1, default: 0), \"entry\");\n\
         _Static_assert(_Generic(((hongling_plugin *)0)->magic, uint64_t: 1, default: 0), \"magic\");\n\
         _Static_assert(_Generic(((hongling_plugin *)0)->abi_minor, uint32_t: 1, default: 0), \"abi_minor\");\n\
         _Static_assert(_Generic(((hongling_plugin *)0)->min_host_minor, uint32_t: 1, default: 0), \"min_host_minor\");\n\
         _Static_assert(_Generic(((hongling_plugin *)0)->flags, uint64_t: 1, default: 0), \"flags\");\n\
         _Static_assert(_Generic(HONGLING_HANDLE, uint32_t: 1, default: 0), \"verb\");\n\
         _Static_assert(_Generic(HONGLING_OK, int32_t: 1, default: 0), \"status\");\n",
    );
    let text = std::fs::read_to_string(header()).unwrap();
    for name in defined(&text) {
        assert!(source.contains(name) || NOT_NUMBERS.contains(&name), "{name} of the header is compared with nothing");
    }
    let scratch = Scratch::new();
    build_text(&scratch.path().join("libasserts.so"), &source);
}

/// What the header defines and is no number.
const NOT_NUMBERS: [&str; 3] = ["HONGLING_H", "HONGLING_SECTION", "HONGLING_EXPORT"];

fn header() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugin-api/include/hongling.h")
}

fn defined(header: &str) -> impl Iterator<Item = &str> {
    header.lines().filter_map(|line| line.strip_prefix("#define ")?.split_whitespace().next())
}

/// The C compiler holds the header to these types; this compiler holds the tables to them.
#[test]
fn the_tables_have_these_functions() {
    type Call = extern "C" fn(*mut c_void, u32, Bytes, *const HostTable, *mut c_void) -> i32;
    type Open = extern "C" fn(Bytes, *const HostTable, *mut c_void, *mut *mut c_void) -> i32;
    type Ask = extern "C" fn(*mut c_void, Bytes, *mut c_void, extern "C" fn(*mut c_void, Bytes)) -> i32;
    fn of_plugin(table: &PluginTable) -> (Open, Call, extern "C" fn(*mut c_void)) {
        (table.open, table.call, table.close)
    }
    fn of_host(table: &HostTable) -> (extern "C" fn(*mut c_void, Bytes), Ask, Ask) {
        (table.output, table.ask, table.outside)
    }
    // That it compiles is the test; pointers of C and of these types have one size.
    assert_eq!(size_of_val(&of_plugin), size_of_val(&of_host));
    assert_eq!(size_of::<Call>(), size_of::<*const c_void>());
}

/// Authors in C++ include it too.
#[test]
fn the_header_is_also_cxx() {
    let has_cxx = Command::new("c++").arg("--version").output().is_ok_and(|done| done.status.success());
    if !has_cxx {
        let _ = writeln!(std::io::stderr(), "SKIPPED the_header_is_also_cxx: there is no C++ compiler (c++)");
        return;
    }
    run(Command::new("c++")
        .args(["-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-x", "c++"])
        .arg(header()));
}
