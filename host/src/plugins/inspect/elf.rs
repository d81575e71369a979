//! A 64-bit ELF shared library of this machine, checked as far as the loader believes it.
//!
//! Knows nothing of desks. Reads what the system's loader reads: program headers and the dynamic
//! segment; section headers only for the link section and the dynamic symbols. Always holds: what
//! passed is what a linker makes; bytes changed within code or data are another matter, which no
//! reading shows.

mod segments;
mod dynamic;

use object::Endianness;
use object::elf::{
    EM_AARCH64, EM_X86_64, ET_DYN, FileHeader64, Machine, PF_R, ProgramHeader64, SHT_DYNSYM, STB_GLOBAL, STT_NOTYPE,
    STT_OBJECT,
};
use object::read::elf::{FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym};
use plugin_api::Title;
use plugin_api::abi::PluginTable;

use dynamic::Dynamic;
use segments::is_loaded;

/// The architectures by the names people build for.
const MACHINES: [(Machine, &str); 6] = [
    (EM_X86_64, "x86_64"),
    (EM_AARCH64, "aarch64"),
    (object::elf::EM_386, "x86"),
    (object::elf::EM_ARM, "arm"),
    (object::elf::EM_RISCV, "riscv64"),
    (object::elf::EM_LOONGARCH, "loongarch64"),
];
const ENDIAN: Endianness = if cfg!(target_endian = "big") { Endianness::Big } else { Endianness::Little };
const DAMAGED: (&str, &str) = ("请重新复制或编译", "copy or build it again");

/// A library whose every part lies within its bytes.
pub(super) struct Elf<'data> {
    data: &'data [u8],
    segments: &'data [ProgramHeader64<Endianness>],
    sections: SectionTable<'data, FileHeader64<Endianness>>,
    dynamic: Dynamic<'data>,
}

impl<'data> Elf<'data> {
    pub(super) fn parse(data: &'data [u8]) -> Result<Elf<'data>, Title> {
        let header = check_header(data)?;
        let segments = segments::read(header, data)?;
        let sections = header.sections(ENDIAN, data).map_err(|error| {
            damaged(format!("节表已损坏（{error}）"), format!("its table of sections is damaged ({error})"))
        })?;
        let whole = data.len() as u64;
        for (i, section) in sections.iter().enumerate() {
            if let Some((offset, size)) = section.file_range(ENDIAN)
                && !is_within(offset, size, whole)
            {
                return Err(cut_short("节", "section", i, (offset, size), whole));
            }
        }
        let dynamic = Dynamic::read(segments, data)?;
        Ok(Elf { data, segments, sections, dynamic })
    }

    /// The libraries it needs, all of which are allowed.
    pub(super) fn needed(&self) -> Result<Vec<String>, Title> {
        self.dynamic.needed()
    }

    /// What the file puts at an address, if the loader changes nothing of it.
    pub(super) fn plain_bytes(&self, address: u64, size: u64) -> Option<&'data [u8]> {
        let bytes = self.dynamic.bytes(address, size)?;
        let is_changed = |at: u64| at < address + size && address < at.saturating_add(8);
        (!self.dynamic.relocated().any(is_changed)).then_some(bytes)
    }

