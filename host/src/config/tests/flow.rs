//! Desks, imports, routes and watches against manifests.

use expect_test::expect;

use super::{and, change, check, check_manifests, good, with};

#[test]
fn a_mistyped_topic() {
    check(
        &with("desks/hall.toml", "on = [\"settled\"]", "on = [\"setled\"]"),
        expect![[r#"
        desks/hall.toml:20:7: unknown topic "setled"; did you mean "settled"?
    "#]],
    );
}

#[test]
fn unknown_desks() {
    let mut files = with("hongling.toml", "open = \"intake\"", "open = \"intak\"");
    change(&mut files, "desks/hall.toml", "from = \"triage\"", "from = \"tirage\"");
    change(&mut files, "desks/hall.toml", "to = [\"triage\"]", "to = [\"triage\", \"somewhere-else\"]");
    check(
        &files,
        expect![[r#"
        desks/hall.toml:8:8: unknown desk "tirage"; did you mean "triage"?
        desks/hall.toml:21:17: unknown desk "somewhere-else"; there are intake, triage, hall
        hongling.toml:7:8: unknown desk "intak"; did you mean "intake"?
    "#]],
    );
}

#[test]
fn libraries() {
    let mut files = with("desks/front.toml", "library = \"triage\"", "library = \"triag\"");
    change(&mut files, "desks/hall.toml", "on = [\"settled\"]", "on = [\"setled\"]");
    check(
        &files,
        expect![[r#"
        desks/front.toml:13:11: no library "triag" is installed; did you mean "triage"?
    "#]],
    );
}

#[test]
fn a_library_that_does_not_fit_itself() {
    let change = [("hall", "on = \"request\"", "on = \"session\"")];
    check_manifests(
        &good(),
        &change,
        expect![[r#"
        desks/hall.toml:2:11: library "hall": action "settle" is on "session", which is neither a kind nor "desk"
    "#]],
    );
}

#[test]
fn settings() {
    let bad = "settings = { unsure-below = 101, mode = \"guess\", unsure_below = \"0.60\" }";
    check(
        &with("desks/front.toml", "settings = { unsure-below = 60 }", bad),
        expect![[r#"
        desks/front.toml:14:29: setting "unsure-below": "101" is outside 0 to 100
        desks/front.toml:14:41: setting "mode": "guess" is not one of rules, both
        desks/front.toml:14:50: unknown setting "unsure_below" of desk "triage"; did you mean "unsure-below"?
    "#]],
    );
    let required = [("triage", "default = 50", "required = true")];
    let files = with("desks/front.toml", "settings = { unsure-below = 60 }", "settings = { mode = \"both\" }");
    check_manifests(
        &files,
        &required,
        expect![[r#"
        desks/front.toml:14:1: setting "unsure-below" is required
    "#]],
    );
}

#[test]
fn roles() {
    let files = with("desks/hall.toml", "roles = { chair = \"secretary\" }", "roles = { chiar = \"secretry\" }");
    check(
        &files,
        expect![[r#"
        desks/hall.toml:2:11: warning: desk "hall" offers "settle" to the role "chair", which the district does not have; add [role.chair], or name another in [desk.hall]: roles = { chair = "…" }
        desks/hall.toml:3:11: warning: desk "hall" offers nothing to "chiar"; did you mean "chair"?
        desks/hall.toml:3:19: unknown role "secretry"; did you mean "secretary"?
    "#]],
    );
    let only = [("hall", "who = [\"@holder\", \"chair\"]", "who = [\"chair\", \"judge\"]")];
    check_manifests(
        &with("desks/hall.toml", "roles = { chair = \"secretary\" }\n", ""),
        &only,
        expect![[r#"
        desks/hall.toml:2:11: desk "hall" offers "settle" only to the role "chair", which the district does not have; add [role.chair], or name another in [desk.hall]: roles = { chair = "…" }
        desks/hall.toml:2:11: desk "hall" offers "settle" only to the role "judge", which the district does not have; add [role.judge], or name another in [desk.hall]: roles = { judge = "…" }
    "#]],
    );
}

#[test]
fn lists_that_are_not_there() {
    let files = with("hongling.toml", "[list.channel]\nfile = \"lists/channel.csv\"\n", "");
    check(
        &files,
        expect![[r#"
            desks/front.toml:2:11: desk "intake" needs the list "channel", which the district does not have; add [list.channel] with a file of the columns code, title
            desks/front.toml:13:11: desk "triage" needs the list "channel", which the district does not have; add [list.channel] with a file of the columns code, title
        "#]],
    );
}

#[test]
fn an_open_desk_without_a_way_in() {
    check(
        &with("hongling.toml", "open = \"intake\"", "open = \"hall\""),
        expect![[r#"
            hongling.toml:7:8: desk "hall" has no action that opens a matter, so `open` cannot name it; there is intake
        "#]],
    );
}

#[test]
fn imports() {
    let mut files = with(
        "desks/front.toml",
        "columns = { title = \"主题\"",
        "columns = { titel = \"主题\", answers = \"答\", channel = \"渠道\"",
    );
    change(
        &mut files,
        "desks/front.toml",
        "place = \"a\", channel = \"web\"",
        "place = \"aa\", channel = \"web\", colour = 1",
    );
    change(&mut files, "desks/front.toml", "%Y/%m/%d %H:%M", "%Y/%m");
    change(&mut files, "desks/front.toml", "key = \"编号\"\n", "");
    check(
        &files,
        expect![[r#"
        desks/front.toml:4:1: action "report" needs "title", which neither a column nor `fixed` gives
        desks/front.toml:4:1: warning: no column gives "source-no", so the same table imported twice opens everything twice; name the column that tells rows apart: key = "…"
        desks/front.toml:7:13: action "report" has no field "titel"; did you mean "title"?
        desks/front.toml:7:27: field "answers" holds rows, which no column can give
        desks/front.toml:8:9: dates "%Y/%m" does not tell year, month and day; write for example "%Y-%m-%d %H:%M"
        desks/front.toml:9:19: field "place": "aa" is not a place of the district
        desks/front.toml:9:25: field "channel" is given by a column and by `fixed`
        desks/front.toml:9:42: action "report" has no field "colour"; there are title, place, channel, reported-at, source-no, answers
    "#]],
    );
    check(
        &with("desks/front.toml", "action = \"report\"", "action = \"ask\""),
        expect![[r#"
        desks/front.toml:6:10: action "ask" does not take rows of a table; there is report
    "#]],
    );
    check(
        &with("desks/front.toml", "action = \"report\"", "action = \"reprot\""),
        expect![[r#"
        desks/front.toml:6:10: unknown action "reprot"; did you mean "report"?
    "#]],
    );
}

#[test]
fn a_key_where_rows_have_none() {
    check_manifests(
        &good(),
        &[("intake", "key = \"source-no\"\n", "")],
        expect![[r#"
        desks/front.toml:7:7: action "report" has no key, so rows that come again cannot be known
    "#]],
    );
}

#[test]
fn topics_and_desks_that_do_not_fit() {
    let more = "[[route]]\nid = \"back\"\non = \"settled\"\nfrom = \"triage\"\nto = \"intake\"\n\
        [[route]]\nid = \"astray\"\non = \"settled\"\nto = \"intake\"\n\
        [[watch]]\nid = \"told\"\non = [\"sorted\", \"reported\"]\nto = [\"triage\", \"hall\"]\n";
    check(
        &and("desks/more.toml", more),
        expect![[r#"
        desks/more.toml:3:6: desk "triage" does not say "settled"; there is sorted
        desks/more.toml:9:6: desk "intake" does not take "settled"; it takes nothing
        desks/more.toml:13:7: desk "triage" does not take "sorted"; it takes reported, settled
        desks/more.toml:13:17: desk "hall" does not take "reported"; it takes sorted
    "#]],
    );
}

#[test]
fn conditions() {
    let route = |number: usize, when: &str| {
        format!("[[route]]\nid = \"r{number}\"\non = \"sorted\"\nwhen = {{ {when} }}\nto = \"hall\"\n")
    };
    let whens = [
        "sise = \"small\"",
        "size = \"smal\"",
        "size = 3",
        "size = []",
        "size = [\"small\", \"huge\"]",
        "urgent = \"yes\"",
        "category = \"pip\"",
        "weight = \"3\"",
        "weight = { min = 9, max = 1 }",
        "size = { min = 1 }",
        "weight = { min = \"a\" }",
        "kind = \"requst\"",
        "kind = 1",
        "place = \"a/bb\"",
        "place = \"a/x/**\"",
        "place = [\"a/b/**\", \"a\"]",
        "from = \"triage\"",
        "size = { nott = \"small\" }",
        "size = { exists = 1 }",
        "place = { exists = true }",
        "size = { }",
        "weight = { min = 1, exists = true }",
        "size = { not = { not = \"tiny\" } }",
        "place = { not = \"a/b/**\" }",
    ];
    let text: String = (0..).zip(whens).map(|(number, when)| route(number, when)).collect();
    check(
        &and("desks/more.toml", &text),
        expect![[r#"
        desks/more.toml:4:10: unknown label "sise"; did you mean "size"?
        desks/more.toml:9:17: label "size" is never "smal"; did you mean "small"?
        desks/more.toml:14:17: label "size" is one of small, big, not a whole number
        desks/more.toml:19:17: an empty list for "size" never matches
        desks/more.toml:24:27: label "size" is never "huge"; there are small, big
        desks/more.toml:29:19: label "urgent" is true or false, not text
        desks/more.toml:34:21: label "category" is never "pip"; did you mean "pipe"?
        desks/more.toml:39:19: label "weight" is a whole number, not text
        desks/more.toml:44:27: no number is at least 9 and at most 1
        desks/more.toml:49:25: "size" is no number, so it has no min and max
        desks/more.toml:54:27: min and max must be whole numbers, not text
        desks/more.toml:59:17: unknown kind "requst"; did you mean "request"?
        desks/more.toml:64:17: "kind" must be text, not a whole number
        desks/more.toml:69:18: unknown place "a/bb"; did you mean "a/b"?
        desks/more.toml:74:18: unknown place "a/x"; did you mean "a/b"?
        desks/more.toml:79:19: "a/b/**" cannot stand in a list; write a route of its own for each area
        desks/more.toml:84:10: "from" is no label; write it beside `when`: from = "…"
        desks/more.toml:89:19: unknown key "nott" in a condition; did you mean "not"?
        desks/more.toml:94:28: "exists" must be true or false, not a whole number
        desks/more.toml:99:18: every matter has a place, so `exists` says nothing
        desks/more.toml:104:17: the condition on "size" is empty; write one of min, max, not, exists
        desks/more.toml:109:19: the condition on "weight" asks for several things at once
        desks/more.toml:114:33: label "size" is never "tiny"; there are small, big
    "#]],
    );
}

#[test]
fn data_that_does_not_fit() {
    let change =
        [("intake", "data.channel = { type = \"choice\", list = \"channel\"", "data.channel = { type = \"integer\"")];
    check_manifests(
        &good(),
        &change,
        expect![[r#"
        desks/front.toml:18:6: "channel" of "reported" is a whole number as desk "intake" says it, but a code of the list "channel" as desk "triage" takes it
    "#]],
    );
    let change = [("intake", "data.channel =", "data.way =")];
    check_manifests(
        &good(),
        &change,
        expect![[r#"
        desks/front.toml:18:6: desk "triage" needs "channel" with "reported", but desk "intake" says it without
    "#]],
    );
}

#[test]
fn words_declared_differently() {
    let change = [
        ("hall", "values = [\"big\", \"small\"]", "values = [\"large\", \"small\"]"),
        ("triage", "name = \"request\"\n", "name = \"request\"\nprefix = \"QQ\"\n"),
        ("hall", "name = \"request\"\n", "name = \"session\"\nprefix = \"SQ\"\n"),
        ("hall", "on = \"request\"", "on = \"session\""),
    ];
    check_manifests(
        &good(),
        &change,
        expect![[r#"
            desks/front.toml:13:11: kind "request" has the prefix "QQ" in desk "triage", but "SQ" in desk "intake" (desks/front.toml:2)
            desks/hall.toml:2:11: label "size" is one of large, small in desk "hall", but one of small, big in desk "triage" (desks/front.toml:13)
            desks/hall.toml:2:11: the prefix "SQ" is of kind "session" in desk "hall", but of "request" in desk "intake" (desks/front.toml:2)
            desks/hall.toml:10:6: desk "hall" has no stages for the kind "request"
            desks/hall.toml:16:6: desk "hall" has no stages for the kind "request"; what it is handed could not lie on it
            desks/rest.toml:4:6: desk "hall" has no stages for the kind "request"; what it is handed could not lie on it
        "#]],
    );
}

#[test]
fn a_desk_without_stages_for_what_it_gets() {
    let change =
        [("hall", "name = \"request\"\n", "name = \"session\"\n"), ("hall", "on = \"request\"", "on = \"session\"")];
    check_manifests(
        &good(),
        &change,
        expect![[r#"
            desks/hall.toml:10:6: desk "hall" has no stages for the kind "request"
            desks/hall.toml:16:6: desk "hall" has no stages for the kind "request"; what it is handed could not lie on it
            desks/rest.toml:4:6: desk "hall" has no stages for the kind "request"; what it is handed could not lie on it
        "#]],
    );
}

#[test]
fn what_nothing_reaches() {
    let mut files = good();
    let front = "[desk.intake]\nlibrary = \"intake\"\n[desk.triage]\nlibrary = \"triage\"\n[desk.spare]\nlibrary = \"hall\"\n\
        [[route]]\nid = \"reported\"\non = \"reported\"\nto = \"triage\"\n";
    files.insert("desks/front.toml".into(), front.into());
    files.remove("desks/hall.toml");
    files.remove("desks/rest.toml");
    check(
        &files,
        expect![[r#"
            good, with
            desks/front.toml:4:11: warning: nobody takes "sorted", which desk "triage" says; its matters will stay where they are, unrouted
            desks/front.toml:6:11: warning: desk "spare" offers "settle" to the role "chair", which the district does not have; add [role.chair], or name another in [desk.spare]: roles = { chair = "…" }
            desks/front.toml:6:11: warning: no route, watch or action reaches desk "spare"
        "#]],
    );
}

#[test]
fn routes_that_never_match() {
    let routes = "[[route]]\nid = \"same\"\non = \"sorted\"\nfrom = \"triage\"\nwhen = { kind = \"request\", size = \"small\", place = \"a/b/c/**\" }\nto = \"hall\"\n\
        [[route]]\nid = \"big\"\non = \"sorted\"\nwhen = { size = [\"big\"], weight = { min = 3 } }\nto = \"hall\"\n\
        [[route]]\nid = \"big-heavy\"\non = \"sorted\"\nfrom = \"triage\"\nwhen = { size = \"big\", weight = { min = 4, max = 5 } }\nto = \"hall\"\n\
        [[route]]\nid = \"all\"\non = \"sorted\"\nto = \"hall\"\n\
        [[route]]\nid = \"late\"\non = \"sorted\"\nto = \"hall\"\n";
    check(
        &and("desks/more.toml", routes),
        expect![[r#"
            good, with
            desks/more.toml:2:6: warning: route "same" never matches: route "small" before it takes all it would
            desks/more.toml:13:6: warning: route "big-heavy" never matches: route "big" before it takes all it would
            desks/more.toml:23:6: warning: route "late" never matches: route "all" before it takes all it would
            desks/rest.toml:2:6: warning: route "else" never matches: route "all" before it takes all it would
        "#]],
    );
}

#[test]
fn no_desk() {
    let mut files = good();
    files.remove("desks/front.toml");
    files.remove("desks/hall.toml");
    files.remove("desks/rest.toml");
    check(
        &files,
        expect![[r#"
            hongling.toml:3:12: desks: no such file
        "#]],
    );
}

#[test]
fn everything_at_once() {
    let mut files = with("hongling.toml", "schema = 1", "schema = 1\ncolour = 2");
    change(&mut files, "places.csv", "compound", "compund");
    change(&mut files, "people.csv", "secretary", "secretry");
    change(&mut files, "lists/category.csv", "small", "smal");
    change(&mut files, "desks/front.toml", "unsure-below", "unsure-belw");
    change(&mut files, "desks/hall.toml", "to = \"hall\"", "to = \"hal\"");
    check(
        &files,
        expect![[r#"
        desks/front.toml:14:14: unknown setting "unsure-belw" of desk "triage"; did you mean "unsure-below"?
        desks/hall.toml:10:6: unknown desk "hal"; did you mean "hall"?
        hongling.toml:2:1: unknown key "colour" in hongling.toml
        lists/category.csv:3:22: size "smal" is not one of small, big
        people.csv:3:9: unknown role "secretry"; did you mean "secretary"?
        places.csv:4:7: unknown level "compund"; did you mean "compound"?
    "#]],
    );
}

/// A number in quotes is text in TOML, whatever a form would make of it.
#[test]
fn settings_of_another_type() {
    let bool_too =
        [("triage", "mode = {", "strict = { type = \"bool\", title = { zh = \"严\", en = \"Strict\" } }\nmode = {")];
    check_manifests(
        &with("desks/front.toml", "unsure-below = 60", "unsure-below = \"60\", strict = \"true\", mode = \"both\""),
        &bool_too,
        expect![[r#"
            desks/front.toml:14:29: setting "unsure-below" must be a whole number, not text; write 60 without quotes
            desks/front.toml:14:44: setting "strict" must be true or false, not text; write true without quotes
        "#]],
    );
    let required = [("triage", "default = 50", "required = true")];
    check_manifests(
        &with("desks/front.toml", "unsure-below = 60", "unsure-below = \"sixty\", mode = \"guess\""),
        &required,
        expect![[r#"
            desks/front.toml:14:29: setting "unsure-below" must be a whole number, not text
            desks/front.toml:14:45: setting "mode": "guess" is not one of rules, both
        "#]],
    );
}

/// Roles and levels in settings and in columns of lists: the district's, or the desk's own word.
#[test]
fn roles_and_levels() {
    let ladder = [(
        "hall",
        "[label]",
        "[[list]]\nname = \"ladder\"\n[list.columns]\nrole = { type = \"role\", required = true, \
          title = { zh = \"岗位\", en = \"Role\" } }\nlevel = { type = \"level\", title = { zh = \"层级\", en = \"Level\" } }\n\
          [setting]\nstart = { type = \"level\", title = { zh = \"起点\", en = \"Start\" } }\n\
          judge = { type = \"role\", title = { zh = \"裁定\", en = \"Judge\" } }\n[label]",
    )];
    let mut files = and("hongling.toml", "[list.ladder]\nfile = \"lists/ladder.csv\"\n");
    let rows =
        "code,title,role,level\na,一,clerk,community\nb,二,chair,compound\nc,三,clark,comunity\nd,四,nobody,planet\n";
    files.insert("lists/ladder.csv".into(), rows.into());
    change(
        &mut files,
        "desks/hall.toml",
        "roles = ",
        "settings = { start = \"subdistric\", judge = \"secretry\" }\nroles = ",
    );
    check_manifests(
        &files,
        &ladder,
        expect![[r#"
        desks/hall.toml:3:22: setting "start": "subdistric" is not a level of places; did you mean "subdistrict"?
        desks/hall.toml:3:44: setting "judge": "secretry" is not a role of the district; did you mean "secretary"?
        lists/ladder.csv:4:5: role "clark" is not a role of the district; did you mean "clerk"?
        lists/ladder.csv:4:11: level "comunity" is not a level of places; did you mean "community"?
        lists/ladder.csv:5:5: role "nobody" is not a role of the district; there are clerk, secretary
        lists/ladder.csv:5:12: level "planet" is not a level of places; there are district, subdistrict, community, compound, building, entrance, house
    "#]],
    );
    change(&mut files, "desks/hall.toml", "subdistric\", judge = \"secretry", "district\", judge = \"chair");
    change(&mut files, "lists/ladder.csv", "clark,comunity\nd,四,nobody,planet", "clerk,district");
    check_manifests(
        &files,
        &ladder,
        expect![[r#"
        good, with
    "#]],
    );
}

#[test]
fn plugin_folders_that_are_not_there() {
    let mut files =
        with("hongling.toml", "open = ", "plugins = [\"plugin\", \"plugins\", \"elsewhere\", \"places.csv\"]\nopen = ");
    files.insert("plugins/README.md".into(), "Libraries of our own.".into());
    check(
        &files,
        expect![[r#"
        hongling.toml:7:12: plugins "plugin": no such folder; did you mean "plugins"?
        hongling.toml:7:33: plugins "elsewhere": no such folder; make it, or take it out of `plugins`
        hongling.toml:7:46: plugins "places.csv": is not a folder; make it, or take it out of `plugins`
    "#]],
    );
}

/// What no route takes is found before a matter is left where it is.
#[test]
fn values_that_no_route_takes() {
    let mut files = with(
        "desks/hall.toml",
        "size = [\"small\", \"big\"], urgent = { not = true }",
        "size = \"small\", urgent = true",
    );
    let rest = files.remove("desks/rest.toml");
    check(
        &files,
        expect![[r#"
            good, with
            desks/hall.toml:13:6: warning: no route takes "sorted" of desk "triage" where place is a and size is big, and in other cases; such matters will stay where they are, unrouted
        "#]],
    );
    // Alone each value is taken by some route, and not all of them together.
    change(&mut files, "desks/hall.toml", "size = \"small\", kind", "size = \"small\", weight = { max = 0 }, kind");
    change(&mut files, "desks/hall.toml", "size = \"small\", urgent = true", "size = [\"small\", \"big\"]");
    check(
        &files,
        expect![[r#"
        good, with
        desks/hall.toml:13:6: warning: no route takes "sorted" of desk "triage" where place is a and weight is at most 0, and in other cases; such matters will stay where they are, unrouted
    "#]],
    );
    // A route that takes everything takes these too.
    files.extend(rest.map(|rest| ("desks/rest.toml".to_owned(), rest)));
    check(
        &files,
        expect![[r#"
            good
        "#]],
    );
}
