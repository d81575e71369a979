//! What inspection says about bytes, good and bad. Nothing here is ever loaded.

use std::collections::BTreeSet;

use expect_test::{Expect, expect};

use super::compiler::{Scratch, build_echo, build_text, echo_bytes, has_compiler};
use crate::plugins::ingest::FileBytes;
use crate::plugins::inspect::inspect;

fn verdict(bytes: Vec<u8>) -> String {
    let said = match inspect(&FileBytes::new(bytes)) {
        Ok(inspection) => format!(
            "{} {}, needs {}, asks {:?}",
            inspection.name,
            inspection.version,
            inspection.needed.join(" "),
            inspection.manifest.asks
        ),
        Err(reason) => reason.en,
    };
    format!("{said}\n")
}

/// Numbers as `#`: sizes and places depend on the compiler.
fn without_numbers(text: &str) -> String {
    let mut plain = String::new();
    for char in text.chars() {
        match char {
            '0'..='9' if plain.ends_with('#') => {}
            '0'..='9' => plain.push('#'),
            other => plain.push(other),
        }
    }
    plain
}

fn check_echo(arguments: &[&str], expected: Expect) {
    let scratch = Scratch::new();
    let file = scratch.path().join("libecho.so");
    build_echo(&file, &[&["-shared"], arguments].concat());
    expected.assert_eq(&verdict(std::fs::read(file).unwrap()));
}

fn check_source(source: &str, expected: Expect) {
    let scratch = Scratch::new();
    let file = scratch.path().join("libecho.so");
    build_text(&file, source);
    expected.assert_eq(&verdict(std::fs::read(file).unwrap()));
}

