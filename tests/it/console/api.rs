//! `/api/v1` as programs use it: the same matters, views, tables and figures that pages and commands give.

use serde_json::{Value, json};

use super::program::Program;
use super::served::Served;
use crate::program::hongling_json;

const XIYUAN: &str = "daguan/linghu/huamao/xiyuan";
const TWO: &str = r#"
open {"title": "楼道灯不亮", "text": "三单元一楼到三楼都不亮", "place": "西苑小区"}
open {"title": "消防通道被堵", "place": "西苑小区"}
"#;

fn numbers(list: &Value) -> Vec<&str> {
    list["matters"].as_array().unwrap().iter().map(|matter| matter["number"].as_str().unwrap()).collect()
}

#[test]
fn matters_are_opened_listed_shown_and_acted_on() {
    let served = Served::after(TWO);
    let mut program = Program::of(&served, "ma-aizhen");
    let report = json!({ "title": "3幢门口路灯不亮", "place": XIYUAN });
    let opened = program.post("/api/v1/matters", &[("Idempotency-Key", "n1")], &report);
    assert_eq!((opened.status, opened.header("location")), (201, Some("/api/v1/matters/SQ2026-000003")));
    // The same again is the same; the same key for something else is refused; a blank one is none.
    assert_eq!(program.post("/api/v1/matters", &[("Idempotency-Key", "n1")], &report).json(), opened.json());
    let other = json!({ "title": "4幢门口路灯不亮", "place": XIYUAN });
    assert_eq!(program.post("/api/v1/matters", &[("Idempotency-Key", "n1")], &other).status, 422);
    assert_eq!(program.post("/api/v1/matters", &[("Idempotency-Key", "  ")], &other).status, 400);
    assert_eq!(program.post("/api/v1/matters", &[("Idempotency-Key", &"k".repeat(300))], &other).status, 400);
    // Another person's key is another's.
    let mut head = Program::of(&served, "pan-zhiqiang");
    let again = head.post("/api/v1/matters", &[("Idempotency-Key", "n1")], &report).json();
    assert_eq!(again["matters"][0]["number"], "SQ2026-000004");

    let first = program.value("/api/v1/matters?limit=1&status=all");
    assert_eq!(numbers(&first), ["SQ2026-000004"]);
    let next = first["next"].as_str().unwrap();
    let rest = program.value(&format!("/api/v1/matters?status=all&after={next}"));
    assert_eq!(numbers(&rest), ["SQ2026-000003", "SQ2026-000002", "SQ2026-000001"]);
    assert_eq!(numbers(&program.value("/api/v1/matters?label.size=big&desk=station")), ["SQ2026-000002"]);

    let whole = program.value("/api/v1/matters/SQ2026-000001");
    let actions: Vec<&str> =
        whole["actions"].as_array().unwrap().iter().map(|action| action["name"].as_str().unwrap()).collect();
    assert!(actions.contains(&"agenda") && !actions.contains(&"settle"), "{actions:?}");
    assert_eq!(whole["actions"][0]["form"]["properties"]["session"]["format"], "date", "{whole}");
    let path = "/api/v1/matters/SQ2026-000001/actions/agenda";
    let refused = program.post(path, &[], &json!({}));
    assert_eq!((refused.status, refused.header("content-type")), (422, Some("application/problem+json")));
    assert_eq!(refused.json()["refused"][0]["field"], "session");
    assert_eq!(program.post(&format!("{path}?at=station"), &[], &json!({ "session": "2026-03-04" })).status, 422);
    let done = program.post(path, &[("Idempotency-Key", "a1")], &json!({ "session": "2026-03-04" }));
    assert_eq!((done.status, &done.json()["matters"][0]["stage"]), (200, &json!("on-agenda")));
    let again = program.post(path, &[("Idempotency-Key", "a1")], &json!({ "session": "2026-03-04" }));
    assert_eq!(again.json(), done.json());
    let shown = program.value("/api/v1/matters/SQ2026-000001");
    let (_, by_command) = hongling_json(&["show", served.folder().to_str().unwrap(), "SQ2026-000001"]);
    for part in ["matter", "events", "clocks"] {
        assert_eq!(shown[part], by_command[part], "{part}");
    }
}

