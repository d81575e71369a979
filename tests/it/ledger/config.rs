//! What a desk credits of other desks is checked with file, line and column, before anything runs.

use expect_test::{Expect, expect};

use crate::story::Story;

/// Opens a district in which `till` credits as given, and tells what is wrong.
fn check(credits: &[&str], expected: Expect) {
    let mut said = String::new();
    for credits in credits {
        let mut story = Story::new();
        story.tell(&format!(
            "add hongling.toml\n  [desk.till]\n  library = \"bookkeeping\"\n  {credits}\n\n  [desk.fund]\n  \
             library = \"bookkeeping\"\n  credits = {{ elsewhere = \"till/common\" }}"
        ));
        said.push_str(&format!("{credits}\n{}", story.told("list").replacen("> list\n", "", 1)));
    }
    expected.assert_eq(&said);
}

#[test]
fn credits_name_an_open_class_of_the_same_sort() {
    check(
        &[
            r#"credits = { elsewhere = "fund/common" }"#,
            "",
            "credits = {}",
            r#"credits = { elsewhere = "fund" }"#,
            r#"credits = { elsewhere = "found/common" }"#,
            r#"credits = { elsewhere = "fund/comon" }"#,
            r#"credits = { elsewhere = "fund/reserve" }"#,
            r#"credits = { elsewhere = "council/common" }"#,
            r#"credits = { elsewhere = "fund/team" }"#,
            r#"credits = { elsewhere = "till/common" }"#,
            r#"credits = { elsewhere = "fund/common", otherwhere = "fund/common" }"#,
            "credits = { elsewhere = 5 }",
            r#"credits = "fund/common""#,
        ],
        expect![[r#"
            credits = { elsewhere = "fund/common" }
              0 in all

              does not open: hongling.toml:304:11: desk "till" credits "elsewhere", and the config does not say what that is; write in [desk.till]: credits = { elsewhere = "fund/common" }
            credits = {}
              does not open: hongling.toml:304:11: desk "till" credits "elsewhere", and the config does not say what that is; write in [desk.till]: credits = { elsewhere = "fund/common" }
            credits = { elsewhere = "fund" }
              does not open: hongling.toml:305:25: "fund" is not "desk/name"
            credits = { elsewhere = "found/common" }
              does not open: hongling.toml:305:25: unknown desk "found"; did you mean "fund"?
            credits = { elsewhere = "fund/comon" }
              does not open: hongling.toml:305:25: desk "fund" has no account class "comon"; did you mean "common"?
            credits = { elsewhere = "fund/reserve" }
              does not open: hongling.toml:305:25: account class "fund/reserve" is not open to other desks; there are common, team
            credits = { elsewhere = "council/common" }
              does not open: hongling.toml:305:25: desk "council" has no account class "common"
            credits = { elsewhere = "fund/team" }
              does not open: hongling.toml:305:25: account class "fund/team" counts in points, and "elsewhere" is to count in CNY
            credits = { elsewhere = "till/common" }
              does not open: hongling.toml:305:25: "till/common" is of desk "till" itself, which needs no other word for it
            credits = { elsewhere = "fund/common", otherwhere = "fund/common" }
              does not open: hongling.toml:305:40: desk "till" credits nothing that it calls "otherwhere"; there is elsewhere
            credits = { elsewhere = 5 }
              does not open: hongling.toml:305:25: "elsewhere" must be text, not a whole number
            credits = "fund/common"
              does not open: hongling.toml:304:11: desk "till" credits "elsewhere", and the config does not say what that is; write in [desk.till]: credits = { elsewhere = "fund/common" }
              hongling.toml:305:1: "credits" must be a table, not text
        "#]],
    );
}