    /// The bytes of a section.
    pub(super) fn find_section(&self, name: &str) -> Result<Option<&'data [u8]>, Title> {
        match self.sections.section_by_name(ENDIAN, name.as_bytes()) {
            Some((_, section)) => match section.data(ENDIAN, self.data) {
                Ok(bytes) => Ok(Some(bytes)),
                Err(error) => Err(damaged(
                    format!("节“{name}”已损坏（{error}）"),
                    format!("its section {name:?} is damaged ({error})"),
                )),
            },
            None => Ok(None),
        }
    }

    /// Address of an exported table, which lies with its first version in a readable segment.
    pub(super) fn find_table(&self, name: &str) -> Result<Option<u64>, Title> {
        let Some((address, is_object)) = self
            .exported()?
            .find(|(exported, _, _)| *exported == name.as_bytes())
            .map(|(_, address, is_object)| (address, is_object))
        else {
            return Ok(None);
        };
        if !is_object {
            return Err(Title::new(
                format!("把 {name} 导出成了函数；它应是一张表：见 hongling.h"),
                format!("exports {name} as a function; it is a table: see hongling.h"),
            ));
        }
        let end = address.checked_add(size_of::<PluginTable>() as u64);
        let is_loaded = |&(start, stop): &(u64, u64)| start <= address && end.is_some_and(|end| end <= stop);
        if !address.is_multiple_of(align_of::<PluginTable>() as u64) || !self.readable_segments().iter().any(is_loaded)
        {
            return Err(damaged(
                format!("表 {name} 不在加载的范围内"),
                format!("its table {name} lies outside of what is loaded"),
            ));
        }
        Ok(Some(address))
    }

    /// The first exported name that begins so.
    pub(super) fn find_symbol_with(&self, prefix: &str) -> Result<Option<String>, Title> {
        let mut names = self.exported()?.map(|(name, _, _)| name);
        Ok(names
            .find(|name| name.starts_with(prefix.as_bytes()))
            .map(|name| String::from_utf8_lossy(name).into_owned()))
    }

    /// Name and address of everything the library offers the loader, and whether it is data.
    fn exported(&self) -> Result<impl Iterator<Item = (&'data [u8], u64, bool)>, Title> {
        let symbols = self.sections.symbols(ENDIAN, self.data, SHT_DYNSYM).map_err(|error| {
            damaged(format!("符号表已损坏（{error}）"), format!("its table of symbols is damaged ({error})"))
        })?;
        let strings = symbols.strings();
        Ok(symbols.symbols().iter().filter_map(move |symbol| {
            // An indirect function would run at the look-up; a thread-local has no one address.
            let is_object = matches!(symbol.st_type(), STT_OBJECT | STT_NOTYPE);
            let is_offered = symbol.st_bind() == STB_GLOBAL && !symbol.is_undefined(ENDIAN);
            let name = symbol.name(ENDIAN, strings).ok()?;
            is_offered.then(|| (name, symbol.st_value(ENDIAN), is_object))
        }))
    }

    /// Start and end of what is loaded and may be read.
    pub(super) fn readable_segments(&self) -> Vec<(u64, u64)> {
        let readable =
            self.segments.iter().filter(|segment| is_loaded(segment) && segment.p_flags(ENDIAN).contains(PF_R));
        readable.map(segments::span).collect()
    }
}

fn check_header(data: &[u8]) -> Result<&FileHeader64<Endianness>, Title> {
    let ours = std::env::consts::ARCH;
    if !data.starts_with(b"\x7fELF") {
        return Err(Title::new(
            "不是库：开头不是 ELF 文件的样子；请放一个 Linux 用的库",
            "is not a library: it does not begin as an ELF file does; put a library for Linux there",
        ));
    }
    if data.len() < size_of::<FileHeader64<Endianness>>() {
        return Err(damaged("不完整：在文件头里就断了", "is cut short: it ends within its header"));
    }
    if data[4] == 1 {
        return Err(built_for("是 32 位的库", "is a 32-bit library", ours));
    }
    let header = FileHeader64::<Endianness>::parse(data)
        .map_err(|error| damaged(format!("文件头已损坏（{error}）"), format!("its header is damaged ({error})")))?;
    if header.is_big_endian() != cfg!(target_endian = "big") {
        return Err(built_for("是按另一种字节序编译的", "is built for the other byte order", ours));
    }
    // The loader takes System V and GNU files, and nothing in the bytes that are kept free.
    if !matches!(data[7], 0 | 3) || data[8..16].iter().any(|&byte| byte != 0) {
        return Err(damaged("文件头的标识不对", "the identification in its header does not fit"));
    }
    let machine = header.e_machine(ENDIAN);
    let name = MACHINES.iter().find(|&&(known, _)| known == machine).map(|&(_, name)| name);
    if name != Some(ours) {
        let theirs = name.map_or_else(|| format!("machine {}", machine.0), str::to_owned);
        return Err(built_for(
            &format!("是给 {theirs} 编译的，而本机是 {ours}"),
            &format!("is built for {theirs}, and this machine is {ours}"),
            ours,
        ));
    }
    if header.e_type(ENDIAN) != ET_DYN {
        return Err(Title::new(
            "不是动态库；请按 crate-type = [\"cdylib\"] 编译（C 用 -shared）",
            "is not a dynamic library; build it as `crate-type = [\"cdylib\"]` (C: `-shared`)",
        ));
    }
    Ok(header)
}

/// Something that a whole copy would not have.
fn damaged(zh: impl std::fmt::Display, en: impl std::fmt::Display) -> Title {
    Title::new(format!("{zh}；{}", DAMAGED.0), format!("{en}; {}", DAMAGED.1))
}

fn cut_short(zh: &str, en: &str, number: usize, (offset, size): (u64, u64), whole: u64) -> Title {
    damaged(
        format!("不完整：第 {number} {zh}从 {offset} 起有 {size} 字节，而文件只有 {whole} 字节"),
        format!("is cut short: {en} {number} has {size} bytes from {offset}, the file only {whole}"),
    )
}

fn is_within(offset: u64, size: u64, whole: u64) -> bool {
    offset.checked_add(size).is_some_and(|end| end <= whole)
}

fn built_for(zh: &str, en: &str, ours: &str) -> Title {
    Title::new(format!("{zh}；请为 {ours} 重新编译"), format!("{en}; build it for {ours}"))
}
