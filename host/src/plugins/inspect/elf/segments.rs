//! The segments of a library: what the loader maps, and with which rights.
//!
//! Knows nothing of what stands in them. Always holds: what passed lies within the file, is mapped in
//! the order it is written, without one part over another, and nothing of it is both written and run.

use object::elf::{
    FileHeader64, PF_W, PF_X, PT_DYNAMIC, PT_GNU_RELRO, PT_GNU_STACK, PT_INTERP, PT_LOAD, PT_TLS, ProgramHeader64,
};
use object::read::elf::{FileHeader, ProgramHeader};
use plugin_api::Title;

use super::{ENDIAN, cut_short, damaged, is_within};

type Segment = ProgramHeader64<object::Endianness>;

/// Segments of one library: the loader copies their table onto its stack.
const SEGMENTS_MAX: usize = 64;
/// Memory that one library may ask for when it is loaded.
const MEMORY_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Memory of its own that every thread of the host would get for it.
const THREAD_BYTES_MAX: u64 = 1024 * 1024;
const PAGE_BYTES: u64 = 4096;

/// Whether the loader maps a segment.
pub(super) fn is_loaded(segment: &Segment) -> bool {
    segment.p_type(ENDIAN) == PT_LOAD
}

/// First address of a segment, and the one behind it.
pub(super) fn span(segment: &Segment) -> (u64, u64) {
    let start = segment.p_vaddr(ENDIAN);
    (start, start.saturating_add(segment.p_memsz(ENDIAN)))
}

/// The segments of a file.
pub(super) fn read<'data>(
    header: &FileHeader64<object::Endianness>,
    data: &'data [u8],
) -> Result<&'data [Segment], Title> {
    let segments = header.program_headers(ENDIAN, data).map_err(|error| {
        damaged(format!("段表已损坏（{error}）"), format!("its table of segments is damaged ({error})"))
    })?;
    if SEGMENTS_MAX < segments.len() {
        let count = segments.len();
        return Err(damaged(
            format!("有 {count} 段，最多 {SEGMENTS_MAX}"),
            format!("has {count} segments, more than {SEGMENTS_MAX}"),
        ));
    }
    for (i, segment) in segments.iter().enumerate() {
        check_one(i, segment, data.len() as u64)?;
    }
    check_mapping(segments)?;
    check_rights(segments)?;
    check_special(segments)?;
    Ok(segments)
}

/// A half-copied library is mapped without complaint, and the process dies when it is touched.
fn check_one(i: usize, segment: &Segment, whole: u64) -> Result<(), Title> {
    let (offset, size) = segment.file_range(ENDIAN);
    if !is_within(offset, size, whole) {
        return Err(cut_short("段", "segment", i, (offset, size), whole));
    }
    let memory = segment.p_memsz(ENDIAN);
    let is_shrunk = memory < size && (is_loaded(segment) || segment.p_type(ENDIAN) == PT_TLS);
    if is_shrunk || segment.p_vaddr(ENDIAN).checked_add(memory).is_none() {
        return Err(damaged(
            format!("第 {i} 段与它要的内存不符"),
            format!("its segment {i} does not fit the memory it asks for"),
        ));
    }
    let align = segment.p_align(ENDIAN);
    let is_placed = align <= 1
        || (align.is_power_of_two()
            && (!is_loaded(segment)
                || segment.p_vaddr(ENDIAN).wrapping_sub(segment.p_offset(ENDIAN)).is_multiple_of(align)));
    if !is_placed {
        return Err(damaged(format!("第 {i} 段的对齐不对"), format!("its segment {i} is not aligned")));
    }
    Ok(())
}

