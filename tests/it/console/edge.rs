//! P14, P17: what no honest browser sends. Nothing of it stops the host, changes anything, or is answered
//! without the headers that keep a page from being made to act.

use serde_json::json;

use super::client::{Answered, Line};
use super::program::Program;
use super::served::Served;

/// Headers of every answer that has something in it.
const GUARDS: [(&str, &str); 7] = [
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("x-frame-options", "DENY"),
    ("strict-transport-security", "max-age=31536000"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
];
const REQUESTS: usize = 10_000;
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const HALF_OPEN: usize = 500;

/// What is no HTTP at all is answered by the library that reads it, bare: then there is nothing in it.
fn check_guarded(answered: &Answered) {
    if answered.body.is_empty() && matches!(answered.status, 400 | 414 | 431) {
        return;
    }
    for (name, value) in GUARDS {
        assert_eq!(answered.header(name), Some(value), "{name} of {answered:?}");
    }
    let policy = answered.header("content-security-policy").unwrap();
    let is_held = ["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"];
    assert!(is_held.iter().all(|part| policy.contains(part)) && !policy.contains("unsafe"), "{policy}");
    assert!(answered.header("cache-control").is_some() && answered.header("access-control-allow-origin").is_none());
}

/// What comes back for these bytes, if anything.
fn sent(served: &Served, bytes: &[u8]) -> Option<Answered> {
    let mut line = Line::open(served.address());
    // It may be answered, and the connection ended, before all of it is sent.
    let _ = line.send(bytes);
    let answered = line.read(bytes.starts_with(b"HEAD ")).ok();
    answered.as_ref().map(check_guarded);
    answered
}

#[test]
fn what_is_not_as_it_must_be() {
    let mut served = Served::after("");
    let many: String = (0..200).map(|nth| format!("X-{nth}: y\r\n")).collect();
    let long = format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(64 * 1024));
    let far = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "x".repeat(64 * 1024));
    let large = "x".repeat(600 * 1024);
    let post = "POST /report HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n";
    let typed = format!("{post}Content-Type: application/x-www-form-urlencoded\r\n");
    let cases: Vec<(&str, String, &[u16])> = vec![
        ("a long header", long, &[431]),
        ("a long address", far, &[414, 431]),
        ("many headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n"), &[431]),
        ("a large body", format!("{typed}Content-Length: {}\r\n\r\n{large}", large.len()), &[413]),
        ("a body said to be large", format!("{typed}Content-Length: 99999999999\r\n\r\nx"), &[413]),
        ("chunks of nothing", format!("{typed}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), &[400]),
        (
            "a chunk of more than there is",
            format!("{typed}Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n"),
            &[400],
        ),
        ("two lengths", format!("{typed}Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde"), &[400]),
        ("two hosts", "GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n".to_owned(), &[400]),
        (
            "two tokens",
            "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: a\r\nAuthorization: b\r\n\r\n".to_owned(),
            &[400, 401],
        ),
        ("an absolute address", "GET http://elsewhere.test/ HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), &[404]),
        ("a tunnel", "CONNECT elsewhere.test:443 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), &[400, 404, 405]),
        ("a star", "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), &[404]),
        ("another version", "GET / HTTP/3.7\r\nHost: x\r\n\r\n".to_owned(), &[400]),
        ("the next version", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), &[]),
        ("a broken line", "GET /\r\n\r\n".to_owned(), &[400]),
        ("a folded header", "GET / HTTP/1.1\r\nHost: x\r\n  y\r\n\r\n".to_owned(), &[400]),
        ("a space before the colon", "GET / HTTP/1.1\r\nHost : x\r\n\r\n".to_owned(), &[400]),
        ("no path", "GET ../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), &[400, 404]),
        (
            "another upgrade",
            "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n".to_owned(),
            &[200],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, bytes, statuses) in cases {
        let status = sent(&served, bytes.as_bytes()).map(|answered| answered.status);
        // Where none fits, the connection is ended without an answer.
        if status.map_or(!statuses.is_empty(), |status| !statuses.contains(&status)) {
            wrong.push(format!("{name}: {status:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(served.is_alive());
}

/// A body with two ends: whoever believes the other one never gets another request in.
#[test]
fn a_request_behind_another_is_not_read() {
    let served = Served::after("");
    for lengths in
        ["Content-Length: 61\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 61"]
    {
        let mut line = Line::open(served.address());
        let behind = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
        line.send(format!("POST /report HTTP/1.1\r\nHost: x\r\n{lengths}\r\n\r\n{behind}").as_bytes()).unwrap();
        let told = line.read(false).unwrap();
        assert_eq!((told.status, told.header("connection")), (403, Some("close")), "{lengths}");
        assert!(line.read(false).is_err(), "{lengths}: one answer and no more");
    }
}

/// Some hold their places without ever saying what they want; everybody else is served.
#[test]
fn who_says_nothing_keeps_nobody_out() {
    let served = Served::after("");
    let mut silent: Vec<Line> = (0..HALF_OPEN).map(|_| Line::open(served.address())).collect();
    for line in &mut silent {
        line.send(b"POST /report HTTP/1.1\r\nHost: x\r\nContent-Le").unwrap();
    }
    let mut program = Program::of(&served, "zhao-defu");
    for _ in 0..20 {
        assert_eq!(program.get("/matters").status, 200);
        assert_eq!(Program::with(&served, None).get("/healthz").status, 200);
    }
}

/// What is sent: its name, its headers, its body.
type Variant<'a> = (&'static str, Vec<(&'a str, &'a str)>, &'a str);

/// A page elsewhere can make a browser send a form with the cookie, as far as SameSite lets it, but
/// neither hide from where nor know the token.
#[test]
fn nothing_is_done_that_was_sent_from_elsewhere() {
    let served = Served::after(r#"open {"title": "楼道灯不亮", "place": "西苑小区"}"#);
    let browser = served.signed_in("ma-aizhen");
    let cookie = format!("__Host-session={}", browser.cookies["__Host-session"]);
    let page = browser.shown.text();
    let token = page.split("data-token=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let with = |site: &'static str| ("Sec-Fetch-Site", site);
    let good = format!("session=2026-03-04&_token={token}");
    let bare = "session=2026-03-04".to_owned();
    let wrong = format!("session=2026-03-04&_token={}", "0".repeat(token.len()));
    let own = [("Origin", "http://console.test")];
    let variants: [Variant<'_>; 12] = [
        ("from another site", vec![with("cross-site")], &good),
        ("from a sister site", vec![with("same-site")], &good),
        ("from no page", vec![with("none")], &good),
        ("from another site that says it is here", vec![with("cross-site"), own[0]], &good),
        ("by an old browser, from elsewhere", vec![("Origin", "https://elsewhere.test")], &good),
        ("by an old browser, from a page in a box", vec![("Origin", "null")], &good),
        ("from a name that begins as ours", vec![("Origin", "http://console.test.elsewhere.test")], &good),
        ("from another port", vec![("Origin", "http://console.test:81")], &good),
        ("by who says nothing", vec![], &good),
        ("by who says only where it came from", vec![("Referer", "http://console.test/")], &good),
        ("from here, without the token", vec![with("same-origin")], &bare),
        ("from here, with another's token", vec![with("same-origin"), own[0]], &wrong),
    ];
    let path = "/matters/SQ2026-000001/act/agenda";
    let mut line = Line::open(served.address());
    for (name, headers, body) in variants {
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        let headers = [&[("Cookie", &*cookie), kind][..], &headers].concat();
        let told = line.ask("POST", path, &headers, Some(body.as_bytes())).unwrap();
        assert_eq!(told.status, 403, "{name}");
        check_guarded(&told);
    }
    // Nor by who sends what a form cannot, or asks by a GET.
    let headers = [("Cookie", &*cookie), ("Content-Type", "text/plain"), with("cross-site")];
    assert_eq!(line.ask("POST", path, &headers, Some(good.as_bytes())).unwrap().status, 415);
    let headers = [("Cookie", &*cookie)];
    line.ask("GET", &format!("{path}?{good}"), &headers, None).unwrap();
    line.ask("GET", &format!("/sign-out?_token={token}"), &headers, None).unwrap();
    let stage = |program: &mut Program| program.value("/api/v1/matters/SQ2026-000001")["matter"]["stage"].clone();
    let mut program = Program::of(&served, "ma-aizhen");
    assert_eq!(stage(&mut program), json!("waiting"));
    // And the same, as the page sends it, is done.
    let headers = [("Cookie", &*cookie), ("Content-Type", "application/x-www-form-urlencoded"), with("same-origin")];
    let told = line.ask("POST", path, &headers, Some(good.as_bytes())).unwrap();
    assert_eq!((told.status, stage(&mut program)), (303, json!("on-agenda")));
}

/// Random numbers that are the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 16) % end as u64).unwrap()
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }

    fn junk(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| u8::try_from(self.below(256)).unwrap()).collect()
    }
}

const PATHS: [&str; 24] = [
    "/",
    "/matters",
    "/matters/SQ2026-000001",
    "/matters/%E8%B7%AF",
    "/desks",
    "/desks/council",
    "/desks/council/views/board",
    "/desks/intake/views/sources",
    "/report",
    "/host",
    "/sign-in",
    "/password",
    "/language",
    "/api/v1/matters",
    "/api/v1/matters/SQ2026-000001",
    "/api/v1/matters/SQ2026-000001/actions/agenda",
    "/api/v1/desks/intake/actions/report",
    "/api/v1/desks/intake/imports/requests",
    "/api/v1/directory/places",
    "/api/v1/status",
    "/api/v1/audit/verify",
    "/api/v1/openapi.json",
    "/assets/x/y",
    "/none",
];
const QUERIES: [&str; 12] = [
    "limit=1",
    "limit=99999999999999999999",
    "before=9223372036854775807",
    "before=0",
    "status=all",
    "days=-1",
    "label.size=big",
    "label.=",
    "place=%00",
    "from=9999-12-31T23:59:59Z",
    "%ff=%fe",
    "dry-run=true",
];
const BODIES: [&str; 8] = [
    "",
    "{}",
    "{\"title\":\"x\",\"place\":\"西苑小区\"}",
    "{\"session\":\"2026-03-04\"}",
    "title=x&place=daguan",
    "title,place\nx,daguan\n",
    "{\"title\":{\"a\":[1e999]}}",
    "{\"title\":\"\\ud800\"}",
];
const KINDS: [&str; 5] =
    ["application/json", "application/x-www-form-urlencoded", "text/csv", "multipart/form-data; boundary=x", "\u{7f}"];

/// A request, and whether it came whole.
fn random(random: &mut Random, token: &str) -> (Vec<u8>, bool) {
    let methods = ["GET", "GET", "POST", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "G\u{e9}T", "get"];
    let mut target = random.pick(&PATHS).to_string();
    for at in 0..random.below(3) {
        target.push(if at == 0 { '?' } else { '&' });
        let query: &&str = random.pick(&QUERIES);
        target.push_str(query);
    }
    let mut body = random.pick(&BODIES).as_bytes().to_vec();
    if random.below(4) == 0 {
        body = random.junk(300);
    }
    let mut bytes = format!("{} {target} HTTP/1.1\r\nHost: x\r\n", random.pick(&methods)).into_bytes();
    if random.below(3) != 0 {
        bytes.extend_from_slice(format!("Authorization: Bearer {token}\r\n").as_bytes());
    }
    bytes.extend_from_slice(format!("Content-Type: {}\r\n", random.pick(&KINDS)).as_bytes());
    if random.below(4) == 0 {
        let junk: Vec<u8> = random.junk(60).into_iter().filter(|byte| !b"\r\n".contains(byte)).collect();
        bytes.extend_from_slice(b"X-Junk: ");
        bytes.extend_from_slice(&junk);
        bytes.extend_from_slice(b"\r\nCookie: __Host-session=");
        bytes.extend_from_slice(&junk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Connection: close\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(&body);
    // One in eight is damaged on its way.
    let is_whole = random.below(8) != 0;
    if !is_whole {
        let at = random.below(bytes.len());
        bytes[at] = u8::try_from(random.below(256)).unwrap();
    }
    (bytes, is_whole)
}

#[test]
fn ten_thousand_of_anything() {
    let mut served = Served::after(r#"open {"title": "楼道灯不亮", "place": "西苑小区"}"#);
    let token = served.token("zhao-defu");
    let mut dice = Random(SEED);
    for nth in 0..REQUESTS {
        let (bytes, is_whole) = random(&mut dice, &token);
        let mut line = Line::open(served.address());
        let _ = line.send(&bytes);
        if !is_whole {
            // It may never end: nobody waits for it.
            let _ = line.stream().shutdown(std::net::Shutdown::Write);
        }
        let told = line.read(bytes.starts_with(b"HEAD "));
        let is_well = told.as_ref().map_or(!is_whole, |told| told.status < 500 || matches!(told.status, 503 | 507));
        assert!(is_well, "seed {SEED:#x}, request {nth}: {told:?}\n{}", String::from_utf8_lossy(&bytes));
        if let Ok(told) = told {
            check_guarded(&told);
        }
    }
    assert!(served.is_alive());
    assert_eq!(Program::with(&served, Some(token)).get("/matters").status, 200);
}
