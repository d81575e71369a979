//! New folders are whole, are districts, and take nobody's place.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use expect_test::{Expect, expect};
use plugin_api::{Manifest, Title};

use super::{Template, Use, files, write_new};
use crate::config::{Libraries, load};

/// The manifests of this repository, each from the folder named like its library.
struct InTree;

impl Libraries for InTree {
    fn manifest(&mut self, library: &str, _: &[PathBuf]) -> Result<Arc<Manifest>, Title> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../plugins").join(library).join("plugin.toml");
        let text = fs::read_to_string(&path).expect("a plugin of this repository");
        Ok(Arc::new(toml::from_str(&text).expect("its manifest fits")))
    }

    fn known(&self, _: &[PathBuf]) -> Vec<String> {
        Vec::new()
    }
}

fn check(template: Template, usage: Use, expected: Expect) {
    let folder = std::env::temp_dir().join(format!("hongling-template-{}-{template:?}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    let written = write_new(&folder, template, usage);
    let loaded = load(&folder, &mut InTree);
    let again = write_new(&folder, template, usage);
    fs::remove_dir_all(&folder).expect("it was written");
    let mut shown = format!("{}\n", written.expect("the folder is new").join(" "));
    match loaded {
        Ok(config) => {
            let levels: BTreeSet<&str> = config.directory.places().iter().map(|place| place.level.as_str()).collect();
            shown += &format!("{levels:?}\n");
            config.warnings.iter().for_each(|problem| shown += &format!("{problem}\n"));
        }
        Err(problems) => problems.iter().for_each(|problem| shown += &format!("{problem}\n")),
    }
    let refused = again.expect_err("now it is not empty");
    shown += &refused.en.replace(&folder.display().to_string(), "DIR");
    expected.assert_eq(&shown);
}

#[test]
fn plain() {
    check(
        Template::Plain,
        Use::Exercise,
        expect![[r#"
            EXERCISE.md calendar.csv desks/council.toml desks/intake.toml desks/station.toml desks/triage.toml lists/call-reason.csv lists/category.csv lists/channel.csv lists/duty.csv lists/keyword.csv lists/ladder.csv people.csv places.csv tests/flow.toml units.csv hongling.toml
            {"community", "district", "subdistrict"}
            DIR is not empty: it holds EXERCISE.md, calendar.csv, desks, hongling.toml, lists and 4 more; name a new folder"#]],
    );
}

#[test]
fn demo() {
    check(
        Template::Demo,
        Use::Live,
        expect![[r#"
            calendar.csv desks/council.toml desks/intake.toml desks/station.toml desks/triage.toml lists/call-reason.csv lists/category.csv lists/channel.csv lists/duty.csv lists/keyword.csv lists/ladder.csv people.csv places.csv requests.csv tests/flow.toml units.csv hongling.toml
            {"building", "community", "compound", "district", "entrance", "house", "subdistrict"}
            DIR is not empty: it holds calendar.csv, desks, hongling.toml, lists, people.csv and 4 more; name a new folder"#]],
    );
}

#[test]
fn not_into_a_file() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let refused = write_new(&file, Template::Demo, Use::Live).expect_err("it is a file");
    assert!(refused.en.ends_with("Cargo.toml is a file; name a new folder"), "{refused:?}");
}

#[test]
fn nothing_of_the_example_people_is_in_a_plain_folder() {
    let demo = files(Template::Demo, Use::Live);
    let plain = files(Template::Plain, Use::Live);
    let people = |files: &[(String, Vec<u8>)]| {
        let (_, bytes) = files.iter().find(|(name, _)| name == "people.csv").expect("there is one").clone();
        String::from_utf8(bytes).expect("it is UTF-8")
    };
    let example = people(&plain);
    for line in people(&demo).lines().skip(1) {
        let name = line.split(',').nth(1).expect("each row has a name");
        assert!(!example.contains(name), "{name}");
    }
}
