//! P18: four hundred files that somebody means ill with, or that are broken.
//!
//! None is kept as it came. What is kept was drawn anew and holds nothing but points; nothing is written
//! anywhere else; the host goes on.

use std::collections::BTreeSet;

use image::ImageFormat;

use super::pictures::{CANARY, chunk, exif, faults, photo, segment, with_chunks, with_segments, written};
use super::{Part, all, bytes_of, send, sha256, stored, token};
use crate::console::client::Line;
use crate::console::served::Served;
use crate::scratch::PROGRAM;
use crate::seeds::dice::Dice;

const FILES: usize = 400;
const SEED: u64 = 18;

/// A hostile file: what it is, and its bytes.
struct Hostile {
    what: &'static str,
    bytes: Vec<u8>,
}

/// What all of them are made from.
struct Sources {
    jpeg: Vec<u8>,
    png: Vec<u8>,
    webp: Vec<u8>,
    program: Vec<u8>,
}

impl Sources {
    fn new() -> Sources {
        let picture = photo(96, 64);
        Sources {
            jpeg: written(&picture, ImageFormat::Jpeg),
            png: written(&picture, ImageFormat::Png),
            webp: written(&picture, ImageFormat::WebP),
            program: std::fs::read(PROGRAM).unwrap()[..4096].to_vec(),
        }
    }

    fn any(&self, dice: &mut Dice) -> &[u8] {
        [&self.jpeg, &self.png, &self.webp][below(dice, 3)]
    }

    fn hostile(&self, nth: usize, dice: &mut Dice) -> Hostile {
        let (what, bytes) = match nth % 20 {
            0 => ("cut short", cut(self.any(dice), dice)),
            1 => ("with bytes changed", changed(self.any(dice), dice)),
            2 => ("a PNG of 65,535 points a side", sized_png(&self.png, 65_535, 65_535)),
            3 => ("a JPEG of 65,535 points a side", sized_jpeg(&self.jpeg)),
            4 => ("a PNG long and thin", sized_png(&self.png, 65_535, 1)),
            5 => ("a PNG of many points in few bytes", sized_png(&self.png, 19_000, 19_000)),
            6 => ("points that are not there", sized_png(&self.png, 6_000, 6_000)),
            7 => ("SVG", [b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script>", CANARY].concat()),
            8 => ("HTML", [b"<!doctype html><script>fetch('/')</script>", CANARY].concat()),
            9 => ("a program", [&self.program, CANARY].concat()),
            10 => (
                "a GIF",
                [b"GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xff\xff\xff!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0", CANARY].concat(),
            ),
            11 => ("an archive", [b"PK\x03\x04\x14\0\0\0", CANARY].concat()),
            12 => ("a PDF", [b"%PDF-1.7\n", CANARY].concat()),
            13 => ("a JPEG that is also an archive and a page", polyglot(&self.jpeg)),
            14 => ("a JPEG with many notes", noted(&self.jpeg, dice)),
            15 => ("a PNG with notes that unpack to much", bombed(&self.png, dice)),
            16 => ("a PNG with a program behind", [&self.png, &self.program, CANARY].concat()),
            17 => ("a beginning and noise", began(self.any(dice), dice)),
            18 => ("noise", noise(dice, 5_000)),
            _ => ("another format", other(dice)),
        };
        Hostile { what, bytes }
    }
}

fn below(dice: &mut Dice, end: usize) -> usize {
    usize::try_from(dice.below(end as u64)).unwrap()
}

/// At least one byte, at most so many.
fn noise(dice: &mut Dice, most: usize) -> Vec<u8> {
    let count = 1 + below(dice, most);
    (0..count).map(|_| dice.next().to_le_bytes()[0]).collect()
}

fn cut(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    bytes[..1 + below(dice, bytes.len() - 1)].to_vec()
}

fn changed(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    for _ in 0..1 + below(dice, 40) {
        let at = below(dice, changed.len());
        changed[at] = noise(dice, 1)[0];
    }
    changed
}

fn sized_png(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &png[24..29]].concat();
    [&png[..8], &chunk(b"IHDR", &head), &png[33..]].concat()
}

fn sized_jpeg(jpeg: &[u8]) -> Vec<u8> {
    let mut sized = jpeg.to_vec();
    let frame = sized.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    sized[frame + 5..frame + 9].fill(0xff);
    sized
}

fn polyglot(jpeg: &[u8]) -> Vec<u8> {
    let page = [b"--><script>alert(1)</script><!--", CANARY].concat();
    [&with_segments(jpeg, &[segment(0xfe, &page)])[..], b"PK\x03\x04", CANARY, jpeg].concat()
}

fn noted(jpeg: &[u8], dice: &mut Dice) -> Vec<u8> {
    let long: Vec<u8> = [&exif(8)[..], &CANARY.repeat(2_000)].concat();
    let mut notes = vec![segment(0xe1, &exif(3)), segment(0xe1, &[b"http://ns.adobe.com/xap/1.0/\0", CANARY].concat())];
    notes.extend((0..below(dice, 20)).map(|_| segment(0xe1, &long)));
    notes.push(segment(0xe2, &[b"ICC_PROFILE\0\x01\x01", CANARY].concat()));
    notes.push(segment(0xed, &[b"Photoshop 3.0\0", CANARY].concat()));
    with_segments(jpeg, &notes)
}

/// Sixty megabytes of nothing, packed by hand: blocks of one zero said again and again.
fn bombed(png: &[u8], dice: &mut Dice) -> Vec<u8> {
    let packed = zeros();
    let named = |name: &[u8]| [name, &packed].concat();
    let chunks = [
        chunk(b"iCCP", &named(b"profile\0\0")),
        chunk(b"zTXt", &named(b"Comment\0\0")),
        chunk(b"tEXt", &[b"Where\0", CANARY].concat()),
        chunk(b"eXIf", &exif(1)[6..]),
        chunk(b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]),
    ];
    with_chunks(png, &[chunks[below(dice, chunks.len())].clone(), chunks[2].clone()])
}