#[test]
fn manifests() {
    if !has_compiler("manifests") {
        return;
    }
    check_echo(
        &[],
        expect![[r#"
        echo 1.0.0, needs libc.so.6, asks []
    "#]],
    );
    check_echo(
        &[r#"-DMORE="asks = [\"contacts\"]\n""#],
        expect![[r#"
            echo 1.0.0, needs libc.so.6, asks ["contacts"]
        "#]],
    );
    check_echo(
        &[r#"-DMORE="colour = 1\n""#],
        expect![[r#"
            its plugin.toml:3:1 does not fit: unknown field `colour`, expected one of `name`, `version`, `title`, `asks`, `words`, `take`, `say`, `kind`, `label`, `list`, `action`, `view`, `clock`, `collection`, `setting`, `account`, `credits`, `reads`, `job`, `notice`, `outlet`; mend it and build again
        "#]],
    );
    check_echo(
        &[r#"-DMORE="\"\\u001b[2J\\nok\" = 1\n""#],
        expect![[r#"
            its plugin.toml:3:1 has the unseen character U+001B; mend it and build again
        "#]],
    );
    check_echo(
        &[r#"-DMORE="this is not TOML\n""#],
        expect![[r#"
            its plugin.toml:3:6 does not fit: key with no value, expected `=`; mend it and build again
        "#]],
    );
    check_echo(
        &[r#"-DMORE="\xff\n""#],
        expect![[r#"
        its plugin.toml is not UTF-8 at byte 32; save it as UTF-8
    "#]],
    );
    check_echo(
        &[r#"-DNAME="Echo!""#, r#"-DVERSION="1.0""#],
        expect![[r#"
            its plugin.toml does not fit itself: name "Echo!" is not a name: 1 to 32 of a-z, 0-9 and -; version "1.0" is not three numbers such as 0.1.0; mend it and build again
        "#]],
    );
}

#[test]
fn immoderate_manifests() {
    if !has_compiler("immoderate_manifests") {
        return;
    }
    check_echo(
        &["-DMANIFEST_BYTES=300000"],
        expect![[r#"
            its plugin.toml has 299984 bytes, more than the 262144 that are read; shorten it
        "#]],
    );
    let many = format!(r#"-DMORE="take = [{}]\n""#, r#"{ topic = \"A\" },"#.repeat(400));
    check_echo(
        &[&many],
        expect![[r#"
            its plugin.toml does not fit itself: take "A" is not a name: 1 to 32 of a-z, 0-9 and -; take "A" is not a name: 1 to 32 of a-z, 0-9 and -; take "A" is declared twice; take "A" is not a name: 1 to 32 of a-z, 0-9 and -; take "A" is declared twice; and 1593 more; mend it and build again
        "#]],
    );
    let deep = format!(r#"-DMORE="asks = {}\n""#, "[".repeat(20_000));
    check_echo(
        &[&deep],
        expect![[r#"
            its plugin.toml:3:88 does not fit: cannot recurse further; max recursion depth met; mend it and build again
        "#]],
    );
}

#[test]
fn what_the_loader_would_do() {
    if !has_compiler("what_the_loader_would_do") {
        return;
    }
    check_echo(
        &["-Wl,-rpath,/opt/elsewhere"],
        expect![[r#"
            has a RUNPATH (/opt/elsewhere), which loads code nobody inspected; build it without
        "#]],
    );
    check_echo(
        &["-Wl,--disable-new-dtags", "-Wl,-rpath,/opt/elsewhere"],
        expect![[r#"
            has an RPATH (/opt/elsewhere), which loads code nobody inspected; build it without
        "#]],
    );
    check_echo(
        &["-Wl,-f,libother.so"],
        expect![[r#"
            has an auxiliary filter (libother.so), which loads code nobody inspected; build it without
        "#]],
    );
    let scratch = Scratch::new();
    build_text(&scratch.path().join("libother.so"), "int other(void) { return 1; }\n");
    let folder = format!("-L{}", scratch.path().display());
    let file = scratch.path().join("libecho.so");
    build_echo(&file, &["-shared", &folder, "-Wl,--no-as-needed", "-lother", "-lm"]);
    expect![[r#"
        needs libother.so; a desk may need only libc.so.6, libm.so.6, libgcc_s.so.1, libpthread.so.0, libdl.so.2, librt.so.1 and the dynamic linker: link the rest statically
    "#]].assert_eq(&verdict(std::fs::read(file).unwrap()));
    // An object and a program are ELF files too.
    let object = scratch.path().join("echo.o");
    build_echo(&object, &["-c"]);
    expect![[r#"
        is not a dynamic library; build it as `crate-type = ["cdylib"]` (C: `-shared`)
    "#]]
    .assert_eq(&verdict(std::fs::read(object).unwrap()));
}

#[test]
fn exports() {
    if !has_compiler("exports") {
        return;
    }
    check_echo(
        &["-DENTRY=hongling_plugin_v2"],
        expect![[r#"
            exports hongling_plugin_v2, and this host speaks hongling_plugin_v1; build it with the plugin-api of this host
        "#]],
    );
    check_source(
        "int answer(void) { return 42; }\n",
        expect![[r#"
            has no section ".hongling", so it is no desk; a desk calls `export_plugin!`
        "#]],
    );
    check_source(
        "__attribute__((section(\".hongling\"), used)) static const char manifest[] = \"something else\";\n",
        expect![[r#"
            its section ".hongling" does not begin with the marker; build it with `export_plugin!`
        "#]],
    );
    let manifest = "#include \"hongling.h\"\nstatic const char manifest[] HONGLING_SECTION = HONGLING_MARKER\n\
        \"name = \\\"echo\\\"\\nversion = \\\"1.0.0\\\"\\ntitle = { zh = \\\"回声\\\", en = \\\"Echo\\\" }\\n\";\n";
    check_source(
        manifest,
        expect![[r#"
        exports no hongling_plugin_v1; a desk calls `export_plugin!` (C: see hongling.h)
    "#]],
    );
    let function = manifest.replace(
        "#include \"hongling.h\"",
        "#define hongling_plugin_v1 unused\n#include \"hongling.h\"\n#undef hongling_plugin_v1\n\
         void hongling_plugin_v1(void) {}\n",
    );
    check_source(
        &function,
        expect![[r#"
        exports hongling_plugin_v1 as a function; it is a table: see hongling.h
    "#]],
    );
    let indirect = function.replace(
        "void hongling_plugin_v1(void) {}",
        "static void (*pick(void))(void) { return 0; }\nvoid hongling_plugin_v1(void) __attribute__((ifunc(\"pick\")));",
    );
    check_source(
        &indirect,
        expect![[r#"
        exports hongling_plugin_v1 as a function; it is a table: see hongling.h
    "#]],
    );
}

#[test]
fn other_machines() {
    if !has_compiler("other_machines") {
        return;
    }
    let patched = |at: usize, byte: u8| {
        let mut bytes = echo_bytes().to_vec();
        bytes[at] = byte;
        verdict(bytes).replace(std::env::consts::ARCH, "<arch>")
    };
    expect![[r#"
        is built for riscv64, and this machine is <arch>; build it for <arch>
    "#]]
    .assert_eq(&patched(0x12, 243));
    expect![[r#"
        is built for machine 99, and this machine is <arch>; build it for <arch>
    "#]]
    .assert_eq(&patched(0x12, 99));
    expect![[r#"
        is a 32-bit library; build it for <arch>
    "#]]
    .assert_eq(&patched(0x04, 1));
    expect![[r#"
        is built for the other byte order; build it for <arch>
    "#]]
    .assert_eq(&patched(0x05, 2));
    expect![[r#"
        is not a dynamic library; build it as `crate-type = ["cdylib"]` (C: `-shared`)
    "#]]
    .assert_eq(&patched(0x10, 2));
    expect![[r#"
        is not a library: it does not begin as an ELF file does; put a library for Linux there
    "#]]
    .assert_eq(&verdict(b"#!/bin/sh\necho hello\n".to_vec()));
    expect![[r#"
        is cut short: it ends within its header; copy or build it again
    "#]]
    .assert_eq(&verdict(b"\x7fELF".to_vec()));
}

#[test]
fn cut_short_at_twenty_places() {
    if !has_compiler("cut_short_at_twenty_places") {
        return;
    }
    let whole = echo_bytes();
    let mut seen = BTreeSet::new();
    for place in 1..=20 {
        let bytes = whole[..whole.len() * place / 21].to_vec();
        assert!(inspect(&FileBytes::new(bytes.clone())).is_err(), "cut at {place}/21");
        seen.insert(without_numbers(&verdict(bytes)));
    }
    // Without its table of sections a library is as loadable as before; its segments tell.
    for place in 1..=20 {
        let mut bytes = whole[..whole.len() * place / 21].to_vec();
        for at in (0x28..0x30).chain(0x3c..0x40) {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = 0;
            }
        }
        seen.insert(without_numbers(&verdict(bytes)));
    }
    expect![[r#"
        has no section ".hongling", so it is no desk; a desk calls `export_plugin!`
        is cut short: segment # has # bytes from #, the file only #; copy or build it again
        its table of sections is damaged (Invalid ELF section header offset/size/alignment); copy or build it again
    "#]]
    .assert_eq(&seen.into_iter().collect::<String>());
}

#[test]
fn flipped_bits_in_headers() {
    if !has_compiler("flipped_bits_in_headers") {
        return;
    }
    const SEED: u64 = 20_260_311;
    let whole = echo_bytes();
    let u64_at = |at: usize| usize::try_from(u64::from_le_bytes(whole[at..at + 8].try_into().unwrap())).unwrap();
    let (segments, sections) = (u64_at(0x20), u64_at(0x28));
    let count = |at: usize| usize::from(u16::from_le_bytes([whole[at], whole[at + 1]]));
    let headers: Vec<usize> =
        (0..64).chain(segments..segments + 56 * count(0x38)).chain(sections..sections + 64 * count(0x3c)).collect();

    let mut random = SEED;
    let mut next = |below: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        usize::try_from(random % below as u64).unwrap()
    };
    let mut refused = 0;
    for variant in 0..300 {
        let mut bytes = whole.to_vec();
        for _ in 0..=next(3) {
            bytes[headers[next(headers.len())]] ^= 1 << next(8);
        }
        let size = bytes.len() as u64;
        match inspect(&FileBytes::new(bytes)) {
            Err(reason) => {
                let reason = reason.en;
                refused += 1;
                assert!(!reason.contains('\n') && reason.contains(';'), "seed {SEED}, variant {variant}: {reason}");
            }
            // Flags, alignments and names of other sections may be anything.
            Ok(inspection) => {
                assert_eq!(inspection.name, "echo", "seed {SEED}, variant {variant}");
                assert_eq!(inspection.size, size, "seed {SEED}, variant {variant}");
            }
        }
    }
    assert!(100 < refused, "seed {SEED}: only {refused} of 300 were refused");
}
