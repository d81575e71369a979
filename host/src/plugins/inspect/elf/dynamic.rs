//! The dynamic segment: what the loader is asked to do, and whether it can.
//!
//! Knows segments by their addresses, nothing of sections. Always holds: nothing that passed makes the
//! loader fetch code from elsewhere, end the process over an assertion, or write where nothing is
//! written.

use object::Endianness;
use object::elf::{
    DF_1_NOOPEN, DF_1_PIE, DF_TEXTREL, DT_AUDIT, DT_AUXILIARY, DT_DEPAUDIT, DT_FILTER, DT_FINI, DT_FINI_ARRAY,
    DT_FINI_ARRAYSZ, DT_FLAGS, DT_FLAGS_1, DT_GNU_HASH, DT_INIT, DT_INIT_ARRAY, DT_INIT_ARRAYSZ, DT_JMPREL, DT_NEEDED,
    DT_NULL, DT_PLTREL, DT_PLTRELSZ, DT_RELA, DT_RELAENT, DT_RELASZ, DT_RELR, DT_RELRENT, DT_RELRSZ, DT_RPATH,
    DT_RUNPATH, DT_SONAME, DT_STRSZ, DT_STRTAB, DT_SYMTAB, DT_TEXTREL, DT_VERNEED, DT_VERSYM, DynamicTag, PF_W, PF_X,
    PT_DYNAMIC, ProgramFlags, ProgramHeader64,
};
use object::read::elf::{Dyn, ProgramHeader};
use plugin_api::Title;

use super::super::one_line;
use super::segments::{is_loaded, span};
use super::{ENDIAN, damaged};

type Segment = ProgramHeader64<Endianness>;

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
/// Tables that the loader reads, and where their bytes are counted; one word is read at least.
const TABLES: [(DynamicTag, Option<DynamicTag>); 9] = [
    (DT_STRTAB, Some(DT_STRSZ)),
    (DT_SYMTAB, None),
    (DT_RELA, Some(DT_RELASZ)),
    (DT_JMPREL, Some(DT_PLTRELSZ)),
    (DT_RELR, Some(DT_RELRSZ)),
    (DT_INIT_ARRAY, Some(DT_INIT_ARRAYSZ)),
    (DT_FINI_ARRAY, Some(DT_FINI_ARRAYSZ)),
    (DT_VERNEED, None),
    (DT_VERSYM, None),
];
/// Entries with one value that the loader is sure of: with another it ends the process.
const FIXED: [(DynamicTag, u64); 3] =
    [(DT_RELAENT, RELA_BYTES), (DT_PLTREL, DT_RELA.0.unsigned_abs()), (DT_RELRENT, WORD)];
const RELA_BYTES: u64 = 24;
const WORD: u64 = 8;
/// Relocation whose value is given by code of the library.
const IRELATIVE: u64 = if cfg!(target_arch = "aarch64") { 1032 } else { 37 };

/// The dynamic segment of a library.
pub(super) struct Dynamic<'data> {
    data: &'data [u8],
    segments: &'data [Segment],
    entries: Vec<(DynamicTag, u64)>,
}

