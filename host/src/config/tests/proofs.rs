//! What is proven of routes, and that an independent brute force over all matters of a small district
//! finds the very same.

use expect_test::expect;

use super::{and, change, check, check_manifests, good, with};

mod brute;

/// Routes behind those of the good district, each `id: when -> desk`.
fn routes(lines: &str) -> String {
    let route = |line: &str| {
        let (id, rest) = line.trim().split_once(": ").expect("an id");
        let (when, to) = rest.rsplit_once("-> ").expect("a desk");
        format!("[[route]]\nid = \"{id}\"\non = \"sorted\"\nwhen = {{ {} }}\nto = \"{to}\"\n", when.trim())
    };
    lines.trim().lines().map(route).collect()
}

/// The good district with a second hall and these routes alone for what triage says.
fn district(lines: &str) -> super::Files {
    let mut files = good();
    files.remove("desks/rest.toml");
    let hall = "[desk.hall]\nlibrary = \"hall\"\nroles = { chair = \"secretary\" }\n[desk.annex]\nlibrary = \"hall\"\n\
        roles = { chair = \"secretary\" }\n[[watch]]\nid = \"news\"\non = [\"settled\"]\nto = [\"triage\"]\n\
        [[watch]]\nid = \"all\"\non = [\"sorted\"]\nto = [\"hall\", \"annex\"]\n";
    files.insert("desks/hall.toml".into(), format!("{hall}{}", routes(lines)).into());
    files
}

