//! How much memory the process holds, where the system tells.

/// Bytes in physical memory, mapped files included.
pub(crate) fn resident() -> Option<u64> {
    Some(pages()?.0 * PAGE)
}

/// Bytes in physical memory that belong to this process alone: what it allocated, not the files it mapped.
pub(crate) fn in_use() -> Option<u64> {
    let (resident, files) = pages()?;
    Some(resident.saturating_sub(files) * PAGE)
}

/// Linux counts in pages of this size on every machine that we know of but some ARM servers, which then see too little.
const PAGE: u64 = 4096;

/// Resident pages, and those of them that are backed by files.
fn pages() -> Option<(u64, u64)> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let mut numbers = text.split(' ').skip(1).map(|number| number.parse::<u64>().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Bytes that programs could have without taking them from others.
pub(crate) fn available() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    line.trim().trim_end_matches("kB").trim_end().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}