impl<'data> Dynamic<'data> {
    pub(super) fn read(segments: &'data [Segment], data: &'data [u8]) -> Result<Dynamic<'data>, Title> {
        let mut all = segments.iter().filter(|segment| segment.p_type(ENDIAN) == PT_DYNAMIC);
        let segment = match (all.next(), all.next()) {
            (Some(segment), None) => segment,
            (None, _) => return Err(damaged("没有动态段", "has no dynamic segment")),
            (Some(_), Some(_)) => return Err(damaged("有不止一个动态段", "has more than one dynamic segment")),
        };
        let found = segment.dynamic(ENDIAN, data).ok().flatten().ok_or_else(broken)?;
        let entries: Vec<_> = found.iter().map(|entry| (entry.d_tag(ENDIAN), entry.d_val(ENDIAN))).collect();
        // The loader reads on until it meets the end.
        let end = entries.iter().position(|&(tag, _)| tag == DT_NULL).ok_or_else(broken)?;
        let dynamic = Dynamic { data, segments, entries: entries[..end].to_vec() };
        dynamic.check_place(segment)?;
        dynamic.check_entries()?;
        dynamic.check_flags()?;
        dynamic.check_relocations()?;
        Ok(dynamic)
    }

    /// The loader finds it by address and writes into it; what was read here is at its place in the file.
    fn check_place(&self, segment: &Segment) -> Result<(), Title> {
        let (start, size) = (segment.p_vaddr(ENDIAN), segment.p_filesz(ENDIAN));
        let in_file = usize::try_from(segment.p_offset(ENDIAN)).ok().and_then(|at| self.data.get(at..));
        let is_same = self
            .bytes(start, size)
            .zip(in_file)
            .is_some_and(|(loaded, file)| std::ptr::eq(loaded.as_ptr(), file.as_ptr()));
        let is_written = segment.p_flags(ENDIAN).contains(PF_W);
        if is_same && (!is_written || self.is_within_flagged(start, size, PF_W)) { Ok(()) } else { Err(broken()) }
    }

    fn check_entries(&self) -> Result<(), Title> {
        let tables = TABLES.iter().flat_map(|&(tag, size)| [Some(tag), size]).flatten();
        let single = tables.chain(FIXED.map(|(tag, _)| tag)).chain([
            DT_GNU_HASH,
            DT_SONAME,
            DT_INIT,
            DT_FINI,
            DT_FLAGS,
            DT_FLAGS_1,
        ]);
        for tag in single {
            // The loader takes the last and other programs the first.
            if 1 < self.entries.iter().filter(|&&(given, _)| given == tag).count() {
                return Err(damaged(
                    format!("动态段的 {:#x} 项写了两次", tag.0),
                    format!("its dynamic segment has entry {:#x} twice", tag.0),
                ));
            }
        }
        let misfit = |tag: DynamicTag| {
            damaged(
                format!("动态段的 {:#x} 项不对", tag.0),
                format!("entry {:#x} of its dynamic segment does not fit", tag.0),
            )
        };
        for (tag, size) in TABLES {
            let Some(at) = self.value(tag) else { continue };
            let bytes = size.map_or(Some(WORD), |size| self.value(size)).ok_or_else(|| misfit(tag))?;
            self.bytes(at, bytes).ok_or_else(|| misfit(tag))?;
        }
        for (tag, wanted) in FIXED {
            if self.value(tag).is_some_and(|value| value != wanted) {
                return Err(misfit(tag));
            }
        }
        for tag in [DT_INIT, DT_FINI] {
            if self.value(tag).is_some_and(|at| !self.is_within_flagged(at, 1, PF_X)) {
                return Err(misfit(tag));
            }
        }
        if !self.value(DT_GNU_HASH).is_none_or(|at| self.is_hash(at)) {
            return Err(misfit(DT_GNU_HASH));
        }
        // Without any of these nothing can be looked up.
        let missing = [DT_STRTAB, DT_STRSZ, DT_SYMTAB].into_iter().find(|&tag| self.value(tag).is_none());
        missing.map_or(Ok(()), |tag| Err(misfit(tag)))
    }

    /// Whether a hash table is there as far as the loader reads it before it compares names.
    fn is_hash(&self, at: u64) -> bool {
        let word = |nth: u64| {
            let bytes = self.bytes(at.checked_add(4 * nth)?, 4)?;
            Some(u32::from_ne_bytes(bytes.try_into().ok()?))
        };
        let (Some(buckets), Some(words)) = (word(0), word(2)) else { return false };
        let size = 16 + WORD * u64::from(words) + 4 * u64::from(buckets);
        words.is_power_of_two() && self.bytes(at, size).is_some()
    }

    fn check_flags(&self) -> Result<(), Title> {
        let has = |tag: DynamicTag, flag: u64| self.value(tag).is_some_and(|value| value & flag != 0);
        if self.value(DT_TEXTREL).is_some() || has(DT_FLAGS, DF_TEXTREL.0) {
            return Err(text_relocations());
        }
        if has(DT_FLAGS_1, DF_1_PIE.0) || has(DT_FLAGS_1, DF_1_NOOPEN.0) {
            return Err(Title::new(
                "是可执行程序，或标明不许再加载；请按 crate-type = [\"cdylib\"] 编译（C 用 -shared）",
                "is a program, or says that it may not be opened; build it as `crate-type = [\"cdylib\"]` (C: `-shared`)",
            ));
        }
        Ok(())
    }

    fn check_relocations(&self) -> Result<(), Title> {
        if self.relocated().any(|at| !self.is_within_flagged(at, WORD, PF_W)) {
            return Err(text_relocations());
        }
        let is_code = |(_, info, addend): (u64, u64, u64)| {
            info & 0xffff_ffff != IRELATIVE || self.is_within_flagged(addend, 1, PF_X)
        };
        if self.relas().all(is_code) { Ok(()) } else { Err(broken()) }
    }

    /// Addresses of the words that the loader changes.
    pub(super) fn relocated(&self) -> impl Iterator<Item = u64> {
        self.relas().map(|(at, ..)| at).chain(self.packed())
    }

    /// Address, sort with symbol, and addend of each relocation.
    fn relas(&self) -> impl Iterator<Item = (u64, u64, u64)> {
        let tables = [(DT_RELA, DT_RELASZ), (DT_JMPREL, DT_PLTRELSZ)];
        tables.into_iter().flat_map(|(at, size)| {
            words(self.table(at, size))
                .collect::<Vec<_>>()
                .chunks_exact(3)
                .map(|rela| (rela[0], rela[1], rela[2]))
                .collect::<Vec<_>>()
        })
    }

    /// Addresses of packed relocations: an even word is one, an odd one has bits for the 63 after it.
    fn packed(&self) -> impl Iterator<Item = u64> {
        let mut next = 0_u64;
        words(self.table(DT_RELR, DT_RELRSZ)).flat_map(move |word| {
            let (base, bits) = if word & 1 == 0 { (word, 1) } else { (next, word >> 1) };
            next = base.wrapping_add(if word & 1 == 0 { WORD } else { 63 * WORD });
            (0..63).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| base.wrapping_add(bit * WORD))
        })
    }

    fn table(&self, at: DynamicTag, size: DynamicTag) -> &'data [u8] {
        let place = self.value(at).zip(self.value(size));
        place.and_then(|(at, size)| self.bytes(at, size)).unwrap_or_default()
    }

    /// The libraries it needs, all of which are allowed.
    pub(super) fn needed(&self) -> Result<Vec<String>, Title> {
        let strings = self.table(DT_STRTAB, DT_STRSZ);
        let string = |offset: u64| find_string(strings, offset).ok_or_else(broken);
        let mut needed = Vec::new();
        for &(tag, value) in &self.entries {
            if let Some((_, zh, en)) = FETCHING.iter().find(|&&(fetching, ..)| fetching == tag) {
                let path = string(value)?;
                return Err(Title::new(
                    format!("带有{zh}（{path}），会加载未经检查的代码；请去掉它重新编译"),
                    format!("has {en} ({path}), which loads code nobody inspected; build it without"),
                ));
            }
            let is_soname = tag == DT_SONAME;
            if is_soname || tag == DT_NEEDED {
                let name = string(value)?;
                // A later library that names this one, by path or as part of the C library, would get it.
                if is_soname && (name.contains('/') || is_allowed(&name)) {
                    return Err(Title::new(
                        format!("自称是 {name}（SONAME），会顶替别的库；请去掉 -soname 重新编译"),
                        format!("calls itself {name} (SONAME) and would stand in for it; build it without -soname"),
                    ));
                }
                if !is_soname && !is_allowed(&name) {
                    return Err(not_allowed(&name));
                }
                if !is_soname {
                    needed.push(name);
                }
            }
        }
        Ok(needed)
    }

    fn value(&self, wanted: DynamicTag) -> Option<u64> {
        self.entries.iter().find(|&&(tag, _)| tag == wanted).map(|&(_, value)| value)
    }

    /// What the file puts at an address.
    pub(super) fn bytes(&self, address: u64, size: u64) -> Option<&'data [u8]> {
        let mut loaded = self.segments.iter().filter(|segment| is_loaded(segment));
        loaded.find_map(|segment| segment.data_range(ENDIAN, self.data, address, size).ok().flatten())
    }

    fn is_within_flagged(&self, address: u64, size: u64, flag: ProgramFlags) -> bool {
        self.segments.iter().filter(|segment| is_loaded(segment) && segment.p_flags(ENDIAN).contains(flag)).any(
            |segment| {
                let (start, stop) = span(segment);
                start <= address && address.checked_add(size).is_some_and(|end| end <= stop)
            },
        )
    }
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u64> {
    bytes.chunks_exact(8).map(|word| u64::from_ne_bytes(word.try_into().expect("a chunk of eight bytes")))
}

fn broken() -> Title {
    damaged("动态段已损坏", "its dynamic segment is damaged")
}

fn text_relocations() -> Title {
    Title::new(
        "加载时要改写不可写的部分（代码重定位）；请用 -fPIC 重新编译",
        "has the loader change what is not written (text relocations); build it again with -fPIC",
    )
}

fn not_allowed(name: &str) -> Title {
    let allowed = (NEEDED_ALLOWED.join("、"), NEEDED_ALLOWED.join(", "));
    Title::new(
        format!("依赖 {name}；业务台只可依赖 {} 和动态链接器：其余的请静态链接", allowed.0),
        format!("needs {name}; a desk may need only {} and the dynamic linker: link the rest statically", allowed.1),
    )
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
