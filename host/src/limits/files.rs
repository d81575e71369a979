//! Maxima of files that people put up, and of the pictures among them (I12).

use super::{Named, REQUEST_BYTES_MAX};

/// Bytes of one picture from outside.
pub const PICTURE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Points of one.
pub const PICTURE_PIXELS_MAX: u64 = 40_000_000;
/// Points of a side.
pub const PICTURE_SIDE_MAX: u32 = 20_000;
/// Memory for drawing one anew, beyond what the program takes.
pub const PICTURE_MEMORY_BYTES: u64 = 256 * 1024 * 1024;
/// Time it may take.
pub const PICTURE_MS_MAX: u64 = 5_000;
/// Points of the longest side of a picture that is kept.
pub const PICTURE_SHOWN_PIXELS: u32 = 2_560;
/// The same of its small copy.
pub const PICTURE_SMALL_PIXELS: u32 = 320;
/// Pictures that are drawn at once.
pub const PICTURES_AT_ONCE: usize = 2;
/// Time a picture waits to be drawn.
pub const PICTURE_WAIT_MS_MAX: u64 = 20_000;
/// Pictures from one address without an account in ten minutes.
pub const PICTURES_TRIES: usize = 60;
/// Files of one form.
pub const FORM_FILES_MAX: usize = 9;
/// Bytes of a form with files.
pub const FORM_FILES_BYTES_MAX: usize = 40 * 1024 * 1024;
/// Time such a form may take to come.
pub const FORM_FILES_MS_MAX: u64 = 180_000;
/// Such forms that come at once.
pub const FORMS_WITH_FILES_MAX: usize = 8;
/// Bytes of all files of a district.
pub const FILES_BYTES_MAX: u64 = 200 * 1024 * 1024 * 1024;
/// How long a file may be named in a form after it was put up.
pub const FILE_UNCLAIMED_MS: i64 = 86_400_000;

const _: () = assert!(PICTURE_PIXELS_MAX * 4 < PICTURE_MEMORY_BYTES, "the points of the largest picture fit");
const _: () = assert!(REQUEST_BYTES_MAX + PICTURE_BYTES_MAX < FORM_FILES_BYTES_MAX, "a form may bring a picture");

/// Them by name, for people.
pub(super) fn named() -> Vec<Named> {
    vec![
        ("每张照片字节", "bytes of a picture", PICTURE_BYTES_MAX as u64),
        ("每张照片像素", "pixels of a picture", PICTURE_PIXELS_MAX),
        ("照片每边像素", "pixels of a picture's side", u64::from(PICTURE_SIDE_MAX)),
        ("处理照片内存字节", "bytes of memory to draw a picture", PICTURE_MEMORY_BYTES),
        ("处理照片毫秒", "ms to draw a picture", PICTURE_MS_MAX),
        ("保存的照片每边像素", "pixels of a kept picture's side", u64::from(PICTURE_SHOWN_PIXELS)),
        ("缩略图每边像素", "pixels of a small picture's side", u64::from(PICTURE_SMALL_PIXELS)),
        ("同时处理的照片", "pictures drawn at once", PICTURES_AT_ONCE as u64),
        ("照片等待处理毫秒", "ms a picture waits to be drawn", PICTURE_WAIT_MS_MAX),
        ("每十分钟无账号照片", "pictures without an account in ten minutes", PICTURES_TRIES as u64),
        ("每个表单的文件", "files of a form", FORM_FILES_MAX as u64),
        ("带文件的表单字节", "bytes of a form with files", FORM_FILES_BYTES_MAX as u64),
        ("带文件的表单毫秒", "ms of a form with files", FORM_FILES_MS_MAX),
        ("同时上传的表单", "forms with files at once", FORMS_WITH_FILES_MAX as u64),
        ("全部文件字节", "bytes of all files", FILES_BYTES_MAX),
        ("未用文件保留毫秒", "ms an unused file is kept", FILE_UNCLAIMED_MS.unsigned_abs()),
    ]
}
