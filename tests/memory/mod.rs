//! How much memory this process has had, for tests that are alone in theirs.

use std::fs;

/// The most memory this process ever had, in octets; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes << 10)
}

/// How much more memory, in octets, `more` takes than everything before it did; `None` where the system
/// does not tell, which is no failure, except where `SWITCHLAB_NO_SKIP` is set, as in CI.
pub(crate) fn growth<T>(more: impl FnOnce() -> T) -> (T, Option<u64>) {
    let before = peak();
    let result = more();
    let grown = before
        .zip(peak())
        .map(|(before, after)| after.saturating_sub(before));
    if grown.is_none() {
        assert!(
            std::env::var_os("SWITCHLAB_NO_SKIP").is_none(),
            "there is no /proc/self/status to read the peak of memory from"
        );
        eprintln!("SKIPPED: this system does not tell how much memory a process had");
    }
    (result, grown)
}
