//! A photo from the form it came with to the pages that show it, and to its end.

use std::fs::File;
use std::path::Path;
use std::time::{Duration, SystemTime};

use image::{ImageFormat, Rgb};

use super::pictures::{exif, faults, photo, segment, with_segments, written};
use super::{Part, bytes_of, send, sha256, stored, token};
use crate::console::client::{Answered, Line};
use crate::console::served::Served;
use crate::program::hongling_json;
use crate::scratch::Scratch;
use crate::story::Story;

const PLACE: &str = "daguan/linghu/huamao/xiyuan";

/// As a telephone held upright takes it: wide, and to be turned to the right.
fn taken() -> Vec<u8> {
    with_segments(&written(&photo(400, 200), ImageFormat::Jpeg), &[segment(0xe1, &exif(6))])
}

/// A report with photos by somebody without an account.
fn report(served: &Served, photos: &[Part<'_>]) -> Answered {
    let fields =
        [Part::Text("title", "3幢门口路灯不亮"), Part::Text("place", PLACE), Part::Text("contact", "13900001234")];
    let mut line = Line::open(served.address());
    let all: Vec<Part<'_>> = fields.into_iter().chain(photos.iter().map(Part::again)).collect();
    send(&mut line, "/report", &[], &all)
}

impl Part<'_> {
    fn again(&self) -> Part<'_> {
        match self {
            Part::Text(name, text) => Part::Text(name, text),
            Part::File(name, file, kind, bytes) => Part::File(name, file, kind, bytes),
        }
    }
}

fn jpeg(bytes: &[u8]) -> Part<'_> {
    Part::File("photos", "IMG_0001.jpg", "image/jpeg", bytes)
}

/// A picture's name on a page.
fn shown(page: &str) -> String {
    let start = page.find("src=\"/files/").unwrap_or_else(|| panic!("no photo in {page}")) + 12;
    page[start..start + 64].to_owned()
}

#[test]
fn a_photo_of_a_report() {
    let served = Served::after("");
    let photo = taken();
    // The control: what must not be left is there.
    assert!(!faults(&photo).is_empty());
    let thanks = report(&served, &[jpeg(&photo), Part::File("photos", "", "application/octet-stream", b"")]);
    assert!(thanks.status == 200 && thanks.text().contains("SQ2026-000001"), "{thanks:?}");
    let names = stored(&served.folder());
    assert_eq!(names.len(), 2, "the photo and its small copy: {names:?}");
    for name in &names {
        assert_eq!(faults(&bytes_of(&served.folder(), name)), Vec::<String>::new());
    }
    let mut staff = served.signed_in("ma-aizhen");
    let name = shown(staff.go("/matters/SQ2026-000001").text());
    let whole = staff.get(&format!("/files/{name}")).clone();
    assert_eq!((whole.status, sha256(&whole.body)), (200, name.clone()));
    let header = |name: &str| whole.header(name).unwrap_or_default();
    assert_eq!(header("content-type"), "image/jpeg");
    assert_eq!(header("content-disposition"), "inline");
    assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    assert_eq!(header("cache-control"), "private, max-age=31536000, immutable");
    // Turned upright: what was above on the left is above on the right.
    let picture = image::load_from_memory(&whole.body).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (200, 400));
    let is_red = |x: u32, y: u32| {
        let Rgb([red, green, _]) = *picture.get_pixel(x, y);
        160 < red && green < 100
    };
    assert!(is_red(150, 100) && !is_red(50, 100) && !is_red(150, 300));
    let small = staff.get(&format!("/files/{name}/small")).clone();
    let small = image::load_from_memory(&small.body).unwrap();
    assert_eq!((small.width(), small.height()), (160, 320));

    // Who does not see the matter is told what everybody is told of a file that is not there.
    let mut stranger = served.signed_in("zheng-meilan");
    // The page names the address that was asked for, and nothing else of it.
    let mut told = |name: &str| {
        let answered = stranger.get(&format!("/files/{name}"));
        (answered.status, answered.text().replace(name, "NAME"))
    };
    let not_theirs = told(&name);
    assert!(not_theirs.0 == 404 && not_theirs == told(&"0".repeat(64)), "{not_theirs:?}");
    let mut line = Line::open(served.address());
    for path in [format!("/files/{name}"), format!("/files/{name}/small"), "/files/..%2fhongling.db".to_owned()] {
        assert_eq!(line.ask("GET", &path, &[], None).unwrap().status, 404, "{path}");
    }
}

