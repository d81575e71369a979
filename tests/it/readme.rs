//! What the README shows of code is code that is tested elsewhere.

use crate::tidy::source::root;

#[test]
fn the_readmes_plugin_is_the_tutorials() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let tutorial = std::fs::read_to_string(root().join("plugin-api/tutorial/lib.rs")).unwrap();
    let block = readme.split("```rust\n").nth(1).and_then(|rest| rest.split("\n\n    // …").next());
    let block = block.expect("the README shows a plugin");
    assert!(30 < block.lines().count(), "it is a whole plugin");
    assert!(tutorial.contains(block), "the README's plugin is not that of plugin-api/tutorial/lib.rs");
}

#[test]
fn the_readme_has_no_gaps() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let gap = readme.lines().find(|line| line.starts_with('@') || line.contains("TODO"));
    assert_eq!(gap, None);
}
