//! Libraries that pass inspection and are refused when they are loaded.

use expect_test::{Expect, expect};

use super::compiler::{Scratch, build_echo, has_compiler};
use crate::plugins::{Homes, Shelf};

fn check(arguments: &[&str], expected: Expect) {
    if !has_compiler("border") {
        return;
    }
    let scratch = Scratch::new();
    let folder = scratch.path();
    build_echo(&folder.join("libecho.so"), &[&["-shared"], arguments].concat());
    let homes = Homes { district: folder.into(), data: folder.join("data"), installation: vec![folder.into()] };
    let loaded = Shelf::new(homes, 1000).unwrap().load("echo");
    let said =
        loaded.map_or_else(|error| error.to_string(), |library| format!("loaded {}", library.inspection().version));
    expected.assert_eq(&format!("{}\n", scratch.shorten(&said)));
}

#[test]
fn tables() {
    check(
        &[],
        expect![[r#"
        loaded 1.0.0
    "#]],
    );
    check(
        &["-DMAGIC=1"],
        expect![[r#"
            ~/libecho.so: its table begins with 0x0000000000000001 and not with 0x484f4e474c494e47; see hongling.h
        "#]],
    );
    check(
        &["-DSIZE=40"],
        expect![[r#"
            ~/libecho.so: its table has 40 bytes, fewer than the 72 of ABI version 1; see hongling.h
        "#]],
    );
    // A later version of the table is longer, and this host reads what it knows.
    check(
        &["-DSIZE=4096"],
        expect![[r#"
        loaded 1.0.0
    "#]],
    );
    check(
        &["-DMIN_HOST_MINOR=2"],
        expect![[r#"
            ~/libecho.so: needs a host of ABI 1.2, and this one speaks 1.1; take a newer host
        "#]],
    );
    check(
        &["-DFLAGS=HONGLING_FLAG_PANIC_ABORT"],
        expect![[r#"
            ~/libecho.so: is built with `panic = "abort"` and so runs isolated only; write `isolated = true` into its desk
        "#]],
    );
    check(
        &["-DCALL=NULL"],
        expect![[r#"
        ~/libecho.so: its table lacks `open`, `call` or `close`; see hongling.h
    "#]],
    );
}

#[test]
fn tables_that_name_another_manifest() {
    check(
        &["-DMANIFEST={(const uint8_t *)\"hongling.plugin\\0name\", 20}"],
        expect![[r#"
            ~/libecho.so: its table names another manifest than its link section; build it again
        "#]],
    );
    check(
        &["-DMANIFEST={(const uint8_t *)4096, sizeof manifest}"],
        expect![[r#"
            ~/libecho.so: its table names another manifest than its link section; build it again
        "#]],
    );
    check(
        &["-DMANIFEST={(const uint8_t *)manifest, SIZE_MAX}"],
        expect![[r#"
            ~/libecho.so: its table names another manifest than its link section; build it again
        "#]],
    );
}

#[test]
fn a_function_that_is_nowhere() {
    check(
        &["-DCALL=elsewhere"],
        expect![[r#"
            ~/libecho.so: the system's loader refuses it: undefined symbol: elsewhere; build it again for this system
        "#]],
    );
}