/// Nobody names a file that they did not put up themselves.
#[test]
fn a_file_is_its_owners_to_name() {
    let served = Served::after("");
    let (own, other) = (token(&served, "ma-aizhen"), token(&served, "gao-zhonghe"));
    let mut line = Line::open(served.address());
    let put_up = send(&mut line, "/files", &[("Authorization", &own)], &[jpeg(&taken())]);
    let ticket = put_up.json()["files"][0].as_str().unwrap().to_owned();
    let mut name = |by: &str, photo: &str| {
        let parts = [Part::Text("title", "路灯不亮"), Part::Text("place", PLACE), Part::Text("photos", photo)];
        send(&mut line, "/report", &[("Authorization", by)], &parts).status
    };
    assert_eq!(name(&other, &ticket), 422, "somebody else's");
    assert_eq!(name(&own, &ticket[..64]), 422, "a hash is no proof");
    assert_eq!(name(&own, &ticket), 303);
    assert_eq!(name(&own, "../../hongling.toml"), 422);
}

#[test]
fn a_form_holds_so_many_and_what_is_no_photo_is_refused() {
    let served = Served::after("");
    let photo = taken();
    assert_eq!(report(&served, &[(); 7].map(|()| jpeg(&photo))).status, 422, "the field takes six");
    assert_eq!(report(&served, &[(); 10].map(|()| jpeg(&photo))).status, 413, "no form brings ten");
    assert_eq!(report(&served, &[jpeg(&vec![0xff; 10 * 1024 * 1024 + 1])]).status, 413);
    let refused = report(&served, &[jpeg(b"%PDF-1.7")]);
    assert!(refused.status == 422 && refused.text().contains("只收 JPEG"), "{refused:?}");
    let (_, listed) = hongling_json(&["list", served.folder().to_str().unwrap()]);
    assert_eq!(listed, serde_json::json!([]), "nothing was opened");
}

/// What a form names stays, an hour or a year; what none names goes after a day.
#[test]
fn what_nobody_names_goes() {
    let mut story = Story::new();
    story.become_exercise();
    let folder = story.folder().join("data/files");
    let put = |bytes: &[u8], days: u64| {
        let name = sha256(bytes);
        let path = folder.join(&name[..2]).join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        let at = SystemTime::now() - Duration::from_secs(days * 86_400);
        File::options().append(true).open(&path).unwrap().set_modified(at).unwrap();
        path
    };
    let (old, new) = (put(b"nobody named it", 2), put(b"somebody may still name it", 0));
    let named = put(b"somebody named it", 400);
    let half = folder.join(".half-written");
    std::fs::write(&half, "").unwrap();
    let claim = "insert into file (matter, sha256, input, small, bytes) values (1, ?1, 1, ?1, 1)";
    let store = rusqlite::Connection::open(story.folder().join("data/hongling.db")).unwrap();
    store.execute(claim, [named.file_name().unwrap().to_str()]).unwrap();
    drop(store);
    let served = Served::of(story);
    assert!(!half.exists());
    // It is looked for beside the first requests.
    let mut line = Line::open(served.address());
    let mut tries = 0..10_000;
    while old.exists() && tries.next().is_some() {
        assert_eq!(line.ask("GET", "/report", &[], None).unwrap().status, 200);
    }
    assert_eq!((old.exists(), new.exists(), named.exists()), (false, true, true));
}

/// A backup takes photos along and an audit misses one that is lost; with somebody who is erased go the
/// photos that came with them, and no audit misses those.
#[test]
fn backups_audits_and_erasures_know_of_photos() {
    let served = Served::after("");
    assert_eq!(report(&served, &[jpeg(&taken())]).status, 200);
    let mut staff = served.signed_in("ma-aizhen");
    let name = shown(staff.go("/matters/SQ2026-000001").text());
    let scratch = Scratch::new();
    let (file, folder) = (scratch.path().join("backup.tar"), scratch.path().join("restored"));
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let (code, made) = hongling_json(&["backup", &text(&served.folder()), &text(&file)]);
    assert_eq!(code, Some(0), "{made}");
    let (code, put_back) = hongling_json(&["restore", &text(&file), &text(&folder)]);
    assert_eq!(code, Some(0), "{put_back}");
    assert_eq!(stored(&folder), stored(&served.folder()));

    let dir = text(&folder);
    let verify = || hongling_json(&["audit", &dir, "verify"]);
    let (code, sound) = verify();
    assert_eq!(code, Some(0), "{sound}");
    let path = folder.join("data/files").join(&name[..2]).join(&name);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&bytes[..], b"x"].concat()).unwrap();
    assert!(verify().1["misfits"].to_string().contains(&name), "other bytes");
    std::fs::remove_file(&path).unwrap();
    let (code, lost) = verify();
    assert!(code == Some(1) && lost["misfits"].to_string().contains(&name), "{lost}");
    std::fs::write(&path, bytes).unwrap();

    let store = rusqlite::Connection::open(folder.join("data/hongling.db")).unwrap();
    let person: String = store.query_row("select person from contact", [], |row| row.get(0)).unwrap();
    drop(store);
    let (code, erased) = hongling_json(&["person", &dir, "erase", &person, "--by", "ma-aizhen"]);
    assert_eq!(code, Some(0), "{erased}");
    assert!(stored(&folder).is_empty());
    let (code, after) = verify();
    assert_eq!(code, Some(0), "{after}");
}