/// The loader takes room from the first to the last segment and maps each over it: one out of order
/// would be mapped over what belongs to others.
fn check_mapping(segments: &[Segment]) -> Result<(), Title> {
    let mut loaded = segments.iter().filter(|segment| is_loaded(segment)).map(span);
    let Some((first, mut end)) = loaded.next() else {
        return Err(damaged("没有可加载的内容", "has nothing to load"));
    };
    for (start, stop) in loaded {
        if start / PAGE_BYTES < end.div_ceil(PAGE_BYTES) {
            return Err(damaged("各段相互重叠或次序颠倒", "its segments overlap or are out of order"));
        }
        end = stop;
    }
    let memory = end - first;
    if MEMORY_BYTES_MAX < memory {
        return Err(damaged(
            format!("要占 {memory} 字节内存，最多 {MEMORY_BYTES_MAX}"),
            format!("asks for {memory} bytes of memory, more than {MEMORY_BYTES_MAX}"),
        ));
    }
    Ok(())
}

fn check_rights(segments: &[Segment]) -> Result<(), Title> {
    let is_both = |segment: &Segment| segment.p_flags(ENDIAN).contains(PF_W) && segment.p_flags(ENDIAN).contains(PF_X);
    if segments.iter().any(|segment| is_loaded(segment) && is_both(segment)) {
        return Err(Title::new(
            "有既可写又可执行的段；请重新链接，不要用 -N 或 --omagic",
            "has a segment that is written and run; link it again, without -N or --omagic",
        ));
    }
    let stack = segments.iter().find(|segment| segment.p_type(ENDIAN) == PT_GNU_STACK);
    if stack.is_none_or(|stack| stack.p_flags(ENDIAN).contains(PF_X)) {
        return Err(Title::new(
            "要求可执行的栈，那会使整个主机的栈都可执行；请用 -z noexecstack 重新链接",
            "asks for a stack that is run as code, which the whole host would get; link it again with -z noexecstack",
        ));
    }
    Ok(())
}

fn check_special(segments: &[Segment]) -> Result<(), Title> {
    let is_loaded_whole = |inner: &Segment| {
        let (start, stop) = span(inner);
        segments.iter().filter(|segment| is_loaded(segment)).any(|segment| {
            let (from, to) = span(segment);
            from <= start && stop.div_ceil(PAGE_BYTES) <= to.div_ceil(PAGE_BYTES)
        })
    };
    for segment in segments {
        let kind = segment.p_type(ENDIAN);
        if kind == PT_INTERP {
            return Err(Title::new(
                "是可执行程序，不是库；请按 crate-type = [\"cdylib\"] 编译（C 用 -shared）",
                "is a program, not a library; build it as `crate-type = [\"cdylib\"]` (C: `-shared`)",
            ));
        }
        // What the loader reads or protects here must be there; of thread-local memory only the start is.
        let is_there = match kind {
            PT_DYNAMIC | PT_GNU_RELRO => is_loaded_whole(segment),
            PT_TLS => segment.p_filesz(ENDIAN) == 0 || is_start_loaded(segment, segments),
            _ => true,
        };
        if !is_there {
            return Err(damaged(
                format!("类型 {:#x} 的段不在加载的范围内", kind.0),
                format!("its segment of type {:#x} lies outside of what is loaded", kind.0),
            ));
        }
        if kind == PT_TLS && THREAD_BYTES_MAX < segment.p_memsz(ENDIAN).max(segment.p_align(ENDIAN)) {
            let bytes = segment.p_memsz(ENDIAN).max(segment.p_align(ENDIAN));
            return Err(damaged(
                format!("每个线程要占 {bytes} 字节，最多 {THREAD_BYTES_MAX}"),
                format!("asks for {bytes} bytes in every thread, more than {THREAD_BYTES_MAX}"),
            ));
        }
    }
    Ok(())
}

fn is_start_loaded(inner: &Segment, segments: &[Segment]) -> bool {
    let start = inner.p_vaddr(ENDIAN);
    let Some(stop) = start.checked_add(inner.p_filesz(ENDIAN)) else { return false };
    segments.iter().filter(|segment| is_loaded(segment)).any(|segment| {
        let from = segment.p_vaddr(ENDIAN);
        from <= start && stop <= from.saturating_add(segment.p_filesz(ENDIAN))
    })
}
