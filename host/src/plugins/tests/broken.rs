//! Fifteen hundred broken libraries beside good ones: none ends the host, each is named with its reason,
//! and the good ones work.
//!
//! Made from a library that was built, by a seed; each calls itself by a name of its own, so that it
//! is not its file name that gives it away.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use plugin_api::abi::VERB_HANDLE;
use plugin_api::{District, Lists};
use serde_json::Map;

use super::compiler::{Scratch, build_echo, has_compiler, run};
use crate::plugins::ingest::FILE_BYTES_MAX;
use crate::plugins::{Desk, Entry, Homes, LibraryError, Outcome, Shelf, Trust, inspect};

const SEED: u64 = 20_261_124;
/// How long the reason of one file may take.
const TOLD_WITHIN: Duration = Duration::from_secs(2);
/// The name that is replaced in each copy.
const NAME: &str = "bad-0000";
/// Room for a hostile manifest.
const MANIFEST_BYTES: usize = 200_000;

/// What must come of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Must {
    /// It cannot be a library: refused with a reason.
    BeRefused,
    /// Refused, or nothing shows that it is broken: then it waits, as every file nobody trusted.
    NotRun,
}

/// Numbers from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// A folder being filled.
struct Heap<'f> {
    folder: &'f Path,
    files: BTreeMap<String, Must>,
}

impl Heap<'_> {
    fn next_file(&mut self, must: Must) -> String {
        let file = format!("libbad_{:04}.so", self.files.len());
        self.files.insert(file.clone(), must);
        file
    }

    /// Writes a copy under a name of its own, which it also has within.
    fn add(&mut self, must: Must, mut bytes: Vec<u8>) {
        let name = format!("bad-{:04}", self.files.len());
        if let Some(at) = bytes.windows(NAME.len()).position(|window| window == NAME.as_bytes()) {
            bytes[at..at + NAME.len()].copy_from_slice(name.as_bytes());
        }
        let file = self.next_file(must);
        std::fs::write(self.folder.join(file), bytes).unwrap();
    }
}

fn u64_at(bytes: &[u8], at: usize) -> usize {
    usize::try_from(u64::from_ne_bytes(bytes[at..at + 8].try_into().unwrap())).unwrap()
}

fn u16_at(bytes: &[u8], at: usize) -> usize {
    usize::from(u16::from_ne_bytes([bytes[at], bytes[at + 1]]))
}

/// Where the parts of a library begin and end: its tables of segments and sections, and each of them.
fn boundaries(whole: &[u8]) -> Vec<(usize, usize)> {
    let (segments, sections) = (u64_at(whole, 0x20), u64_at(whole, 0x28));
    let (segment_count, section_count) = (u16_at(whole, 0x38), u16_at(whole, 0x3c));
    let mut parts = vec![(0, 64), (segments, 56 * segment_count), (sections, 64 * section_count)];
    for nth in 0..segment_count {
        let header = segments + 56 * nth;
        parts.extend([(header, 56), (u64_at(whole, header + 8), u64_at(whole, header + 32))]);
    }
    for nth in 0..section_count {
        let header = sections + 64 * nth;
        parts.push((header, 64));
        // A section without bytes in the file.
        if u64_at(whole, header + 4) & 0xffff_ffff != 8 {
            parts.push((u64_at(whole, header + 24), u64_at(whole, header + 32)));
        }
    }
    parts.into_iter().map(|(start, size)| (start, start + size)).filter(|&(_, end)| end <= whole.len()).collect()
}

fn cut(heap: &mut Heap<'_>, whole: &[u8], random: &mut Random) {
    let mut places: Vec<usize> = boundaries(whole)
        .into_iter()
        .flat_map(|(start, end)| [start, end])
        .flat_map(|at| [at.saturating_sub(1), at, at + 1])
        .filter(|&at| at < whole.len())
        .collect();
    places.sort_unstable();
    places.dedup();
    while places.len() < 420 {
        places.push(random.below(whole.len()));
    }
    for at in places {
        heap.add(Must::BeRefused, whole[..at].to_vec());
    }
}

fn flip(heap: &mut Heap<'_>, whole: &[u8], random: &mut Random) {
    let parts = boundaries(whole);
    // The tables, then every part of its own: dynamic segment, symbols, strings, the link section.
    for nth in 0..760 {
        let (start, end) = match nth % 4 {
            0 => parts[random.below(3)],
            1 | 2 => parts[random.below(parts.len())],
            _ => (0, whole.len()),
        };
        let mut bytes = whole.to_vec();
        for _ in 0..=random.below(3) {
            if start < end {
                bytes[start + random.below(end - start)] ^= 1 << random.below(8);
            }
        }
        if bytes == whole {
            bytes[random.below(64)] ^= 1;
        }
        heap.add(Must::NotRun, bytes);
    }
}

