//! The exported table as it stands in the file: its plain words, which no loader changes.
//!
//! Knows their places and bounds, nothing of the functions behind them. Always holds: what is told
//! here before anything runs is what the border finds when the library is loaded.

use std::mem::offset_of;

use plugin_api::Title;
use plugin_api::abi::{ABI_MINOR, ENTRY_SYMBOL, FLAG_PANIC_ABORT, MAGIC, PluginTable};
use serde::Serialize;

use super::elf::Elf;

/// Where the manifest's address stands, which the loader fills in.
const PLAIN_BYTES: u64 = offset_of!(PluginTable, manifest) as u64;

/// What a panic of a desk does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PanicStrategy {
    /// It is caught inside the library and costs the step (I8).
    Unwinds,
    /// It ends the process: such a library runs isolated only.
    Aborts,
}

/// The plain words of a table.
pub(super) struct Words {
    pub(super) abi_minor: u32,
    pub(super) min_host_minor: u32,
    pub(super) panics: PanicStrategy,
}

/// Reads the table at an address.
pub(super) fn read(elf: &Elf<'_>, table: u64) -> Result<Words, Title> {
    let bytes = elf.plain_bytes(table, PLAIN_BYTES).ok_or_else(|| {
        misfit(
            "开头不在文件里，或由加载器填写",
            "begins where the file has nothing, or with words that the loader fills in",
        )
    })?;
    let magic = u64_at(bytes, offset_of!(PluginTable, magic));
    if magic != MAGIC {
        return Err(misfit(
            &format!("以 {magic:#018x} 开头，应为 {MAGIC:#018x}"),
            &format!("begins with {magic:#018x} and not with {MAGIC:#018x}"),
        ));
    }
    let (size, least) = (u64_at(bytes, offset_of!(PluginTable, size)), size_of::<PluginTable>() as u64);
    if size < least {
        return Err(misfit(
            &format!("有 {size} 字节，少于 ABI 第 1 版的 {least}"),
            &format!("has {size} bytes, fewer than the {least} of ABI version 1"),
        ));
    }
    let (abi_minor, min_host_minor) =
        (u32_at(bytes, offset_of!(PluginTable, abi_minor)), u32_at(bytes, offset_of!(PluginTable, min_host_minor)));
    if ABI_MINOR < min_host_minor {
        return Err(Title::new(
            format!("要求主机支持 ABI 1.{min_host_minor}，而本程序是 1.{ABI_MINOR}；请换新版主机"),
            format!("needs a host of ABI 1.{min_host_minor}, and this one speaks 1.{ABI_MINOR}; take a newer host"),
        ));
    }
    if abi_minor < min_host_minor {
        return Err(misfit(
            &format!("按 ABI 1.{abi_minor} 编译，却要求主机支持 1.{min_host_minor}"),
            &format!("is built for ABI 1.{abi_minor} and needs a host of 1.{min_host_minor}"),
        ));
    }
    let flags = u64_at(bytes, offset_of!(PluginTable, flags));
    let panics = if flags & FLAG_PANIC_ABORT == 0 { PanicStrategy::Unwinds } else { PanicStrategy::Aborts };
    Ok(Words { abi_minor, min_host_minor, panics })
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_ne_bytes(bytes[at..at + 8].try_into().expect("eight bytes before the manifest"))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_ne_bytes(bytes[at..at + 4].try_into().expect("four bytes before the manifest"))
}

/// A table that is not as `hongling.h` has it.
fn misfit(zh: &str, en: &str) -> Title {
    Title::new(format!("{ENTRY_SYMBOL} 这张表{zh}；见 hongling.h"), format!("its table {en}; see hongling.h"))
}
