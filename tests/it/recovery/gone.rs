//! I2: what `parked` shows of a desk that the config no longer has.

use serde_json::json;

use crate::contract::ODD_AND_EVEN;
use crate::program::{hongling, hongling_json};
use crate::story::Story;

#[test]
fn matters_of_a_desk_that_is_gone_are_parked_and_visible() {
    let mut story = Story::new();
    story.tell(ODD_AND_EVEN);
    story.tell("at 2026-03-02 09:10");
    story.tell(
        r#"
act odd start {"place": "西苑小区"}
act TR2026-000001 try {"how": "hand:"}
act odd start {"place": "西苑小区"}
act TR2026-000002 try {"how": "hand:fail"}
change hongling.toml `[desk.even]` `[desk.other]`
change hongling.toml `to = "even"` `to = "other"`
reopen
"#,
    );
    story.become_exercise();
    let folder = story.folder().display().to_string();
    let (code, rows) = hongling_json(&["parked", &folder]);
    assert_eq!(code, Some(0));
    let error = "desk \"even\" is not in the config: put it back and it goes on, or `hongling move` the matter";
    let stranded = |matter: u64| {
        json!({ "id": null, "desk": "even", "name": null, "matter": matter, "input": null, "attempts": 0,
            "error": error, "parked": true, "held": false, "due": null, "data": null })
    };
    let step = json!({ "id": 1, "desk": "even", "name": "handed", "matter": 2, "input": rows[0]["input"], "attempts": 1,
        "error": "fails in a step", "parked": false, "held": true, "due": null, "data": { "how": "fail" } });
    assert_eq!(rows, json!([step, stranded(2), stranded(1)]));
    let words = String::from_utf8(hongling(&["parked", &folder]).stdout).unwrap();
    assert!(
        words.contains("TR2026-000001") && words.contains("held") && words.contains("not in the config"),
        "{words}"
    );
}
