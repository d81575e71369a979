//! A 64-bit ELF shared library of this machine, checked as far as the loader believes it.
//!
//! Knows nothing of desks. Reads what the system's loader reads: program headers and the dynamic
//! segment; section headers only for the link section and the dynamic symbols.

use object::Endianness;
use object::elf::{
    DT_AUDIT, DT_AUXILIARY, DT_DEPAUDIT, DT_FILTER, DT_NEEDED, DT_NULL, DT_RPATH, DT_RUNPATH, DT_STRSZ, DT_STRTAB,
    DynamicTag, EM_AARCH64, EM_X86_64, ET_DYN, FileHeader64, Machine, PF_R, PT_LOAD, ProgramHeader64, SHT_DYNSYM,
    STB_GLOBAL, STT_NOTYPE, STT_OBJECT,
};
use object::read::elf::{Dyn, FileHeader, ProgramHeader, SectionHeader, SectionTable, Sym};
use plugin_api::Title;
use plugin_api::abi::PluginTable;

use super::one_line;

/// What a library may need: the C library's own parts, which the host has loaded already.
const NEEDED_ALLOWED: [&str; 6] =
    ["libc.so.6", "libm.so.6", "libgcc_s.so.1", "libpthread.so.0", "libdl.so.2", "librt.so.1"];
/// Entries that make the loader fetch code from places nobody inspected.
const FETCHING: [(DynamicTag, &str, &str); 6] = [
    (DT_RPATH, "RPATH", "an RPATH"),
    (DT_RUNPATH, "RUNPATH", "a RUNPATH"),
    (DT_FILTER, "过滤库", "a filter"),
    (DT_AUXILIARY, "辅助过滤库", "an auxiliary filter"),
    (DT_AUDIT, "审计库", "an audit library"),
    (DT_DEPAUDIT, "审计库", "an audit library"),
];
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
}

impl<'data> Elf<'data> {
    pub(super) fn parse(data: &'data [u8]) -> Result<Elf<'data>, Title> {
        let header = check_header(data)?;
        let broken = |zh: &str, en: &str, error: object::Error| {
            damaged(format!("{zh}已损坏（{error}）"), format!("{en} is damaged ({error})"))
        };
        let segments =
            header.program_headers(ENDIAN, data).map_err(|error| broken("段表", "its table of segments", error))?;
        let sections = header.sections(ENDIAN, data).map_err(|error| broken("节表", "its table of sections", error))?;
        let elf = Elf { data, segments, sections };
        elf.check_extents()?;
        Ok(elf)
    }

    /// A half-copied library is mapped without complaint, and the process dies when it is touched.
    fn check_extents(&self) -> Result<(), Title> {
        let whole = self.data.len() as u64;
        let is_within = |(offset, size): (u64, u64)| offset.checked_add(size).is_some_and(|end| end <= whole);
        for (i, segment) in self.segments.iter().enumerate() {
            let (offset, size) = segment.file_range(ENDIAN);
            if !is_within((offset, size)) {
                return Err(cut_short("段", "segment", i, (offset, size), whole));
            }
            let is_loaded = segment.p_type(ENDIAN) == PT_LOAD;
            let memory = segment.p_memsz(ENDIAN);
            if is_loaded && (memory < size || segment.p_vaddr(ENDIAN).checked_add(memory).is_none()) {
                return Err(damaged(
                    format!("第 {i} 段与它要的内存不符"),
                    format!("its segment {i} does not fit the memory it asks for"),
                ));
            }
        }
        for (i, section) in self.sections.iter().enumerate() {
            if let Some((offset, size)) = section.file_range(ENDIAN)
                && !is_within((offset, size))
            {
                return Err(cut_short("节", "section", i, (offset, size), whole));
            }
        }
        if !self.loaded().any(|_| true) {
            return Err(damaged("没有可加载的内容", "has nothing to load"));
        }
        Ok(())
    }

    fn loaded(&self) -> impl Iterator<Item = &'data ProgramHeader64<Endianness>> {
        self.segments.iter().filter(|segment| segment.p_type(ENDIAN) == PT_LOAD)
    }

    /// The libraries it needs, all of which are allowed.
    pub(super) fn check_needed(&self) -> Result<Vec<String>, Title> {
        let broken = || damaged("动态段已损坏", "its dynamic segment is damaged");
        let mut entries: Option<Vec<(DynamicTag, u64)>> = None;
        for segment in self.segments {
            if let Some(found) = segment.dynamic(ENDIAN, self.data).map_err(|_| broken())? {
                let found = found.iter().map(|entry| (entry.d_tag(ENDIAN), entry.d_val(ENDIAN)));
                entries = Some(found.take_while(|&(tag, _)| tag != DT_NULL).collect());
            }
        }
        let entries = entries.ok_or_else(|| damaged("没有动态段", "has no dynamic segment"))?;
        let value_of = |wanted: DynamicTag| entries.iter().find(|&&(tag, _)| tag == wanted).map(|&(_, value)| value);
        let (at, size) = value_of(DT_STRTAB).zip(value_of(DT_STRSZ)).ok_or_else(broken)?;
        let strings = self.loaded_bytes(at, size).ok_or_else(broken)?;
        let string = |offset: u64| find_string(strings, offset).ok_or_else(broken);

        let mut needed = Vec::new();
        for &(tag, value) in &entries {
            if let Some((_, zh, en)) = FETCHING.iter().find(|&&(fetching, ..)| fetching == tag) {
                let path = string(value)?;
                return Err(Title::new(
                    format!("带有{zh}（{path}），会加载未经检查的代码；请去掉它重新编译"),
                    format!("has {en} ({path}), which loads code nobody inspected; build it without"),
                ));
            }
            if tag == DT_NEEDED {
                let name = string(value)?;
                if !is_allowed(&name) {
                    let allowed = (NEEDED_ALLOWED.join("、"), NEEDED_ALLOWED.join(", "));
                    return Err(Title::new(
                        format!("依赖 {name}；业务台只可依赖 {} 和动态链接器：其余的请静态链接", allowed.0),
                        format!(
                            "needs {name}; a desk may need only {} and the dynamic linker: link the rest statically",
                            allowed.1
                        ),
                    ));
                }
                needed.push(name);
            }
        }
        Ok(needed)
    }

    fn loaded_bytes(&self, address: u64, size: u64) -> Option<&'data [u8]> {
        self.loaded().find_map(|segment| segment.data_range(ENDIAN, self.data, address, size).ok().flatten())
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
        self.loaded()
            .filter(|segment| segment.p_flags(ENDIAN).contains(PF_R))
            .map(|segment| (segment.p_vaddr(ENDIAN), segment.p_vaddr(ENDIAN).saturating_add(segment.p_memsz(ENDIAN))))
            .collect()
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

fn built_for(zh: &str, en: &str, ours: &str) -> Title {
    Title::new(format!("{zh}；请为 {ours} 重新编译"), format!("{en}; build it for {ours}"))
}

fn is_allowed(needed: &str) -> bool {
    NEEDED_ALLOWED.contains(&needed)
        || (needed.starts_with("ld-linux") && needed.contains(".so.") && !needed.contains('/'))
}

fn find_string(strings: &[u8], offset: u64) -> Option<String> {
    let rest = strings.get(usize::try_from(offset).ok()?..)?;
    let end = rest.iter().position(|&byte| byte == 0)?;
    Some(one_line(&String::from_utf8_lossy(&rest[..end])))
}