fn change_machine(heap: &mut Heap<'_>, whole: &[u8]) {
    // Class, byte order, version, sort of file, architecture.
    let bytes: [(usize, &[u8]); 5] = [
        (4, &[0, 1, 3, 255]),
        (5, &[0, 2, 3, 255]),
        (6, &[0, 2, 255]),
        (0x10, &[0, 1, 2, 4, 255]),
        (0x12, &[0, 3, 8, 20, 21, 22, 40, 243, 247, 255]),
    ];
    for (at, values) in bytes {
        for value in values {
            let mut changed = whole.to_vec();
            changed[at] = *value;
            heap.add(Must::BeRefused, changed);
        }
    }
}

fn hostile_manifests(heap: &mut Heap<'_>, roomy: &[u8], random: &mut Random) {
    let marker = b"hongling.plugin\0";
    let at = roomy.windows(marker.len()).position(|window| window == marker).unwrap() + marker.len();
    let sound = "name = \"bad-0000\"\nversion = \"1.0.0\"\ntitle = { zh = \"坏\", en = \"Bad\" }\n";
    let mut put = |must: Must, manifest: &[u8]| {
        let mut bytes = roomy.to_vec();
        bytes[at..at + MANIFEST_BYTES - marker.len()].fill(0);
        bytes[at..at + manifest.len()].copy_from_slice(manifest);
        heap.add(must, bytes);
    };
    let lines = [
        format!("asks = {}{}", "[".repeat(70), "]".repeat(70)),
        format!("asks = {}", "[".repeat(90_000)),
        format!("[setting.x]\ntype = \"text\"\ntitle = {{ zh = \"x\", en = \"x\" }}\ndefault.{}a = 1", "a.".repeat(70)),
        format!(
            "[setting.x]\ntype = \"text\"\ntitle = {{ zh = \"x\", en = \"x\" }}\ndefault.{}a = 1",
            "a.".repeat(70_000)
        ),
        format!("[{}a]\nx = 1", "a.".repeat(60_000)),
        format!("asks = [{}]", "\"contacts\",".repeat(10_000)),
        format!("take = [{}]", "{topic=\"a\"},".repeat(10_000)),
        (0..9_000).map(|nth| format!("[setting.s{nth}]\n")).collect(),
        format!("{} = 1", "k".repeat(100_000)),
        format!("asks = [\"{}\"]", "x".repeat(150_000)),
        "name = \"other\"".into(),
        "title = { zh = \"又\", en = \"Twice\" }".into(),
        "asks = [\"contacts\\u0000\"]".into(),
        "asks = [\"\\u001b[2J\"]".into(),
        "asks = [\"\\u202egnp.exe\"]".into(),
        "asks = [\"everything\"]".into(),
        "\"\\u0000\" = 1".into(),
        "colour = \"red\"".into(),
        "[[take]]\ntopic = \"../up\"".into(),
        "[[kind]]\nname = \"k\"\nstages = []".into(),
        "[[action]]\nname = \"a\"\non = \"nothing\"\nwho = []\ntitle = { zh = \"a\", en = \"a\" }".into(),
    ];
    for line in lines {
        put(Must::BeRefused, format!("{sound}{line}\n").as_bytes());
    }
    let names =
        ["../../etc/passwd", "/bin/sh", "a/b", "", "intake", "good-a", "BAD-0000", "bad_0000", "坏", "con", "-"];
    for name in names.iter().map(ToString::to_string).chain(["x".repeat(33), ".".repeat(1_000)]) {
        put(Must::BeRefused, sound.replace("bad-0000", &name).as_bytes());
    }
    for version in ["", "1", "1.0", "1.0.0.0", "v1.0.0", "1.0.-1", "9999999999.0.0", "1.0.0\\n"] {
        put(Must::BeRefused, sound.replace("1.0.0", version).as_bytes());
    }
    for part in [&b"\xff\xfe"[..], b"\0\0name = 1", b"\x1b[2J", b"\xc3", b"\xed\xa0\x80"] {
        put(Must::BeRefused, &[sound.as_bytes(), part, b"\n"].concat());
    }
    put(Must::BeRefused, b"");
    put(Must::BeRefused, &vec![b'['; 150_000]);
    for _ in 0..150 {
        let mut text = sound.as_bytes().to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(text.len());
            text[at] = u8::try_from(random.below(256)).unwrap();
        }
        put(Must::NotRun, &text);
    }
}