#[test]
fn what_is_asked_wrongly_is_said() {
    let served = Served::after(TWO);
    let mut program = Program::of(&served, "zhao-defu");
    for wrong in
        ["limit=0", "limit=x", "status=shut", "lamp=pink", "colour=red", "unrouted=1", "from=today", "desk=a&desk=b"]
    {
        let told = program.get(&format!("/api/v1/matters?{wrong}"));
        assert_eq!(told.status, 400, "{wrong}: {}", told.text());
        let problem = told.json();
        assert_eq!(problem["refused"][0]["field"].as_str(), wrong.split('=').next(), "{problem}");
        assert!(problem["detail"]["zh"].is_string() && problem["detail"]["en"].is_string(), "{problem}");
    }
    let send = |program: &mut Program, kind: &str, body: &[u8]| {
        program.ask("POST", "/api/v1/matters", &[("Content-Type", kind)], Some(body)).status
    };
    assert_eq!(send(&mut program, "application/json", b"[]"), 400);
    assert_eq!(send(&mut program, "application/json", b"{\"title\":"), 400);
    assert_eq!(send(&mut program, "text/plain", b"title"), 415);
    assert_eq!(send(&mut program, "application/x-www-form-urlencoded", b"title=x"), 415);
    // As deep as one likes, it is no more than refused.
    let deep = format!("{{\"title\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(send(&mut program, "application/json", deep.as_bytes()), 400);
}

#[test]
fn other_methods() {
    let served = Served::after(TWO);
    let mut program = Program::of(&served, "zhao-defu");
    for (path, allowed) in
        [("/api/v1/matters", "GET, HEAD, POST"), ("/api/v1/status", "GET, HEAD"), ("/sign-out", "POST")]
    {
        for method in ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"] {
            let told = program.ask(method, path, &[], None);
            assert_eq!((told.status, told.header("allow")), (405, Some(allowed)), "{method} {path}");
        }
    }
    let (got, head) = (program.get("/api/v1/status"), program.ask("HEAD", "/api/v1/status", &[], None));
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["content-length", "content-type", "content-security-policy"] {
        assert_eq!(head.header(name), got.header(name), "{name}");
    }
}

#[test]
fn desks_and_views() {
    let served = Served::after(TWO);
    let mut program = Program::of(&served, "ma-aizhen");
    let desks = program.value("/api/v1/desks");
    let names: Vec<&str> =
        desks["desks"].as_array().unwrap().iter().map(|desk| desk["name"].as_str().unwrap()).collect();
    // Triage has nothing for a branch secretary.
    assert!(names.contains(&"council") && !names.contains(&"triage"), "{names:?}");
    let view = program.value("/api/v1/desks/council/views/board");
    let folder = served.folder();
    let by_command = hongling_json(&["view", folder.to_str().unwrap(), "council", "board", "--by", "ma-aizhen"]).1;
    assert_eq!(view, by_command);
    let csv = program.get("/api/v1/desks/council/views/board/csv");
    assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
    assert!(csv.text().contains("楼道灯不亮"), "{}", csv.text());
    let xlsx = program.get("/api/v1/desks/council/views/board/xlsx");
    assert!(xlsx.body.starts_with(b"PK"), "{xlsx:?}");
    for none in ["triage/views/unsure", "council/views/none", "none/views/board", "council/views/board/pdf"] {
        assert_eq!(program.get(&format!("/api/v1/desks/{none}")).status, 404, "{none}");
    }
}

