//! `hongling.h` says the same as `plugin_api::abi`: the C compiler compares them.

use std::fmt::Write as _;
use std::mem::offset_of;

use plugin_api::abi;
use plugin_api::abi::{Bytes, HostTable, PluginTable};

use super::compiler::{Scratch, build_text, has_compiler};

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
         hongling_sink): 1, default: 0), \"outside\");\n",
    );
    let scratch = Scratch::new();
    build_text(&scratch.path().join("libasserts.so"), &source);
}