/// A stream of fixed codes: a zero, then copies of 258 zeros, each of two codes in thirteen bits.
fn zeros() -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x78, 0x01], next: 0 };
    bits.put(0b011, 3);
    bits.put(u32::from((0b0011_0000u8).reverse_bits()), 8);
    for _ in 0..240_000 {
        bits.put(u32::from((0b1100_0101u8).reverse_bits()), 8);
        bits.put(0, 5);
    }
    bits.put(0, 7);
    bits.bytes
}

struct Bits {
    bytes: Vec<u8>,
    next: u8,
}

impl Bits {
    fn put(&mut self, bits: u32, count: u8) {
        for nth in 0..count {
            if self.next == 0 {
                self.bytes.push(0);
            }
            let last = self.bytes.last_mut().unwrap();
            *last |= u8::from(bits >> nth & 1 == 1) << self.next;
            self.next = (self.next + 1) % 8;
        }
    }
}

fn began(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    [&bytes[..below(dice, 40)], &noise(dice, 3_000)].concat()
}

fn other(dice: &mut Dice) -> Vec<u8> {
    let heads: [&[u8]; 7] = [
        b"BM\x3a\0\0\0",
        b"II*\0",
        b"MM\0*",
        b"\0\0\0\x18ftypheic",
        b"\0\0\x01\0\x01\0",
        b"8BPS\0\x01",
        b"#!/bin/sh\n",
    ];
    [heads[below(dice, heads.len())], CANARY, &noise(dice, 300)].concat()
}

#[test]
fn four_hundred_hostile_files() {
    let served = Served::after("");
    let token = token(&served, "ma-aizhen");
    let folder = served.folder();
    let around = around(&folder);
    let (sources, mut dice) = (Sources::new(), Dice::new(SEED));
    let (mut kept, mut taken, mut wrong) = (BTreeSet::new(), 0, Vec::new());
    let mut line = Line::open(served.address());
    for nth in 0..FILES {
        let Hostile { what, bytes } = sources.hostile(nth, &mut dice);
        let name = ["a.jpg", "../../plugins/a.so", "/etc/passwd", "a.svg", "a.png%00.so"][nth % 5];
        let kind = ["image/jpeg", "image/svg+xml", "text/html", "application/x-sharedlib"][nth % 4];
        let file = Part::File("photos", name, kind, &bytes);
        let answered = send(&mut line, "/files", &[("Authorization", &token)], &[file]);
        match answered.status {
            200 => {
                taken += 1;
                for ticket in answered.json()["files"].as_array().unwrap() {
                    let names: Vec<String> = ticket.as_str().unwrap().split('.').take(2).map(str::to_owned).collect();
                    for name in &names {
                        let found = faults(&bytes_of(&folder, name));
                        wrong.extend(found.into_iter().map(|fault| format!("seed {SEED}, {nth}, {what}: {fault}")));
                    }
                    kept.extend(names);
                }
            }
            422 => {}
            other => wrong.push(format!("seed {SEED}, {nth}, {what}: status {other}")),
        }
        if stored(&folder).contains(&sha256(&bytes)) {
            wrong.push(format!("seed {SEED}, {nth}, {what}: kept as it came"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(stored(&folder), kept, "nothing is kept but what was answered");
    assert_eq!(self::around(&folder), around, "nothing is written anywhere else");
    // Both ways must have been gone, or nothing was tried.
    assert!(40 < taken && taken < FILES - 200, "{taken} of {FILES} were drawn anew");
    assert_eq!(line.ask("GET", "/report", &[], None).unwrap().status, 200);
}

/// What is beside the files: names of all, and the bytes of what nobody may change.
fn around(folder: &std::path::Path) -> Vec<(std::path::PathBuf, String)> {
    let beside = all(folder).into_iter().filter(|path| !path.starts_with(folder.join("data/files")));
    let fixed = beside.map(|path| {
        let is_data = path.starts_with(folder.join("data")) && path.extension().is_none_or(|ending| ending != "so");
        let bytes = if is_data { Vec::new() } else { std::fs::read(&path).unwrap() };
        (path, sha256(&bytes))
    });
    fixed.collect()
}
