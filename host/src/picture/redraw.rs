//! From the bytes of a picture to those of another with the same colours. Pure.
//!
//! Always holds: size and sides are looked at before memory is taken for points; what the decoder takes
//! is counted against a maximum.

use std::collections::HashSet;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder as _, ImageEncoder as _, ImageFormat, ImageReader, Limits, RgbImage,
    Rgba,
};
use plugin_api::Title;

use crate::limits::{
    PICTURE_BYTES_MAX, PICTURE_MEMORY_BYTES, PICTURE_PIXELS_MAX, PICTURE_SHOWN_PIXELS, PICTURE_SIDE_MAX,
    PICTURE_SMALL_PIXELS,
};

/// Of JPEG: a photo of the longest side then has about half a megabyte.
const QUALITY: u8 = 82;
/// Up to so many, a picture is a drawing: its edges are to stay sharp.
const DRAWING_COLOURS_MAX: usize = 256;
/// A drawing that would take more is kept as a photo.
const DRAWING_BYTES_MAX: usize = 2 * 1024 * 1024;

/// How a picture is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Photos.
    Jpeg,
    /// Drawings.
    Png,
}

impl Format {
    /// Whether bytes begin as this does.
    pub fn begins(self, bytes: &[u8]) -> bool {
        match self {
            Format::Jpeg => bytes.starts_with(&[0xff, 0xd8, 0xff]),
            Format::Png => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        }
    }

    /// The format that bytes begin as.
    pub fn of(bytes: &[u8]) -> Option<Format> {
        [Format::Jpeg, Format::Png].into_iter().find(|format| format.begins(bytes))
    }
}

/// A picture drawn anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// As it is shown.
    pub picture: Vec<u8>,
    /// The same, small; a JPEG.
    pub small: Vec<u8>,
}

/// Draws a picture anew.
///
/// # Errors
/// A sentence for whoever sent it.
pub fn redraw(bytes: &[u8]) -> Result<Drawn, Title> {
    if PICTURE_BYTES_MAX < bytes.len() {
        return Err(too_large(&format!("{} MB", bytes.len() / 1_000_000)));
    }
    let format = format_of(bytes).ok_or_else(|| {
        Title::new(
            "不是照片：只收 JPEG、PNG、WebP；PDF、办公文档和动图暂不接收",
            "not a photo: send JPEG, PNG or WebP; PDF, office documents and animations are not taken yet",
        )
    })?;
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if PICTURE_SIDE_MAX < width.max(height) || PICTURE_PIXELS_MAX < pixels || pixels == 0 {
        return Err(too_large(&format!("{width}×{height}")));
    }
    // A photo whose notes do not read lies as its points lie.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let whole = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    let mut shown = reduced(whole, PICTURE_SHOWN_PIXELS);
    shown.apply_orientation(orientation);
    let photo = on_white(&shown);
    let small = as_jpeg(&on_white(&reduced(shown.clone(), PICTURE_SMALL_PIXELS)))?;
    let drawing = if is_drawing(&shown) { as_png(&shown)? } else { None };
    Ok(Drawn { picture: drawing.map_or_else(|| as_jpeg(&photo), Ok)?, small })
}

/// By how the bytes begin: a name and a type from outside say nothing.
fn format_of(bytes: &[u8]) -> Option<ImageFormat> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some(ImageFormat::Jpeg),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(ImageFormat::Png),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(ImageFormat::WebP),
        _ => None,
    }
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(PICTURE_SIDE_MAX);
    limits.max_image_height = Some(PICTURE_SIDE_MAX);
    limits.max_alloc = Some(PICTURE_MEMORY_BYTES);
    limits
}

fn reduced(picture: DynamicImage, side: u32) -> DynamicImage {
    if side < picture.width().max(picture.height()) { picture.thumbnail(side, side) } else { picture }
}

/// What can be seen through is seen through to white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let over = |Rgba([r, g, b, alpha]): Rgba<u8>| {
        let mixed = |part: u8| {
            let (part, alpha) = (u32::from(part), u32::from(alpha));
            u8::try_from((part * alpha + 255 * (255 - alpha) + 127) / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([mixed(r), mixed(g), mixed(b)])
    };
    let seen = picture.to_rgba8();
    RgbImage::from_fn(seen.width(), seen.height(), |x, y| over(*seen.get_pixel(x, y)))
}

/// Whether it has few colours, or can be seen through.
fn is_drawing(picture: &DynamicImage) -> bool {
    let seen = picture.to_rgba8();
    let mut colours = HashSet::new();
    for pixel in seen.pixels() {
        if pixel[3] != u8::MAX {
            return true;
        }
        colours.insert(pixel.0);
        if DRAWING_COLOURS_MAX < colours.len() {
            return false;
        }
    }
    true
}

fn as_jpeg(picture: &RgbImage) -> Result<Vec<u8>, Title> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    encoder.write_image(picture, picture.width(), picture.height(), ExtendedColorType::Rgb8).map_err(damaged)?;
    Ok(bytes)
}

/// None if it would be large.
fn as_png(picture: &DynamicImage) -> Result<Option<Vec<u8>>, Title> {
    let (seen, mut bytes) = (picture.to_rgba8(), Vec::new());
    let encoder = PngEncoder::new(&mut bytes);
    encoder.write_image(&seen, seen.width(), seen.height(), ExtendedColorType::Rgba8).map_err(damaged)?;
    Ok((bytes.len() <= DRAWING_BYTES_MAX).then_some(bytes))
}

fn too_large(found: &str) -> Title {
    let (bytes, pixels) = (PICTURE_BYTES_MAX / (1024 * 1024), PICTURE_PIXELS_MAX / 1_000_000);
    let side = PICTURE_SIDE_MAX;
    Title::new(
        format!("照片太大（{found}）：最多 {bytes} MB、{} 万像素、每边 {side} 像素；请缩小后再传", pixels * 100),
        format!(
            "the photo is too large ({found}): at most {bytes} MB, {pixels} megapixels, {side} pixels a side; make it \
             smaller"
        ),
    )
}

/// What the decoder says of bytes from outside is for nobody's eyes.
fn damaged(_: image::ImageError) -> Title {
    Title::new(
        "照片已损坏或过于复杂，打不开；请重新拍摄或另存后再传",
        "the photo is damaged or too complex to be opened; take or save it again",
    )
}