/// The people whom somebody may see, and of them what they hold where that may be seen.
#[test]
fn the_directory_is_cut() {
    let served = Served::after("");
    let people = |person: &str| -> Vec<String> {
        let value = Program::of(&served, person).value("/api/v1/directory/people");
        value["people"].as_array().unwrap().iter().map(|person| person["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(people("ma-aizhen"), ["ma-aizhen", "zheng-yufen"]);
    assert_eq!(people("lin-yongqing"), ["lin-yongqing"]);
    assert!(100 < people("zhao-defu").len());
    let mut program = Program::of(&served, "lin-yongqing");
    let places = program.value(&format!("/api/v1/directory/places?within={XIYUAN}"));
    assert_eq!(places["places"][0]["title"]["zh"], "西苑小区");
    let mut all = 0;
    let mut after = String::new();
    loop {
        let page = program.value(&format!("/api/v1/directory/places{after}"));
        all += page["places"].as_array().unwrap().len();
        let Some(next) = page["next"].as_str() else { break };
        after = format!("?after={next}");
    }
    let table = std::fs::read_to_string(served.folder().join("places.csv")).unwrap();
    assert_eq!(all, table.lines().count() - 1);
    assert_eq!(program.value("/api/v1/directory/roles")["roles"].as_array().unwrap().len(), 13);
    assert!(program.value("/api/v1/directory/units")["units"].as_array().is_some_and(|units| 10 < units.len()));
}

const TABLE: &str = "title,text,place,address,channel,at,contact,source-no\n\
    路灯不亮,一片漆黑,西苑小区,3幢,hotline,2026-03-01 08:00,13900001234,H1\n\
    没有题目的地方,x,哪里也不是,,hotline,2026-03-01 08:00,,H2\n";

/// A table comes to the same as by `hongling import`.
#[test]
fn a_table_is_imported_as_by_the_command() {
    let (served, other) = (Served::after(""), crate::story::Story::new());
    let file = other.folder().join("table.csv");
    std::fs::write(&file, TABLE).unwrap();
    let (file, errors) = (file.to_str().unwrap(), other.folder().join("errors.csv"));
    let folder = other.folder();
    let command = |more: &[&str]| {
        let common = ["import", folder.to_str().unwrap(), file, "--desk", "intake", "--by", "zhao-defu"];
        hongling_json(&[&common[..], &["--errors", errors.to_str().unwrap()], more].concat()).1
    };
    let mut program = Program::of(&served, "zhao-defu");
    let mut sent = |query: &str, table: &[u8]| {
        let path = format!("/api/v1/desks/intake/imports/requests{query}");
        program.ask("POST", &path, &[("Content-Type", "text/csv")], Some(table))
    };
    let dry = (sent("?dry-run=true", TABLE.as_bytes()).json(), command(&["--dry-run"]));
    for name in ["rows", "good", "refused", "preview"] {
        assert_eq!(dry.0[name], dry.1[name], "{name}");
    }
    assert_eq!(dry.0["objections"][0]["row"], dry.1["objections"][0]["row"]);
    assert_eq!(dry.0["objections"][0]["text"]["en"], dry.1["objections"][0]["text"]);
    for _ in 0..2 {
        let real = (sent("", TABLE.as_bytes()).json(), command(&[]));
        for name in ["rows", "opened", "repeated", "refused"] {
            assert_eq!(real.0[name], real.1[name], "{name}");
        }
        assert!(!real.0.to_string().contains("13900001234"), "{}", real.0);
    }
    for (table, status) in [(&b""[..], 422), (b"\x00\x01\x02", 422), (b"title\nx\n", 422)] {
        let told = sent("", table);
        assert!(told.status == status && !told.text().contains("/proc/"), "{}", told.text());
    }
    assert_eq!(program.ask("POST", "/api/v1/desks/intake/imports/none", &[], Some(b"x")).status, 404);
    let data = std::fs::read_dir(served.folder().join("data")).unwrap();
    assert!(data.map(|entry| entry.unwrap().file_name()).all(|name| !name.to_string_lossy().starts_with("upload")));
}

#[test]
fn running_the_host() {
    let served = Served::after(TWO);
    let mut operator = Program::of(&served, "zhao-defu");
    let status = operator.value("/api/v1/status");
    assert_eq!((&status["matters"], &status["parked"]), (&json!(2), &json!(0)));
    let folder = served.folder();
    let folder = folder.to_str().unwrap();
    let head = operator.value("/api/v1/audit/head");
    assert_eq!(head["head"], hongling_json(&["audit", folder, "head"]).1["head"]);
    assert_eq!(operator.value("/api/v1/audit/verify"), hongling_json(&["audit", folder, "verify"]).1);
    let mut other = Program::of(&served, "wang-xiufang");
    let none = other.get("/api/v1/none");
    for path in ["/api/v1/status", "/api/v1/audit/head", "/api/v1/audit/verify"] {
        let told = other.get(path);
        assert_eq!((told.status, &told.body), (404, &none.body), "{path}");
    }
}

#[test]
fn tokens() {
    let served = Served::after(TWO);
    let mut reading = Program::with(&served, Some(served.token_with("zhao-defu", &["--read-only"])));
    assert_eq!(numbers(&reading.value("/api/v1/matters")).len(), 2);
    assert_eq!(reading.post("/api/v1/matters", &[], &json!({ "title": "x", "place": XIYUAN })).status, 403);
    let mut unknown = Program::with(&served, Some("f".repeat(64)));
    let told = unknown.get("/api/v1/matters");
    assert_eq!((told.status, told.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(Program::with(&served, None).get("/api/v1/matters").status, 401);
    // Somebody whose first password is not changed yet has no business here either.
    let first = served.first_password("hu-huijuan");
    let mut browser = super::client::Browser::new(served.address());
    browser.go("/sign-in");
    browser.send_form("/sign-in", &[("name", "hu-huijuan"), ("password", &first)]);
    assert_eq!(browser.get("/api/v1/matters").status, 403);
    // Taken away, a token is gone at the next request.
    let (code, _) = hongling_json(&["person", served.folder().to_str().unwrap(), "close", "zhao-defu"]);
    assert_eq!((code, reading.get("/api/v1/matters").status), (Some(0), 401));
}