/// What no reading of bytes is needed for.
fn odd_files(heap: &mut Heap<'_>) {
    let mut place = |must: Must| {
        let file = heap.next_file(must);
        heap.folder.join(file)
    };
    File::create(place(Must::BeRefused)).unwrap();
    File::create(place(Must::BeRefused)).unwrap().set_len(FILE_BYTES_MAX + 1).unwrap();
    File::create(place(Must::BeRefused)).unwrap().set_len(1 << 40).unwrap();
    File::create(place(Must::BeRefused)).unwrap().set_len(16_384).unwrap();
    std::fs::create_dir(place(Must::BeRefused)).unwrap();
    run(Command::new("mkfifo").arg(place(Must::BeRefused)));
    std::os::unix::net::UnixListener::bind(place(Must::BeRefused)).unwrap();
    std::fs::write(place(Must::BeRefused), "#!/bin/sh\necho hello\n").unwrap();
    std::fs::write(place(Must::BeRefused), "PK\x03\x04").unwrap();
    symlink("nowhere", place(Must::BeRefused)).unwrap();
    symlink("/dev/zero", place(Must::BeRefused)).unwrap();
    let circle = place(Must::BeRefused);
    symlink(&circle, &circle).unwrap();
}

fn other_exports(heap: &mut Heap<'_>, scratch: &Path) {
    let arguments: [(&[&str], Must); 9] = [
        (&["-DENTRY=hongling_plugin_v2"], Must::BeRefused),
        (&["-DENTRY=some_table"], Must::BeRefused),
        (&["-DMAGIC=7"], Must::BeRefused),
        (&["-DSIZE=8"], Must::BeRefused),
        (&["-DMIN_HOST_MINOR=900"], Must::BeRefused),
        (&["-Wl,-rpath,/tmp"], Must::BeRefused),
        (&["-Wl,-z,execstack"], Must::BeRefused),
        (&["-Wl,-soname,libc.so.6"], Must::BeRefused),
        (&["-DFLAGS=HONGLING_FLAG_PANIC_ABORT"], Must::NotRun),
    ];
    for (arguments, must) in arguments {
        let file = scratch.join("one.so");
        build_echo(&file, &[&["-shared", "-DNAME=\"bad-0000\""], arguments].concat());
        heap.add(must, std::fs::read(&file).unwrap());
    }
    let marker = scratch.join("one.so");
    build_echo(&marker, &["-shared", "-DNAME=\"bad-0000\""]);
    let mut bytes = std::fs::read(&marker).unwrap();
    let at = bytes.windows(16).position(|window| window == b"hongling.plugin\0").unwrap();
    bytes[at] ^= 0x20;
    heap.add(Must::BeRefused, bytes);
}

/// What is wrong with how a folder was looked at; nothing if all is well.
fn misjudged(entries: &[Entry], files: &BTreeMap<String, Must>) -> Vec<String> {
    let mut wrong = Vec::new();
    for (file, must) in files {
        let entry = entries.iter().find(|entry| entry.path.file_name().is_some_and(|name| *name == **file));
        let Some(entry) = entry else {
            wrong.push(format!("{file} is not named"));
            continue;
        };
        let may_be = match must {
            Must::BeRefused => entry.trust == Trust::Refused,
            Must::NotRun => matches!(entry.trust, Trust::Refused | Trust::Waiting),
        };
        if !may_be || entry.in_use {
            wrong.push(format!("{file} is {:?}", entry.trust));
        }
        let reason = entry.reason.as_ref().map_or("", |reason| reason.en.as_str());
        if reason.is_empty() || reason.contains('\n') || !reason.contains([';', '`']) {
            wrong.push(format!("{file} has the reason {reason:?}"));
        }
    }
    wrong
}

fn shelf(folder: &Path) -> Shelf {
    let homes = Homes { district: folder.into(), data: folder.join("data"), installation: Vec::new() };
    Shelf::new(homes, 10_000).unwrap()
}