#[test]
fn a_route_hidden_by_several_together() {
    check(
        &district(
            "light: weight = { max = 4 } -> hall
             heavy: weight = { min = 5, max = 9 } -> hall
             heavier: weight = { min = 10 } -> hall
             odd: urgent = true -> hall
             some-weight: weight = { exists = true }, urgent = false -> annex
             no-weight: weight = { exists = false } -> hall
             rest: kind = \"request\" -> hall",
        ),
        expect![[r#"
            good, with
            desks/hall.toml:36:6: warning: route "some-weight" never matches: routes "light", "heavy", "heavier" before it together take all it would
            desks/hall.toml:46:6: warning: route "rest" never matches: routes "light", "heavy", "heavier", "no-weight" before it together take all it would
        "#]],
    );
}

#[test]
fn every_value_of_a_label_and_none_at_all() {
    check(
        &district(
            "small: size = \"small\" -> hall
             big: size = \"big\" -> hall
             any: size = { exists = true } -> hall
             not-big: size = { not = \"big\" } -> annex
             rest: urgent = true -> hall",
        ),
        expect![[r#"
            good, with
            desks/hall.toml:26:6: warning: route "any" never matches: routes "small", "big" before it together take all it would
            desks/hall.toml:36:6: warning: route "rest" never matches: routes "big", "not-big" before it together take all it would
        "#]],
    );
}

/// A code may be on a matter that is in no list any more; a choice may not.
#[test]
fn codes_are_never_all_listed() {
    check(
        &district(
            "codes: category = [\"water\", \"pipe\", \"burst\"] -> hall
             other-code: category = { exists = true } -> hall
             no-code: category = { exists = false } -> hall
             rest: urgent = true -> hall",
        ),
        expect![[r#"
            good, with
            desks/hall.toml:31:6: warning: route "rest" never matches: routes "other-code", "no-code" before it together take all it would
        "#]],
    );
}

#[test]
fn places_within_places() {
    check(
        &district(
            "east: place = \"a/b/**\" -> hall
             compound: place = \"a/b/c\" -> hall
             west: place = \"a/d\" -> hall
             west-too: place = \"a/d/**\" -> annex
             top: place = \"a\" -> hall
             rest: place = \"a/**\" -> hall",
        ),
        expect![[r#"
            good, with
            desks/hall.toml:21:6: warning: route "compound" never matches: route "east" before it takes all it would
            desks/hall.toml:31:6: warning: route "west-too" never matches: route "west" before it takes all it would
            desks/hall.toml:41:6: warning: route "rest" never matches: routes "east", "west", "top" before it together take all it would
        "#]],
    );
}

#[test]
fn a_kind_that_does_not_lie_there() {
    let session = [
        (
            "intake",
            "[[list]]",
            "[[kind]]\nname = \"session\"\nprefix = \"HY\"\ntitle = { zh = \"会\", en = \"Session\" }\n\
        stages = [{ name = \"new\", title = { zh = \"新\", en = \"New\" } }]\n[[list]]",
        ),
        (
            "hall",
            "[label]",
            "[[kind]]\nname = \"session\"\nstages = [{ name = \"on\", title = { zh = \"在\", en = \"On\" } }]\n[label]",
        ),
    ];
    check_manifests(
        &district(
            "sessions: kind = \"session\" -> hall
             rest: kind = \"request\" -> hall
             more: urgent = true -> hall",
        ),
        &session,
        expect![[r#"
            good, with
            desks/hall.toml:16:6: warning: route "sessions" never matches: no matter is all that it asks for; look at `kind` and at what values its labels can have
            desks/hall.toml:26:6: warning: route "more" never matches: route "rest" before it takes all it would
        "#]],
    );
}

/// A word only where neither is plainly the special case before the general one.
#[test]
fn routes_that_overlap() {
    check(
        &district(
            "urgent: urgent = true -> annex
             small: size = \"small\" -> hall
             rest: kind = \"request\" -> hall",
        ),
        expect![[r#"
            good, with
            desks/hall.toml:21:6: warning: routes "urgent" and "small" both fit "sorted" of desk "triage" where size is small and urgent is true; "urgent" comes first and takes it; if that is meant, leave these out of "small" by its `when`; then their order does not matter
        "#]],
    );
    check(
        &district(
            "some: weight = { min = 3, max = 7 }, size = \"big\" -> annex
             urgent: urgent = true, category = \"pipe\" -> annex
             many: weight = { min = 5, max = 9 }, urgent = { not = false } -> hall
             rest: kind = \"request\" -> hall",
        ),
        expect![[r#"
            good, with
            desks/hall.toml:26:6: warning: routes "some" and "many" both fit "sorted" of desk "triage" where size is big and urgent is true and weight is 5 to 7; "some" comes first and takes it (and so it is with 1 more before it); if that is meant, leave these out of "many" by its `when`; then their order does not matter
        "#]],
    );
}

#[test]
fn exceptions_before_the_rule() {
    check(
        &district(
            "within: size = \"small\", urgent = true -> annex
             asks-more: urgent = true, category = \"pipe\" -> annex
             of-a-place: place = \"a/b/**\" -> annex
             left-out: urgent = true, size = { not = \"small\" } -> annex
             small: size = \"small\" -> hall
             rest: kind = \"request\" -> hall",
        ),
        expect![[r#"
            good
        "#]],
    );
}

#[test]
fn desks_that_only_each_other_reach() {
    let change = [("hall", "[[say]]", "[[take]]\ntopic = \"settled\"\n[[say]]")];
    let mut files = district("rest: kind = \"request\" -> hall");
    let more = "[desk.one]\nlibrary = \"hall\"\nroles = { chair = \"secretary\" }\n[desk.two]\nlibrary = \"hall\"\nroles = { chair = \"secretary\" }\n\
        [[route]]\nid = \"to-two\"\non = \"settled\"\nfrom = \"one\"\nto = \"two\"\n\
        [[route]]\nid = \"to-one\"\non = \"settled\"\nfrom = \"two\"\nto = \"one\"\n";
    files.insert("desks/more.toml".into(), more.into());
    check_manifests(
        &files,
        &change,
        expect![[r#"
        good, with
        desks/more.toml:2:11: warning: only routes that never match, or desks that nothing reaches, lead to desk "one"
        desks/more.toml:5:11: warning: only routes that never match, or desks that nothing reaches, lead to desk "two"
    "#]],
    );
}

#[test]
fn rounds_without_a_person_or_a_clock() {
    let files = || {
        with(
            "desks/hall.toml",
            "[[watch]]\nid = \"news\"\non = [\"settled\"]\nto = [\"triage\"]\n",
            "[[route]]\nid = \"back\"\non = \"settled\"\nto = \"triage\"\n",
        )
    };
    let told = |triage: &'static str, hall: &'static str| {
        [("triage", "topic = \"sorted\"\n", triage), ("hall", "topic = \"settled\"\n", hall)]
    };
    let [sorted, settled] =
        ["topic = \"sorted\"\nafter = [\"reported\", \"settled\"]\n", "topic = \"settled\"\nafter = [\"sorted\"]\n"];
    check_manifests(
        &files(),
        &told(sorted, settled),
        expect![[r#"
            good, with
            desks/hall.toml:6:6: warning: a matter can go round without a person or a clock: hall → triage → hall (small, back); narrow "small" or another route of the round, so that it ends
        "#]],
    );
    // A person settles it: no round without one.
    check_manifests(
        &files(),
        &told(sorted, "topic = \"settled\"\nafter = [\"settle\"]\n"),
        expect![[r#"
        good, with
    "#]],
    );
    // Nothing is claimed of a desk that people act on and that does not tell.
    check_manifests(
        &files(),
        &told(sorted, "topic = \"settled\"\n"),
        expect![[r#"
        good, with
    "#]],
    );
}

#[test]
fn roles_that_nobody_has() {
    let files = with("people.csv", "wang,王芳,secretary,a/b/c,,2024-01-02,2025-12-31\n", "");
    check(
        &files,
        expect![[r#"
        good, with
        hongling.toml:27:7: warning: nobody has the role "secretary", which is named by hall/settle; add a row to the table of people, or name another role in the desk: roles = { secretary = "…" }
    "#]],
    );
}

#[test]
fn units_without_a_duty() {
    let duty = [(
        "hall",
        "[label]",
        "[[list]]\nname = \"duty\"\n[list.columns]\nlead = { type = \"unit\", required = true, title = { zh = \"主办\", en = \"Lead\" } }\n[label]",
    )];
    let mut files = and("hongling.toml", "[list.duty]\nfile = \"lists/duty.csv\"\n");
    change(&mut files, "units.csv", "供电\n", "供电\nwater,供水公司,Water,utility,供水\n");
    // By its title as well as by its name.
    files.insert("lists/duty.csv".into(), "code,title,lead\na,停电,供电公司\n".into());
    check_manifests(
        &files,
        &duty,
        expect![[r#"
        good, with
        units.csv:3:1: warning: unit "water" has no duty: no row of a list names it; give it a row in the list "duty" (columns lead), or take it out of the table of units
    "#]],
    );
}

#[test]
fn somebody_else_who_is_not_there() {
    let more = [(
        "hall",
        "who = [\"@holder\", \"chair\"]",
        "who = [\"clerk\"]\n[[action]]\nname = \"confirm\"\n\
        title = { zh = \"复核\", en = \"Confirm\" }\non = \"request\"\nother_than = [\"settle\"]\nwho = [\"clerk\", \"chair\"]",
    )];
    // Li is the only clerk at `a` and `a/d`; at `a/b` there is Wang too.
    check_manifests(
        &good(),
        &more,
        expect![[r#"
            good, with
            desks/hall.toml:2:11: warning: desk "hall" wants "confirm" done by somebody who did not do settle, but at a and 1 more place nobody else may be left; appoint somebody else there in the table of people
        "#]],
    );
    let mut files = good();
    change(&mut files, "people.csv", "li,李刚", "zhao,赵敏,clerk,a,,,\nli,李刚");
    check_manifests(
        &files,
        &more,
        expect![[r#"
        good, with
    "#]],
    );
}
