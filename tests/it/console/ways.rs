//! The main ways through the pages: in, what one does all day, and out again; and what keeps others out.

use super::client::{Answered, Browser, Line};
use super::served::{OWN_PASSWORD, Served};

/// A small matter that waits for the branch secretary of its compound.
const WAITING: &str = r#"open {"title": "楼道灯不亮", "text": "三单元一楼到三楼都不亮", "place": "西苑小区"}"#;

#[test]
fn a_day_at_the_desk() {
    let served = Served::after(WAITING);
    let first = served.first_password("ma-aizhen");
    let mut browser = Browser::new(served.address());
    // What needs an account leads to the sign-in, and from there back.
    browser.go("/matters/SQ2026-000001");
    assert!(browser.shown.text().contains("name=\"next\" value=\"/matters/SQ2026-000001\""), "{:?}", browser.shown);
    browser.submit("/sign-in", &[("name", "马爱珍"), ("password", &first)]);
    // A first password opens nothing but the page on which another is chosen.
    assert!(browser.shown.text().contains("初始密码"), "{}", browser.shown.text());
    assert_eq!(browser.get("/matters").header("location"), Some("/password"));
    browser.go("/password");
    let short = [("old", &*first), ("new", "短"), ("again", "短")];
    assert_eq!(browser.submit("/password", &short).status, 422);
    browser.submit("/password", &[("old", &first), ("new", OWN_PASSWORD), ("again", OWN_PASSWORD)]);

    let desk = browser.shown.text();
    assert!(desk.contains("我的待办") && desk.contains("楼道灯不亮"), "{desk}");
    browser.go("/matters/SQ2026-000001");
    assert!(browser.shown.text().contains("/matters/SQ2026-000001/act/agenda"), "{}", browser.shown.text());
    browser.go("/matters/SQ2026-000001/act/agenda");
    let path = "/matters/SQ2026-000001/act/agenda";
    assert_eq!(browser.send_form(path, &[("session", "2020-01-01")]).status, 422);
    assert!(browser.shown.text().contains("role=\"alert\""), "{}", browser.shown.text());
    browser.submit(path, &[("session", "2026-03-04")]);
    let told = browser.shown.text();
    for words in ["已办理：列入议题", "已列入议题", "马爱珍", "2026-03-04"] {
        assert!(told.contains(words), "{words} is not in {told}");
    }

    let session = browser.cookies["__Host-session"].clone();
    browser.submit("/sign-out", &[]);
    assert!(browser.shown.text().contains("我要反映"), "{}", browser.shown.text());
    // Not only forgotten by this browser: it is over.
    browser.cookies.insert("__Host-session".to_owned(), session);
    assert_eq!(browser.get("/matters").status, 303);
}

/// A form that is sent twice, as by a second click, is one input.
#[test]
fn sent_twice_it_is_done_once() {
    let served = Served::after("");
    let mut browser = Browser::new(served.address());
    browser.go("/report");
    let page = browser.shown.clone();
    let filled = [("title", "路灯不亮"), ("place", "daguan/linghu/huamao/xiyuan")];
    let first = browser.submit("/report", &filled).clone();
    browser.shown = page;
    let second = browser.submit("/report", &filled).clone();
    assert!(first.text().contains("SQ2026-000001"), "{}", first.text());
    assert!(second.text().contains("SQ2026-000001"), "{}", second.text());
}

#[test]
fn a_resident_reports() {
    let served = Served::after("");
    let mut browser = Browser::new(served.address());
    browser.go("/");
    assert!(browser.shown.text().contains("href=\"/report\""), "{}", browser.shown.text());
    browser.go("/report");
    // What is for staff is not asked, and not taken either.
    assert!(!browser.shown.text().contains("name=\"behalf\""), "{}", browser.shown.text());
    let filled = [
        ("title", "3幢门口路灯不亮"),
        ("text", "晚上一片漆黑"),
        ("place", "daguan/linghu/huamao/xiyuan"),
        ("contact", "13900001234"),
        ("channel", "hotline"),
    ];
    browser.submit("/report", &filled);
    assert!(browser.shown.text().contains("SQ2026-000001"), "{}", browser.shown.text());
    let mut staff = served.signed_in("ma-aizhen");
    let page = staff.go("/matters/SQ2026-000001").text();
    assert!(page.contains("3幢门口路灯不亮") && !page.contains("13900001234"), "{page}");
}

