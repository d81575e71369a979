//! Pictures for tests, good and bad, and what is looked for in one that was kept.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Stands in everything beside the points of a picture, and must be in nothing that is kept.
pub const CANARY: &[u8] = b"CANARY N30.520000 E117.050000";

/// A photo, red in its upper left quarter, with so many colours that it is none of a drawing.
pub fn photo(width: u32, height: u32) -> DynamicImage {
    let point = |x: u32, y: u32| {
        let shade = u8::try_from((x * 7 + y * 13 + x * y) % 64).unwrap();
        match x < width / 2 && y < height / 2 {
            true => Rgb([255 - shade / 4, shade / 4, shade / 4]),
            false => Rgb([shade, 120 + shade, u8::try_from(x % 100).unwrap()]),
        }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, point))
}

/// It, written down.
pub fn written(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// A segment of a JPEG.
pub fn segment(marker: u8, text: &[u8]) -> Vec<u8> {
    let length = u16::try_from(text.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], text].concat()
}

/// A JPEG with segments behind its first two bytes.
pub fn with_segments(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

/// What a camera writes beside a photo: which side is up, where it was taken.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    tiff.extend([0, 2]);
    let entry = |tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        [&tag.to_be_bytes()[..], &kind.to_be_bytes(), &count.to_be_bytes(), &value].concat()
    };
    let [high, low] = orientation.to_be_bytes();
    tiff.extend(entry(0x0112, 3, 1, [high, low, 0, 0]));
    // Behind the two entries and the end of their list.
    tiff.extend(entry(0x010e, 2, u32::try_from(CANARY.len()).unwrap(), 38u32.to_be_bytes()));
    tiff.extend([0; 4]);
    tiff.extend(CANARY);
    [b"Exif\0\0", &tiff[..]].concat()
}

/// A chunk of a PNG.
pub fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [&kind[..], data].concat();
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], &named, &crc(&named).to_be_bytes()].concat()
}

/// A PNG with chunks behind its head.
pub fn with_chunks(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
        }
    }
    !crc
}

/// What is wrong with a picture that was kept: anything in it but its points.
pub fn faults(bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    for needle in [CANARY, b"CANARY", b"Exif", b"GPS", b"<script", b"\x7fELF", b"PK\x03\x04", b"http://ns.adobe.com"] {
        if bytes.windows(needle.len()).any(|window| window == needle) {
            faults.push(format!("has {:?}", String::from_utf8_lossy(needle)));
        }
    }
    match image::guess_format(bytes) {
        Ok(ImageFormat::Jpeg) => faults.extend(jpeg_faults(bytes)),
        Ok(ImageFormat::Png) => faults.extend(png_faults(bytes)),
        other => faults.push(format!("is {other:?}")),
    }
    match image::load_from_memory(bytes) {
        Ok(picture) if 2_560 < picture.width().max(picture.height()) => faults.push("is large".to_owned()),
        Ok(_) => {}
        Err(error) => faults.push(error.to_string()),
    }
    faults
}

/// Segments up to the points, and what stands behind the end.
fn jpeg_faults(bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut at = 2;
    while let [0xff, marker, high, low, ..] = bytes[at..] {
        if matches!(marker, 0xe1..=0xef | 0xfe) {
            faults.push(format!("has a segment {marker:02x}"));
        }
        if marker == 0xda {
            break;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
    }
    // Within the points 0xff is followed by 0.
    let end = bytes.windows(2).position(|pair| pair == [0xff, 0xd9]);
    if end.is_none_or(|end| end + 2 != bytes.len()) {
        faults.push("does not end where it ends".to_owned());
    }
    faults
}

fn png_faults(bytes: &[u8]) -> Vec<String> {
    let mut faults = Vec::new();
    let mut rest = &bytes[8..];
    loop {
        let Some((length, kind)) = rest.first_chunk::<4>().zip(rest.get(4..8)) else {
            faults.push("has no end".to_owned());
            return faults;
        };
        if ![b"IHDR", b"IDAT", b"IEND"].iter().any(|known| kind == &known[..]) {
            faults.push(format!("has a chunk {:?}", String::from_utf8_lossy(kind)));
        }
        let is_end = kind == b"IEND";
        rest = rest.get(12 + u32::from_be_bytes(*length) as usize..).unwrap_or_default();
        if is_end {
            break;
        }
    }
    if !rest.is_empty() {
        faults.push("does not end where it ends".to_owned());
    }
    faults
}

/// The checks find what they look for.
#[test]
fn what_was_not_drawn_anew_is_found() {
    let plain = written(&photo(64, 64), ImageFormat::Jpeg);
    assert_eq!(faults(&plain), Vec::<String>::new());
    let noted = with_segments(&plain, &[segment(0xe1, &exif(6))]);
    assert_eq!(image::load_from_memory(&noted).unwrap().width(), 64, "it is a picture all the same");
    assert!(faults(&noted).iter().any(|fault| fault.contains("N30.52")), "{:?}", faults(&noted));
    assert!(faults(&noted).contains(&"has a segment e1".to_owned()), "{:?}", faults(&noted));
    assert_eq!(faults(&[&plain[..], b"more"].concat()), ["does not end where it ends"]);
    assert!(!faults(&plain[..plain.len() / 2]).is_empty());
    let png = written(&photo(64, 64), ImageFormat::Png);
    assert_eq!(faults(&png), Vec::<String>::new());
    assert_eq!(faults(&with_chunks(&png, &[chunk(b"tEXt", b"a\0b")])), ["has a chunk \"tEXt\""]);
    assert_eq!(faults(&[&png[..], b"more"].concat()), ["does not end where it ends"]);
    assert_eq!(faults(&written(&photo(2_600, 64), ImageFormat::Jpeg)), ["is large"]);
}