fn fill(folder: &Path, scratch: &Path) -> BTreeMap<String, Must> {
    let whole = {
        let file = scratch.join("whole.so");
        build_echo(&file, &["-shared", "-s", "-DNAME=\"bad-0000\""]);
        std::fs::read(file).unwrap()
    };
    let roomy = {
        let file = scratch.join("roomy.so");
        build_echo(&file, &["-shared", "-s", "-DNAME=\"bad-0000\"", &format!("-DMANIFEST_BYTES={MANIFEST_BYTES}")]);
        std::fs::read(file).unwrap()
    };
    let mut random = Random(SEED);
    let mut heap = Heap { folder, files: BTreeMap::new() };
    cut(&mut heap, &whole, &mut random);
    flip(&mut heap, &whole, &mut random);
    change_machine(&mut heap, &whole);
    hostile_manifests(&mut heap, &roomy, &mut random);
    odd_files(&mut heap);
    other_exports(&mut heap, scratch);
    while heap.files.len() < 1_500 {
        let size = random.below(20_000);
        let noise = (0..size).map(|_| u8::try_from(random.below(256)).unwrap());
        heap.add(Must::BeRefused, b"\x7fELF\x02\x01\x01".iter().copied().chain(noise).collect());
    }
    heap.files
}

/// I8 from the other side: what is no library costs nothing but its own place on the list.
#[test]
fn fifteen_hundred_broken_libraries() {
    if !has_compiler("fifteen_hundred_broken_libraries") {
        return;
    }
    let scratch = Scratch::new();
    let plugins = scratch.path().join("plugins");
    std::fs::create_dir(&plugins).unwrap();
    let names = ["good-a", "good-b"];
    for name in names {
        let file = plugins.join(format!("lib{}.so", name.replace('-', "_")));
        build_echo(&file, &["-shared", &format!("-DNAME=\"{name}\"")]);
        shelf(scratch.path()).trust(name, std::slice::from_ref(&plugins), Timestamp::UNIX_EPOCH, None).unwrap();
    }
    let files = fill(&plugins, scratch.path());
    assert!(1_500 <= files.len(), "seed {SEED}: {} files", files.len());

    let mut slowest = Duration::ZERO;
    for file in files.keys() {
        let began = Instant::now();
        let _ = inspect(&plugins.join(file));
        slowest = slowest.max(began.elapsed());
    }
    assert!(slowest < TOLD_WITHIN, "seed {SEED}: one file took {slowest:?}");

    let mut shelf = shelf(scratch.path());
    shelf.look_through(&plugins);
    let entries = shelf.report();
    let wrong = misjudged(&entries, &files);
    assert!(wrong.is_empty(), "seed {SEED}: {}", wrong.join("\n"));

    // Nothing shows that these are broken. They have another hash than anything that was trusted, so
    // nothing of them is ever mapped into the host.
    let waiting: Vec<&Entry> = entries.iter().filter(|entry| entry.trust == Trust::Waiting).collect();
    assert!(50 < waiting.len(), "seed {SEED}: flips in code cannot be seen, and only {} passed", waiting.len());
    for entry in &waiting {
        let name = entry.name.as_deref().unwrap();
        let loaded = shelf.find(name, &[]).and_then(|_| shelf.load(name).map(|_| ()));
        assert!(matches!(loaded, Err(LibraryError::Waiting { .. })), "seed {SEED}: {name}: {loaded:?}");
    }
    let district = District { zone: TimeZone::UTC, lists: Lists::default() };
    for name in names {
        shelf.find(name, &[]).unwrap();
        let library = shelf.load(name).unwrap();
        let desk = Desk::open(&library, &Map::new(), &district).unwrap();
        let outcome =
            desk.call(VERB_HANDLE, "{}", &mut |_| Err("nothing".into()), &mut Vec::new()) == Outcome::Ok("\"call 1\"");
        assert!(outcome, "{name} works beside them");
    }
    let mapped = std::fs::read_to_string("/proc/self/maps").unwrap();
    for entry in &waiting {
        let sha256 = entry.sha256.unwrap().to_string();
        assert!(!mapped.contains(&sha256), "seed {SEED}: {} is mapped", entry.path.display());
    }

    // The check itself can fail: a good library among the broken, one that somebody trusted, and one
    // that was not looked at.
    let is_wrong = |file: &str, must: Must| misjudged(&shelf.report(), &BTreeMap::from([(file.to_owned(), must)]));
    assert_eq!(is_wrong("libgood_a.so", Must::NotRun).len(), 2);
    let passed = waiting[0].path.file_name().unwrap().to_string_lossy();
    assert_eq!(is_wrong(&passed, Must::BeRefused).len(), 1);
    assert_eq!(is_wrong("libelsewhere.so", Must::BeRefused), ["libelsewhere.so is not named"]);
}