fn try_in(browser: &mut Browser, name: &str, password: &str) -> Answered {
    browser.go("/sign-in");
    browser.send_form("/sign-in", &[("name", name), ("password", password)]).clone()
}

/// P15: who has the name and not the password learns nothing, not even that there is such a name.
#[test]
fn a_wrong_password() {
    let served = Served::after("");
    let first = served.first_password("ma-aizhen");
    let mut browser = Browser::new(served.address());
    let told = |answered: &Answered| {
        (answered.status, answered.text().replace("ma-aizhen", "NAME").replace("nobody-ever", "NAME"))
    };
    let known = told(&try_in(&mut browser, "ma-aizhen", "wrong"));
    let unknown = told(&try_in(&mut browser, "nobody-ever", "wrong"));
    assert_eq!((known.0, &known), (401, &unknown));
    assert!(!browser.cookies.contains_key("__Host-session"));
    // Nor does an address in `next` lead anywhere else.
    browser.go("/sign-in?next=//elsewhere.test/");
    browser.send_form("/sign-in", &[("name", "ma-aizhen"), ("password", &first)]);
    assert_eq!(browser.shown.header("location"), Some("/"));
    let cookies: Vec<&str> = browser
        .shown
        .headers
        .iter()
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value.as_str())
        .collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        assert!(cookie.contains("; Path=/; Secure; HttpOnly; SameSite=Strict"), "{cookie}");
    }
}

/// P15: five tries a minute by name and by address, and nobody can keep the owner of a name out of the
/// browser they always use.
#[test]
fn guessing_is_slow_and_locks_nobody_out() {
    let served = Served::after("");
    let mut own = served.signed_in("ma-aizhen");
    own.submit("/sign-out", &[]);
    let from = |last: u8| Browser::over(Line::open_from([127, 0, 0, last].into(), served.address()));
    let mut stranger = from(2);
    for _ in 0..5 {
        assert_eq!(try_in(&mut stranger, "ma-aizhen", "wrong").status, 401);
    }
    let refused = try_in(&mut stranger, "ma-aizhen", "wrong");
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!(refused.status == 429 && (1..=60).contains(&wait), "{refused:?}");
    // That address has had its tries, for any name; and what a proxy would say of it changes nothing.
    assert_eq!(try_in(&mut stranger, "zhao-defu", "wrong").status, 429);
    let body = b"name=zhao-defu&password=wrong";
    let headers = [
        ("Sec-Fetch-Site", "same-origin"),
        ("X-Forwarded-For", "10.1.2.3"),
        ("Forwarded", "for=10.1.2.3"),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let mut line = Line::open_from([127, 0, 0, 2].into(), served.address());
    assert_eq!(line.ask("POST", "/sign-in", &headers, Some(body)).unwrap().status, 429);
    // The name is tried enough for all browsers that nobody knows, but another name is not.
    assert_eq!(try_in(&mut from(3), "ma-aizhen", OWN_PASSWORD).status, 429);
    assert_eq!(try_in(&mut from(3), "zhao-defu", "wrong").status, 401);
    assert_eq!(try_in(&mut own, "ma-aizhen", OWN_PASSWORD).status, 303, "the owner's own browser");
}

/// A config that does not hold changes nothing, and who runs the host reads why until it is mended.
#[test]
fn a_config_that_does_not_hold_is_told() {
    let served = Served::after("");
    let mut browser = served.signed_in("zhao-defu");
    let file = served.folder().join("hongling.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!browser.get("/host").text().contains("hongling.toml"));
    std::fs::write(&file, text.replace("size = \"small\"", "size = \"smal\"")).unwrap();
    served.hear("did you mean");
    let page = browser.get("/host").text();
    assert!(page.contains("hongling.toml:") && page.contains("仍按原配置运行"), "{page}");
    std::fs::write(&file, text).unwrap();
    while browser.get("/host").text().contains("hongling.toml:") {}
}
